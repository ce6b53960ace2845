"""The wire shapes of a Responses request, strict in the fields that have a meaning here.

Items and parts are decoded one by one, by their type, so that what is not known here is kept as it is.
Source: OpenAI's API reference, "Create a model response" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from sluiceway.dialects.strays import Known, known

__all__ = [
    "KNOWN",
    "TEXTS",
    "AudioShape",
    "BodyShape",
    "CallShape",
    "ChoiceShape",
    "FormatShape",
    "ItemKind",
    "MessageShape",
    "OutputShape",
    "PartShape",
    "ReasoningSettings",
    "ReasoningShape",
    "TextSettings",
    "TextShape",
    "ToolShape",
]

TEXTS = frozenset({"input_text", "output_text", "text", "summary_text", "reasoning_text"})
"""The types of parts that are text."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class ItemKind(msgspec.Struct):
    """What tells one item, or part, from another; a message needs no type."""

    type: str | None = None
    role: str | None = None


class AudioShape(msgspec.Struct):
    """``{"data": "…", "format": "wav"}``."""

    data: str
    format: str


class PartShape(msgspec.Struct):
    """One part of a message, or of a tool's output; which fields it must have depends on ``type``."""

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | None = None
    detail: str | None = None
    file_id: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    filename: str | None = None
    input_audio: AudioShape | None = None


class MessageShape(msgspec.Struct):
    """One message."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[msgspec.Raw]


class CallShape(msgspec.Struct):
    """A call of a function (``arguments``) or of a custom tool (``input``)."""

    call_id: str
    name: str
    arguments: str | None = None
    input: str | None = None


class OutputShape(msgspec.Struct):
    """What a tool answered."""

    call_id: str
    output: str | list[msgspec.Raw]


class TextShape(msgspec.Struct):
    """A piece of reasoning."""

    text: str = ""


class ReasoningShape(msgspec.Struct):
    """Reasoning of an earlier turn."""

    summary: list[TextShape] | None = None
    content: list[TextShape] | None = None
    encrypted_content: str | None = None


class ToolShape(msgspec.Struct):
    """A function, or a custom tool; any other type is the vendor's own."""

    type: str
    name: str | None = None
    description: str | None = None
    parameters: dict[str, object] | None = None
    strict: bool | None = None


class ChoiceShape(msgspec.Struct):
    """Which tools may or must be called."""

    type: str
    name: str | None = None
    mode: Literal["auto", "required"] = "auto"
    tools: list[ChoiceShape] | None = None


class FormatShape(msgspec.Struct):
    """The form the answer must have."""

    type: str
    name: str = ""
    schema: dict[str, object] | None = None
    description: str | None = None
    strict: bool | None = None


class TextSettings(msgspec.Struct):
    """``{"format": {"type": "text"}, "verbosity": "medium"}``."""

    format: FormatShape | None = None


class ReasoningSettings(msgspec.Struct):
    """``{"effort": "low", "summary": "auto"}``."""

    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None


class BodyShape(msgspec.Struct):
    """The whole request."""

    model: str | None = None
    input: str | list[msgspec.Raw] | None = None
    instructions: str | None = None
    stream: bool | None = None
    stream_options: dict[str, object] | None = None
    tools: list[msgspec.Raw] | None = None
    tool_choice: Literal["none", "auto", "required"] | ChoiceShape | None = None
    parallel_tool_calls: bool | None = None
    text: TextSettings | None = None
    max_output_tokens: Count | None = None
    temperature: float | None = None
    top_p: float | None = None
    reasoning: ReasoningSettings | None = None
    include: list[str] | None = None
    top_logprobs: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None


def _item(record: Mapping[str, object]) -> Known | None:
    """Return what is read of an item; of one that only this vendor has, that is all of it."""
    return _ITEMS.get(str(record.get("type") or "message"))


def _part(record: Mapping[str, object]) -> Known | None:
    fields = _PARTS.get(str(record.get("type")))
    return None if fields is None else {"type": None, **fields}


def _tool(record: Mapping[str, object]) -> Known | None:
    return _TOOL if record.get("type") in {"function", "custom"} else None


_PARTS: Mapping[str, Known] = {
    **{kind: {"text": None} for kind in TEXTS},
    "refusal": {"refusal": None},
    "input_image": dict.fromkeys(("image_url", "detail", "file_id")),
    "input_file": dict.fromkeys(("file_id", "file_data", "file_url", "filename")),
    "input_audio": {"input_audio": known(AudioShape)},
}

# What the server has said comes back with its id and the word that it is complete.
_SERVERS = ("type", "id", "status")
_CALL = known(CallShape, *_SERVERS)
_OUTPUT = known(OutputShape, *_SERVERS, output=_part)
_ITEMS: Mapping[str, Known] = {
    "message": known(MessageShape, *_SERVERS, content=_part),
    "function_call": _CALL,
    "custom_tool_call": _CALL,
    "function_call_output": _OUTPUT,
    "custom_tool_call_output": _OUTPUT,
    "reasoning": known(ReasoningShape, *_SERVERS, summary=_part, content=_part),
}
_TOOL = known(ToolShape, "format")
_CHOICE = known(ChoiceShape, tools=known(ChoiceShape, tools=None))

KNOWN = known(BodyShape, input=_item, tools=_tool, tool_choice=_CHOICE)
"""What is read of a body; see `sluiceway.dialects.strays`."""

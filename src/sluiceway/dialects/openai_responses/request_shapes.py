"""The wire shapes of a Responses request, strict in the fields that have a meaning here.

Items and parts are decoded one by one, by their type, so that what is not known here is kept as it is.
Source: OpenAI's API reference, "Create a model response" (August 2026).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

__all__ = [
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

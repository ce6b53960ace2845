"""The wire shapes of a Chat Completions request, strict in the fields that have a meaning here.

Fields that are not listed are kept as they are; see `decode_request`.
Source: OpenAI's API reference, "Create chat completion" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from sluiceway.dialects.openai_chat.shapes import ReasoningDetail
from sluiceway.dialects.strays import Below, Known, known

__all__ = [
    "KNOWN",
    "AllowedToolsShape",
    "AudioShape",
    "BodyShape",
    "CallShape",
    "CustomShape",
    "FileShape",
    "FunctionChoice",
    "FunctionShape",
    "ImageShape",
    "MessageShape",
    "PartShape",
    "ResponseFormatShape",
    "SchemaShape",
    "StreamOptions",
    "ToolChoiceShape",
    "ToolRecords",
    "ToolShape",
]

RoleName = Literal["system", "developer", "user", "assistant", "tool", "function"]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class ImageShape(msgspec.Struct):
    """``{"url": "data:image/png;base64,…", "detail": "low"}``."""

    url: str
    detail: str | None = None


class AudioShape(msgspec.Struct):
    """``{"data": "…", "format": "wav"}``."""

    data: str
    format: str


class FileShape(msgspec.Struct):
    """``{"file_id": "file-1"}`` or ``{"file_data": "data:…", "filename": "a.pdf"}``."""

    file_id: str | None = None
    file_data: str | None = None
    filename: str | None = None


class PartShape(msgspec.Struct):
    """One part of a message; which fields it must have depends on ``type``.

    The mark is what servers with Anthropic's models behind them take (OpenRouter, "Prompt caching").
    """

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: ImageShape | str | None = None
    input_audio: AudioShape | None = None
    file: FileShape | None = None
    cache_control: dict[str, object] | None = None


class _CalledFunction(msgspec.Struct):
    name: str
    arguments: str = ""


class _CalledCustom(msgspec.Struct):
    name: str
    input: str = ""


class CallShape(msgspec.Struct):
    """A tool call of an earlier turn."""

    id: str = ""
    function: _CalledFunction | None = None
    custom: _CalledCustom | None = None


class MessageShape(msgspec.Struct):
    """One message; ``audio`` is one that the vendor keeps."""

    role: RoleName
    content: str | list[PartShape] | None = None
    name: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[ReasoningDetail] | None = None
    tool_calls: list[CallShape] | None = None
    function_call: _CalledFunction | None = None
    tool_call_id: str | None = None
    audio: dict[str, object] | None = None


class FunctionShape(msgspec.Struct):
    """A function the model may call."""

    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None
    strict: bool | None = None


class CustomShape(msgspec.Struct):
    """A tool that takes free text."""

    name: str
    description: str | None = None
    format: dict[str, object] | None = None


class ToolShape(msgspec.Struct):
    """A tool of either kind; another kind is the vendor's own."""

    type: str = "function"
    function: FunctionShape | None = None
    custom: CustomShape | None = None
    cache_control: dict[str, object] | None = None


class ToolRecords(msgspec.Struct):
    """The tools of a body, as they came."""

    tools: list[dict[str, object]] | None = None


class FunctionChoice(msgspec.Struct):
    """The name of one tool."""

    name: str


class AllowedToolsShape(msgspec.Struct):
    """``{"mode": "required", "tools": [{"type": "function", "function": {"name": "f"}}]}``."""

    mode: Literal["auto", "required"]
    tools: list[ToolChoiceShape]


class ToolChoiceShape(msgspec.Struct):
    """Which tool must be called."""

    type: str = "function"
    function: FunctionChoice | None = None
    custom: FunctionChoice | None = None
    allowed_tools: AllowedToolsShape | None = None


class SchemaShape(msgspec.Struct):
    """A named JSON Schema."""

    name: str = ""
    schema: dict[str, object] | None = None
    description: str | None = None
    strict: bool | None = None


class ResponseFormatShape(msgspec.Struct):
    """The form the answer must have."""

    type: str
    json_schema: SchemaShape | None = None


class StreamOptions(msgspec.Struct):
    """What a streaming reader wants beside the text."""

    include_usage: bool | None = None


class BodyShape(msgspec.Struct):
    """The whole request."""

    model: str
    messages: list[MessageShape]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[ToolShape] | None = None
    functions: list[FunctionShape] | None = None
    tool_choice: Literal["none", "auto", "required", "any"] | ToolChoiceShape | None = None
    function_call: Literal["none", "auto"] | FunctionChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormatShape | None = None
    max_completion_tokens: Count | None = None
    max_tokens: Count | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: Annotated[int, msgspec.Meta(ge=-1, le=2**53)] | None = None
    stop: str | list[str] | None = None
    seed: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    n: Annotated[int, msgspec.Meta(ge=1, le=128)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    reasoning_effort: str | None = None


def _part(record: Mapping[str, object]) -> Known | None:
    """Return what is read of a part, which has a field of its type's name; of an unknown one that is all of it."""
    kind = str(record.get("type"))
    return {"type": None, "cache_control": None, kind: _PARTS[kind]} if kind in _PARTS else None


def _tool(record: Mapping[str, object]) -> Known | None:
    return _TOOL if record.get("type", "function") in {"function", "custom"} else None


_TOOL = known(ToolShape)
_PARTS: Mapping[str, Below] = {
    "text": None,
    "refusal": None,
    "image_url": known(ImageShape),
    "input_audio": known(AudioShape),
    "file": known(FileShape),
}

# Vendors number and date what they send, and clients send it back.
_MESSAGE = known(
    MessageShape,
    content=_part,
    tool_calls=known(CallShape, "type", "index"),
    reasoning_details=dict.fromkeys(("type", "index", "id", "format", "text", "signature")),
)
_CHOICE = known(
    ToolChoiceShape,
    allowed_tools=known(AllowedToolsShape, tools=known(ToolChoiceShape, allowed_tools=None)),
)

KNOWN = known(BodyShape, messages=_MESSAGE, tools=_tool, tool_choice=_CHOICE)
"""What is read of a body; see `sluiceway.dialects.strays`."""

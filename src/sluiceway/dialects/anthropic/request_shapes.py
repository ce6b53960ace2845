"""The wire shapes of a Messages request, strict in the fields that have a meaning here.

Fields that are not listed are kept as they are; see `decode_request`. Blocks of content are decoded one by one, for
which fields they have depends on their type, and one name has several meanings.
Source: Anthropic's API reference, "Create a message" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from sluiceway.dialects.strays import Known, known

__all__ = [
    "KNOWN",
    "BodyShape",
    "DocumentShape",
    "FormatShape",
    "ImageShape",
    "MessageShape",
    "OutputConfigShape",
    "RedactedShape",
    "SourceShape",
    "TextShape",
    "ThinkingConfigShape",
    "ThinkingShape",
    "ToolCallShape",
    "ToolChoiceShape",
    "ToolResultShape",
    "ToolShape",
    "TypeShape",
]

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class TypeShape(msgspec.Struct):
    """What every block has."""

    type: str


class TextShape(msgspec.Struct):
    """``{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}``."""

    text: str
    cache_control: dict[str, object] | None = None


class SourceShape(msgspec.Struct):
    """``{"type": "base64", "media_type": "image/png", "data": "…"}``, or ``url``, ``text``, ``file``, ``content``."""

    type: str
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None


class ImageShape(msgspec.Struct):
    """``{"type": "image", "source": {…}}``."""

    source: SourceShape
    cache_control: dict[str, object] | None = None


class DocumentShape(msgspec.Struct):
    """``{"type": "document", "source": {…}, "title": "a.pdf"}``."""

    source: SourceShape
    title: str | None = None
    cache_control: dict[str, object] | None = None


class ThinkingShape(msgspec.Struct):
    """``{"type": "thinking", "thinking": "…", "signature": "…"}``."""

    thinking: str
    signature: str | None = None


class RedactedShape(msgspec.Struct):
    """``{"type": "redacted_thinking", "data": "…"}``."""

    data: str


class ToolCallShape(msgspec.Struct):
    """``{"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}``."""

    id: str
    name: str
    input: msgspec.Raw
    cache_control: dict[str, object] | None = None


class ToolResultShape(msgspec.Struct):
    """``{"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny", "is_error": false}``."""

    tool_use_id: str
    content: str | list[msgspec.Raw] | None = None
    is_error: bool | None = None
    cache_control: dict[str, object] | None = None


class MessageShape(msgspec.Struct):
    """One message."""

    role: Literal["user", "assistant", "system"]
    content: str | list[msgspec.Raw]


class ToolShape(msgspec.Struct):
    """A tool; of a type other than ``custom`` it is the vendor's own, which need not have a name."""

    type: str | None = None
    name: str | None = None
    description: str | None = None
    input_schema: dict[str, object] | None = None
    strict: bool | None = None
    cache_control: dict[str, object] | None = None


class ToolChoiceShape(msgspec.Struct):
    """``{"type": "tool", "name": "f", "disable_parallel_tool_use": true}``."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class ThinkingConfigShape(msgspec.Struct):
    """``{"type": "enabled", "budget_tokens": 1024}``, ``adaptive``, ``disabled``, or what is yet to come."""

    type: str
    budget_tokens: _Count | None = None
    display: str | None = None


class FormatShape(msgspec.Struct):
    """``{"type": "json_schema", "schema": {…}}``."""

    type: Literal["json_schema"]
    schema: dict[str, object]


class OutputConfigShape(msgspec.Struct):
    """``{"effort": "high", "format": {…}}``."""

    effort: str | None = None
    format: FormatShape | None = None


class BodyShape(msgspec.Struct):
    """The whole request; ``output_format`` is what ``output_config.format`` was called at first."""

    model: str
    messages: list[MessageShape]
    max_tokens: _Count
    system: str | list[TextShape] | None = None
    stream: bool | None = None
    tools: list[ToolShape] | None = None
    tool_choice: ToolChoiceShape | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: _Count | None = None
    thinking: ThinkingConfigShape | None = None
    output_config: OutputConfigShape | None = None
    output_format: FormatShape | None = None


def _block(record: Mapping[str, object]) -> Known | None:
    """Return what is read of a block of content; of one that only this vendor has, that is all of it."""
    return _BLOCKS.get(str(record.get("type")))


def _tool(record: Mapping[str, object]) -> Known | None:
    return _FUNCTION if record.get("type") in {None, "custom"} else None


_FUNCTION = known(ToolShape)
_BLOCKS: Mapping[str, Known] = {
    "text": known(TextShape, "type"),
    "image": known(ImageShape, "type"),
    "document": known(DocumentShape, "type"),
    "thinking": known(ThinkingShape, "type"),
    "redacted_thinking": known(RedactedShape, "type"),
    "tool_use": known(ToolCallShape, "type"),
    "tool_result": known(ToolResultShape, "type", content=_block),
}

KNOWN = known(BodyShape, system=_block, messages=known(MessageShape, content=_block), tools=_tool)
"""What is read of a body; see `sluiceway.dialects.strays`."""

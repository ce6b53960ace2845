"""The wire shapes of a UI chat request, strict in the fields that have a meaning here.

Source: vercel/ai, ``packages/ai/src/ui/ui-messages.ts`` and ``http-chat-transport.ts`` (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from sluiceway.dialects.strays import Known, known
from sluiceway.dialects.ui_stream.shapes import METADATA_KEY

__all__ = ["KNOWN", "BodyShape", "MessageShape", "PartShape", "ToolChoiceShape", "ToolShape"]

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_ABSENT = msgspec.Raw(b"")


class _Approval(msgspec.Struct):
    """A person's word on a tool call."""

    reason: str | None = None


class PartShape(msgspec.Struct, rename="camel"):
    """One part of a message; which fields it must have depends on ``type``."""

    type: str
    text: str | None = None
    media_type: str | None = None
    url: str | None = None
    filename: str | None = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    state: str | None = None
    input: msgspec.Raw = _ABSENT
    raw_input: msgspec.Raw = _ABSENT
    output: msgspec.Raw = _ABSENT
    error_text: str | None = None
    approval: _Approval | None = None
    provider_metadata: dict[str, dict[str, object]] | None = None


class MessageShape(msgspec.Struct):
    """One message; ``content`` is how it was sent before there were parts."""

    role: Literal["system", "user", "assistant"]
    parts: list[PartShape] | None = None
    content: str | None = None


class ToolShape(msgspec.Struct, rename="camel"):
    """A function the model may call; some clients say ``parameters`` for its schema."""

    type: str = "function"
    name: str = ""
    description: str | None = None
    input_schema: dict[str, object] | None = None
    parameters: dict[str, object] | None = None
    strict: bool | None = None


class ToolChoiceShape(msgspec.Struct, rename="camel"):
    """``{"type": "tool", "toolName": "f"}``."""

    tool_name: str


class BodyShape(msgspec.Struct, rename="camel"):
    """The whole request: what the SDK sends, and the settings that clients add in its words."""

    messages: list[MessageShape]
    model: str | None = None
    system: str | None = None
    tools: list[ToolShape] | dict[str, ToolShape] | None = None
    tool_choice: Literal["auto", "none", "required"] | ToolChoiceShape | None = None
    max_output_tokens: _Count | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: _Count | None = None
    stop_sequences: list[str] | None = None
    seed: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    reasoning_effort: str | None = None


def _part(record: Mapping[str, object]) -> Known | None:
    """Return what is read of a part; there is nothing to read in one for the eyes of people."""
    kind = str(record.get("type"))
    if kind.startswith(("data-", "source-")):
        return None
    return {"type": None} if kind in {"custom", "reasoning-file"} else _PART


def _tools(record: Mapping[str, object]) -> Known:
    """Return what is read of a tool, or of a record of tools by name."""
    is_by_name = all(isinstance(value, dict) for value in record.values())
    return dict.fromkeys(record, _TOOL) if is_by_name else _TOOL


_TOOL = known(ToolShape)
_SIGNED: Known = {"signature": None}
_PART = known(
    PartShape,
    "title",
    "preliminary",
    providerMetadata={METADATA_KEY: _SIGNED, "anthropic": _SIGNED},
    approval=known(_Approval, "id", "approved"),
)

KNOWN = known(BodyShape, messages=known(MessageShape, "id", "metadata", "createdAt", parts=_part), tools=_tools)
"""What is read of a body; see `sluiceway.dialects.strays`."""

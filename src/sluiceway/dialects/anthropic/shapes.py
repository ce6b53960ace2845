"""The wire shapes of Messages answers: what is read of an event and of a whole message, and nothing else.

Fields that no decoder looks at are not listed, so their types cannot break an answer; the raw bytes carry them on.
Source: Anthropic's API reference, "Messages" and "Streaming messages" (August 2026), and recorded answers.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = [
    "NAME",
    "WIRE_JSON",
    "WIRE_SSE",
    "BlockShape",
    "DeltaShape",
    "EventShape",
    "MessageShape",
    "UsageDetails",
    "UsageShape",
    "is_given",
]

NAME = "anthropic"
"""The dialect's name, which is also the key of its extras."""

WIRE_SSE = f"{NAME}/sse"
"""The wire form of a stream's frames."""

WIRE_JSON = f"{NAME}/json"
"""The wire form of a whole answer's frame."""

# Larger numbers are nothing any server means, and could not be written again.
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Index = Annotated[int, msgspec.Meta(ge=0, le=2**31)]

_ABSENT = msgspec.Raw(b"")


class DeltaShape(msgspec.Struct, gc=False):
    """``{"type":"text_delta","text":"Hi"}``, of a block; or ``{"stop_reason":"end_turn"}``, of the message."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class EventShape(msgspec.Struct, gc=False):
    """One event of a stream; which fields it has depends on ``type``."""

    type: str | None = None
    index: _Index | None = None
    delta: DeltaShape | None = None
    content_block: msgspec.Raw = _ABSENT
    message: msgspec.Raw = _ABSENT
    usage: msgspec.Raw = _ABSENT
    error: msgspec.Raw = _ABSENT


class BlockShape(msgspec.Struct, gc=False):
    """One block of content: empty at the start of a stream's block, filled in a whole message."""

    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = _ABSENT


class MessageShape(msgspec.Struct):
    """A message, as a stream begins with it and as a whole answer."""

    id: str | None = None
    model: str | None = None
    content: list[msgspec.Raw] | None = None
    stop_reason: str | None = None
    usage: msgspec.Raw = _ABSENT
    error: msgspec.Raw = _ABSENT


class UsageDetails(msgspec.Struct, gc=False):
    """``{"thinking_tokens": 67}``."""

    thinking_tokens: _Count | None = None


class UsageShape(msgspec.Struct, gc=False):
    """Token counts; ``is_estimate`` is a mark of this project's own servers."""

    input_tokens: _Count | None = None
    output_tokens: _Count | None = None
    cache_read_input_tokens: _Count | None = None
    cache_creation_input_tokens: _Count | None = None
    output_tokens_details: UsageDetails | None = None
    is_estimate: bool | None = None


def is_given(field: msgspec.Raw) -> bool:
    """Return whether a field is there and not null."""
    return bool(field) and bytes(field) != b"null"

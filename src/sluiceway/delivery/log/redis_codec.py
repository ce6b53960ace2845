"""Frames as bytes, so that any replica can tell any dialect: events, wire form and raw bytes, and a version.

Theory. An entry is ``<version> <MessagePack of (first, wires, frames)>``: a wire form is spelt once an entry, an
event is a pair of its kind's number and its fields, and the usual one, a piece of text, is an array of its own.
Bytes of another version, or that are none, are refused: replicas of two versions may run side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from sluiceway.errors import LogUnavailable
from sluiceway.events import (
    BlockEnd,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    Frame,
    ReasoningDelta,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    ToolInputDelta,
    UsageReport,
)

__all__ = ["VERSION", "decode_frames", "encode_frames"]

VERSION = b"\x01"

# The order is part of the format: append only, or count the version up.
_KINDS: tuple[type[Event], ...] = (
    StreamStart,
    BlockStart,
    TextDelta,
    ReasoningDelta,
    ToolInputDelta,
    ExtrasDelta,
    BlockEnd,
    ChoiceEnd,
    UsageReport,
    StreamEnd,
    StreamError,
)
_NUMBER_OF = {kind: number for number, kind in enumerate(_KINDS)}
_PLAIN_TEXT = len(_KINDS)

_Number = Annotated[int, msgspec.Meta(ge=0)]
_Event = tuple[_Number, msgspec.Raw]
_Frame = tuple[_Number, bytes, list[_Event]]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, list[str], list[_Frame]]).decode
_decode_text = msgspec.msgpack.Decoder(tuple[int, str]).decode
_DECODERS = [msgspec.msgpack.Decoder(kind).decode for kind in _KINDS]


def encode_frames(first_seq: int, frames: Sequence[Frame]) -> bytes:
    """Return the bytes of frames, the first of which has the number ``first_seq``."""
    wires: dict[str, int] = {}
    rows = [
        (wires.setdefault(frame.wire, len(wires)), frame.raw, [_pair(event) for event in frame.events])
        for frame in frames
    ]
    return VERSION + _encode((first_seq, list(wires), rows))


def decode_frames(data: bytes) -> tuple[int, list[Frame]]:
    """Return the number of the first frame, and the frames.

    Raises:
        LogUnavailable: the bytes are not of this version.
    """
    if data[:1] != VERSION:
        raise LogUnavailable("the answer is kept in a form that this replica does not read")
    try:
        first_seq, wires, rows = _decode(memoryview(data)[1:])
        return first_seq, [Frame([_event(*pair) for pair in events], wires[wire], raw) for wire, raw, events in rows]
    except (msgspec.DecodeError, IndexError):
        raise LogUnavailable("what is kept of the answer is damaged") from None


def _pair(event: Event) -> tuple[int, object]:
    if type(event) is TextDelta and event.logprobs is None:
        return _PLAIN_TEXT, (event.block, event.text)
    return _NUMBER_OF[type(event)], event


def _event(kind: int, fields: msgspec.Raw) -> Event:
    if kind == _PLAIN_TEXT:
        return TextDelta(*_decode_text(fields))
    return _DECODERS[kind](fields)

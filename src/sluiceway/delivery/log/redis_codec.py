"""Frames as bytes, so that any replica can tell any dialect: events, wire form and raw bytes, and a version.

Theory. An entry is ``<version> <MessagePack of (first, usuals, wires, rows)>``. A row is a frame, or texts of usual
events in a row, which is all that is kept of them. What stands around the texts is told once an answer, under a
number that stays its: who has read an answer up to some entry can read the next one, also when what came before was
written again. Within a frame, an event is a pair of its kind's number and its fields, and the most frequent one, a
piece of text, is an array of its own.

Bytes of another version, or that are none, are refused: replicas of two versions may run side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from sluiceway.delivery.log.memory import Texts
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
from sluiceway.usual import Around, Usual

__all__ = ["VERSION", "FrameDecoder", "FrameEncoder", "encode_frames"]

VERSION = b"\x02"

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

_FRAME, _TEXTS = 0, 1

_Number = Annotated[int, msgspec.Meta(ge=0)]
_Event = tuple[_Number, msgspec.Raw]


class _UsualRow(msgspec.Struct, frozen=True, array_like=True):
    """What stands around texts, and its number."""

    number: _Number
    wire: str
    head: bytes
    tail: bytes
    block: _Number
    is_reasoning: bool


class _FrameRow(msgspec.Struct, frozen=True, array_like=True, tag=_FRAME):
    """A frame; its wire form is a place in the entry's list."""

    wire: _Number
    raw: bytes
    events: list[_Event]


class _TextsRow(msgspec.Struct, frozen=True, array_like=True, tag=_TEXTS):
    """Usual events in a row."""

    usual: _Number
    texts: list[bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, list[_UsualRow], list[str], list[_FrameRow | _TextsRow]]).decode
_decode_text = msgspec.msgpack.Decoder(tuple[int, str]).decode
_DECODERS = [msgspec.msgpack.Decoder(kind).decode for kind in _KINDS]


class FrameEncoder:
    """Encodes the entries of one answer."""

    __slots__ = ("_last", "_last_number", "_numbers", "_told")

    def __init__(self) -> None:
        self._numbers: dict[Usual, int] = {}
        self._told: set[int] = set()
        self._last: Usual | None = None
        self._last_number = 0

    def encode(self, first_seq: int, parts: Sequence[Frame | Texts]) -> bytes:
        """Return the bytes of frames, the first of which has the number ``first_seq``."""
        usuals: list[_UsualRow] = []
        wires: dict[str, int] = {}
        rows: list[object] = []
        for part in parts:
            if isinstance(part, Texts):
                rows.append((_TEXTS, self._number(part.usual, usuals), part.texts))
            else:
                pairs = [_pair(event) for event in part.events]
                rows.append((_FRAME, wires.setdefault(part.wire, len(wires)), part.raw, pairs))
        return VERSION + _encode((first_seq, usuals, list(wires), rows))

    def repeat(self) -> None:
        """Tell again what was told once: it may be lost."""
        self._told.clear()
        self._last = None

    def _number(self, usual: Usual, usuals: list[_UsualRow]) -> int:
        if usual is self._last:
            return self._last_number
        number = self._numbers.setdefault(usual, len(self._numbers))
        if number not in self._told:
            self._told.add(number)
            around, is_reasoning = usual.around, usual.delta is ReasoningDelta
            usuals.append(_UsualRow(number, usual.wire, around.head, around.tail, usual.block, is_reasoning))
        self._last, self._last_number = usual, number
        return number


class FrameDecoder:
    """Decodes the entries of one answer, from its first on."""

    __slots__ = ("_usuals",)

    def __init__(self) -> None:
        self._usuals: dict[int, Usual] = {}

    def decode(self, data: bytes) -> tuple[int, list[Frame]]:
        """Return the number of the first frame, and the frames.

        Raises:
            LogUnavailable: the bytes are not of this version.
        """
        if data[:1] != VERSION:
            raise LogUnavailable("the answer is kept in a form that this replica does not read")
        try:
            first_seq, usuals, wires, rows = _decode(memoryview(data)[1:])
            for row in usuals:
                delta = ReasoningDelta if row.is_reasoning else TextDelta
                self._usuals[row.number] = Usual(row.wire, Around(row.head, row.tail), row.block, delta)
            return first_seq, [frame for row in rows for frame in self._frames(row, wires)]
        except (msgspec.DecodeError, LookupError, UnicodeDecodeError):
            raise LogUnavailable("what is kept of the answer is damaged") from None

    def _frames(self, row: _FrameRow | _TextsRow, wires: list[str]) -> list[Frame]:
        if isinstance(row, _TextsRow):
            usual = self._usuals[row.usual]
            return [usual.frame(text) for text in row.texts]
        return [Frame([_event(*pair) for pair in row.events], wires[row.wire], row.raw)]


def encode_frames(first_seq: int, frames: Sequence[Frame]) -> bytes:
    """Return the bytes of frames that need nothing of what was told before."""
    return FrameEncoder().encode(first_seq, frames)


def _pair(event: Event) -> tuple[int, object]:
    if type(event) is TextDelta and event.logprobs is None:
        return _PLAIN_TEXT, (event.block, event.text)
    return _NUMBER_OF[type(event)], event


def _event(kind: int, fields: msgspec.Raw) -> Event:
    if kind == _PLAIN_TEXT:
        return TextDelta(*_decode_text(fields))
    return _DECODERS[kind](fields)

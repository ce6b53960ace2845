"""Encoders for readers that come back: all of the answer goes through, and what they have got already says nothing.

An encoder knows what it has told, such as its open blocks and its numbers, so it is fed from the start. How far a
reader has come is either a number of frames, or a number that the dialect itself gives its payloads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from sluiceway.delivery.reader import FrameEncoder, Telling
from sluiceway.errors import AnswerTooLarge, CursorExpired, LogUnavailable, ProducerLost, ReaderTooSlow
from sluiceway.events import Frame, StreamError
from sluiceway.usual import Usual

__all__ = ["AfterFrames", "AfterNumber", "Payload", "Split"]


_CUT_SHORT = {error.code for error in (AnswerTooLarge, CursorExpired, LogUnavailable, ProducerLost, ReaderTooSlow)}
"""Errors that end what is kept of an answer, and not the answer: its reader may have got more than that."""


class Payload(Protocol):
    """One wire event."""

    @property
    def data(self) -> bytes:
        """Its payload."""
        ...

    @property
    def raw(self) -> bytes:
        """The bytes it is."""
        ...


Split = Callable[[bytes], Sequence[Payload]]
"""Takes encoded bytes apart, such as the ``feed`` of `sluiceway.wire.sse.SSEDecoder`."""


class AfterFrames:
    """Says nothing for the first frames, nor for the first payloads of the one behind them.

    Args:
        encoder: the dialect's.
        frames: how many frames.
        part: how many payloads.
        split: takes the encoder's bytes apart; fresh. Only parts need it.
    """

    __slots__ = ("_encoder", "_left", "_part", "_split")

    def __init__(self, encoder: FrameEncoder, frames: int, part: int = 0, split: Split | None = None) -> None:
        self._encoder = encoder
        self._left = frames
        self._part = part
        self._split = split

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none."""
        data = self._encoder.encode(frame)
        if self._left:
            self._left -= 1
            return b""
        if self._part and self._split is not None:
            part, self._part = self._part, 0
            return b"".join(payload.raw for payload in self._split(data)[part:])
        return data

    def heartbeat(self) -> bytes:
        """Return bytes that say nothing and keep the connection alive."""
        return self._encoder.heartbeat()

    def telling(self, usual: Usual) -> Telling | None:
        """Return what the dialect's own says, once the reader is told everything."""
        return None if self._left or self._part else self._encoder.telling(usual)


class AfterNumber:
    """Says nothing until the dialect's own number has passed what the reader has got, or what is kept is cut short.

    A number cannot tell who counted: a reader who has more than is kept has counted past the error that ends it. So
    that is told whatever the number, and a second time to a reader who had it and comes back all the same.

    Args:
        encoder: the dialect's.
        number_of: a payload → its number; None for one that has none, which counts with what comes before it.
        after: the number of the last payload the reader has got.
        split: takes the encoder's bytes apart; fresh.
    """

    __slots__ = ("_after", "_encoder", "_is_past", "_number_of", "_split")

    def __init__(
        self, encoder: FrameEncoder, number_of: Callable[[bytes], int | None], after: int, split: Split
    ) -> None:
        self._encoder = encoder
        self._number_of = number_of
        self._after = after
        self._split = split
        self._is_past = False

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none."""
        data = self._encoder.encode(frame)
        if self._is_past or _is_cut_short(frame):
            return data
        return b"".join(payload.raw for payload in self._split(data) if self._is_new(payload.data))

    def heartbeat(self) -> bytes:
        """Return bytes that say nothing and keep the connection alive."""
        return self._encoder.heartbeat()

    def telling(self, usual: Usual) -> Telling | None:
        """Return what the dialect's own says, once the reader is told everything."""
        return self._encoder.telling(usual) if self._is_past else None

    def _is_new(self, payload: bytes) -> bool:
        if not self._is_past:
            number = self._number_of(payload)
            self._is_past = number is not None and number > self._after
        return self._is_past


def _is_cut_short(frame: Frame) -> bool:
    return any(isinstance(event, StreamError) and event.code in _CUT_SHORT for event in frame.events)

"""Ids for server-sent events: each says how far in the log of its answer a reader has come who has got it.

A frame gives one event as a rule, whose id is the frame's cursor. Of several only the last has that; those before it
say which part of the frame they are, so that a cut between two of them tells neither twice.

Only what readers asked for has ids: widely used clients take a blank line behind an id for an event. So nothing here
gives a blank line but at the end of an event, whatever the upstream sent between its events.

Source: WHATWG HTML, section 9.2.6 (August 2026).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

import msgspec

from sluiceway.delivery.cursor import START, Cursor, encode_cursor
from sluiceway.delivery.log.base import Log
from sluiceway.delivery.reader import FrameEncoder
from sluiceway.events import Frame
from sluiceway.usual import Around, Usual
from sluiceway.wire.chunk import CHUNK
from sluiceway.wire.sse import SSEDecoder, encode_comment, encode_event, with_id

__all__ = ["Numbered", "Place", "Spelling", "Stamped"]


class Place(msgspec.Struct, frozen=True):
    """Where a reader's telling begins.

    Attributes:
        seq: the first frame to be told.
        part: how many of its wire events the reader has already.
    """

    seq: int = 1
    part: int = 0


_START = Place()


class Numbered(Protocol):
    """Whose frames are encoded; a `sluiceway.delivery.follower.Follower` is one.

    Attributes:
        first_seq: the number of the first frame it gives; what stands for several has the last one's.
        next_seq: the number of the first frame of the log that it has not given yet.
    """

    first_seq: int
    next_seq: int


class Spelling(FrameEncoder, Protocol):
    """A dialect's encoder."""

    def telling(self, usual: Usual) -> Around | None:
        """Return what stands around each text of the usual event."""
        ...


class Stamped:
    """An encoder for server-sent events that gives each its id, and says nothing before ``place``.

    Args:
        encoder: the dialect's.
        frames: whose frames it is going to be given, all of them.
        log: where they come from.
        place: where the telling begins.
    """

    __slots__ = (
        "_encode",
        "_encoder",
        "_form",
        "_frames",
        "_log",
        "_newest",
        "_part",
        "_place_seq",
        "_prefix",
        "_seq",
    )

    def __init__(self, encoder: Spelling, frames: Numbered, log: Log, place: Place = _START) -> None:
        self._encoder = encoder
        self._encode = encoder.encode
        self._frames = frames
        self._log = log
        self._place_seq = place.seq
        self._part = place.part
        self._seq = frames.first_seq
        self._newest = START
        self._prefix = b""
        self._form = b""

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none. The hot path of answers that can be resumed."""
        data = self._encode(frame)
        seq = self._seq
        if seq >= self._frames.next_seq:  # no frame of the log: it tells this reader alone why it gets no more
            return data
        self._seq = seq + 1
        if not data or seq < self._place_seq:
            return b""
        if self._part and seq == self._place_seq:
            return self._stamp_parts(data, self._log.cursor(seq))
        newest = self._log.newest
        if newest is not self._newest:
            self._newest = newest
            self._prefix = b"%d-" % newest.epoch
        if seq >= newest.seq:  # usually, and without it ids cost three times as much
            told = with_id(data, self._prefix + b"%d" % seq)
        else:
            told = with_id(data, encode_cursor(self._log.cursor(seq)).encode())
        return self._stamp_parts(data, self._log.cursor(seq)) if told is None else told

    def heartbeat(self) -> bytes:
        """Return bytes that say nothing and keep the connection alive."""
        beat = self._encoder.heartbeat()
        return beat if beat.strip() else encode_comment("ping")

    def telling(self, usual: Usual) -> Stamped | None:
        """Return what tells usual events with their ids; None where more than a number would be to be looked at."""
        around = self._encoder.telling(usual)
        newest = self._log.newest
        is_past = self._seq > self._place_seq or (self._seq == self._place_seq and not self._part)
        if around is None or not is_past or self._seq < newest.seq or with_id(around.tell([b"-"]), b"1-1") is None:
            return None
        head, tail = (piece.replace(b"%", b"%%") for piece in (around.head, around.tail))
        self._form = b"id: %d-%%d\n%b%%b%b" % (newest.epoch, head, tail)
        return self

    def teller(self, write_chunk: Callable[[bytes], None]) -> Callable[[list[bytes]], None]:
        """Return what writes the usual events that `telling` was asked for last, one a frame, in one HTTP chunk."""
        form = self._form

        def tell(texts: list[bytes]) -> None:
            seq = self._seq
            self._seq = seq + len(texts)
            if len(texts) == 1:
                data = form % (seq, texts[0])
            else:
                data = b"".join([form % numbered for numbered in enumerate(texts, seq)])
            write_chunk(CHUNK % (len(data), data))

        return tell

    def _stamp_parts(self, data: bytes, cursor: Cursor) -> bytes:
        events = SSEDecoder(sys.maxsize).feed(data)
        skipped = self._part if cursor.seq == self._place_seq else 0
        told = b""
        for number, event in enumerate(events[skipped:], skipped + 1):
            part = Cursor(cursor.epoch, cursor.seq, number if number < len(events) else 0)
            told += encode_event(event.data, event.event.replace("\0", "\ufffd"), encode_cursor(part))
        return told

"""A short way for the usual read: whole HTTP chunks that hold one usual event each go to the reader as they came.

Nothing is taken apart, neither the chunk nor the event nor its JSON: all three are known by heart, and what differs,
the text, is shown to be text that JSON spells as it is. Whatever is not exactly that goes the long way.

Source: RFC 9112, section 7.1 for the chunk.
"""

from __future__ import annotations

from collections.abc import Callable

from sluiceway.dialects.base import Usual
from sluiceway.engine import Lane
from sluiceway.wire.text import VERBATIM_ASCII, is_verbatim

__all__ = ["Shortcut"]

_SETTLE_AT = 64
"""Deltas after which they are counted: often enough for who looks, rarely enough to cost little."""

_HEX_DIGITS = b"0123456789abcdefABCDEF"

# b5\r\n…\r\n is 6 bytes longer than what it holds, 100\r\n…\r\n is 7 bytes longer.
_LONGEST_OF_TWO_DIGITS = 0xFF + 6


class Shortcut:
    """The short way of one answer.

    Args:
        lane: where to.
        usual: what is known by heart.
        clock: monotonic seconds.
    """

    __slots__ = ("_clock", "_head", "_lane", "_tail", "_tail_bytes", "usual")

    def __init__(self, lane: Lane, usual: Usual, clock: Callable[[], float]) -> None:
        self.usual = usual
        self._lane = lane
        self._head = usual.head
        self._tail = usual.tail + b"\r\n"
        self._tail_bytes = len(self._tail)
        self._clock = clock

    def take(self, data: bytes) -> bool:
        """Hand ``data`` on if it is usual chunks only and the way is open; return whether it was."""
        lane = self._lane
        write = lane.write_chunk
        if write is None or lane.wire != self.usual.wire:
            return False
        deltas = 1 if self._is_one(data) else self._count(data)
        if not deltas:
            return False
        write(data)
        delivered_at = lane.delivered_at
        if deltas == 1:
            delivered_at.append(self._clock())
        else:
            delivered_at += [self._clock()] * deltas
        if len(delivered_at) >= _SETTLE_AT or (lane.pace is not None and lane.pace.window_s):
            lane.settle()
        return True

    def _is_one(self, data: bytes) -> bool:
        # b5\r\ndata: {"id":…,"delta":{"content":" river"},…}\n\n\r\n
        size = len(data)
        head_at = 4 if size <= _LONGEST_OF_TWO_DIGITS else 5
        head = self._head
        if not data.startswith(head, head_at) or not data.endswith(self._tail):
            return False
        text = data[head_at + len(head) : -self._tail_bytes]
        if not text or not data.startswith(b"%x\r\n" % (size - head_at - 2)):
            return False
        return not text.translate(None, VERBATIM_ASCII) or is_verbatim(text)

    def _count(self, data: bytes) -> int:
        """Return how many usual chunks ``data`` is, 0 when it is anything else: under load a read holds several."""
        deltas = at = 0
        while at < len(data):
            end = self._end_of_chunk(data, at)
            if not end:
                return 0
            at = end
            deltas += 1
        return deltas

    def _end_of_chunk(self, data: bytes, at: int) -> int:
        line_end = data.find(b"\r\n", at, at + 5)
        digits = data[at:line_end]
        if line_end < 0 or digits.strip(_HEX_DIGITS):
            return 0
        head_at = line_end + 2
        end = head_at + int(digits, 16) + 2 if digits else 0
        text_at, text_end = head_at + len(self._head), end - self._tail_bytes
        if (
            text_at >= text_end
            or not data.startswith(self._head, head_at)
            or not data.startswith(self._tail, text_end)
        ):
            return 0
        return end if is_verbatim(data[text_at:text_end]) else 0

"""A short way for the usual read: one whole HTTP chunk that holds one usual event goes to the reader as it came.

Nothing is taken apart, neither the chunk nor the event nor its JSON: all three are known by heart, and what differs,
the text, is shown to be text that JSON spells as it is. Whatever is not exactly that goes the long way.

Source: RFC 9112, section 7.1 for the chunk.
"""

from __future__ import annotations

from collections.abc import Callable

from sluiceway.dialects.base import Usual
from sluiceway.engine import Lane
from sluiceway.wire.text import VERBATIM_ASCII, is_verbatim

__all__ = ["MAX_CHUNK_BYTES", "Shortcut"]

MAX_CHUNK_BYTES = 0xFFF
"""The largest chunk that goes this way: a text of more than three digits of size is no single token."""

_SETTLE_AT = 64
"""Deltas after which they are counted: often enough for who looks, rarely enough to cost little."""

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
        """Hand ``data`` on if it is one usual chunk and the way is open; return whether it was."""
        lane = self._lane
        write, pace = lane.write_chunk, lane.pace
        if write is None or lane.wire != self.usual.wire or (pace is not None and pace.window_s):
            return False
        # b5\r\ndata: {"id":…,"delta":{"content":" river"},…}\n\n\r\n
        size = len(data)
        head_at = 4 if size <= _LONGEST_OF_TWO_DIGITS else 5
        head = self._head
        if not data.startswith(head, head_at) or not data.endswith(self._tail):
            return False
        text = data[head_at + len(head) : -self._tail_bytes]
        if not text or not data.startswith(b"%x\r\n" % (size - head_at - 2)):
            return False
        if text.translate(None, VERBATIM_ASCII) and not is_verbatim(text):
            return False
        write(data)
        delivered_at = lane.delivered_at
        delivered_at.append(self._clock())
        if len(delivered_at) >= _SETTLE_AT:
            lane.settle()
        return True

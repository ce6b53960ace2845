"""A short way for the usual read: whole HTTP chunks that hold one usual event each are not taken apart.

Neither the chunk nor the event nor its JSON: all three are known by heart, and what differs, the text, is shown to be
text that JSON spells as it is. So the text goes where the lane leads, or the chunk itself as it came. Whatever is not
exactly that goes the long way.

Source: RFC 9112, section 7.1 for the chunk.
"""

from __future__ import annotations

from collections.abc import Callable

from sluiceway.engine import Lane, Lead
from sluiceway.usual import Usual
from sluiceway.wire.text import VERBATIM_ASCII, is_verbatim

__all__ = ["Shortcut"]

_LONG_BYTES = 4096
"""A read that is counted at once, so that what is kept until then is bounded."""

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

    __slots__ = ("_asked", "_clock", "_head", "_lane", "_lead", "_tail", "_tail_bytes", "_usual")

    def __init__(self, lane: Lane, usual: Usual, clock: Callable[[], float]) -> None:
        self._usual = usual
        self._lane = lane
        self._asked: Callable[[Usual], Lead | None] | None = None
        self._lead: Lead | None = None
        self._head = usual.around.head
        self._tail = usual.around.tail + b"\r\n"
        self._tail_bytes = len(self._tail)
        self._clock = clock

    def take(self, data: bytes) -> bool:
        """Hand ``data`` on if it is usual chunks only and there is a way; return whether it was."""
        lane = self._lane
        if lane.lead is not self._asked:
            self._ask()
        lead = self._lead
        if lead is None:
            return False
        text = self._only_text(data)
        texts = [text] if text else self._all_texts(data)
        if not texts:
            return False
        if lead.take_chunks is not None:
            lead.take_chunks(data)
        else:
            lead.take_texts(texts)
        if lane.keep is not None:
            lane.passed += texts
        delivered_at = lane.delivered_at
        if text:
            delivered_at.append(self._clock())
        else:
            delivered_at += [self._clock()] * len(texts)
        is_due = len(delivered_at) >= lane.batch_deltas or len(data) > _LONG_BYTES
        if is_due or (lane.pace is not None and lane.pace.window_s):
            lane.settle()
        return True

    def _ask(self) -> None:
        self._asked = self._lane.lead
        self._lead = None if self._asked is None else self._asked(self._usual)

    def _only_text(self, data: bytes) -> bytes:
        """Return the text of ``data`` where it is one usual chunk; else nothing."""
        # b5\r\ndata: {"id":…,"delta":{"content":" river"},…}\n\n\r\n
        size = len(data)
        head_at = 4 if size <= _LONGEST_OF_TWO_DIGITS else 5
        head = self._head
        if not data.startswith(head, head_at) or not data.endswith(self._tail):
            return b""
        text = data[head_at + len(head) : -self._tail_bytes]
        if not data.startswith(b"%x\r\n" % (size - head_at - 2)):
            return b""
        return text if not text.translate(None, VERBATIM_ASCII) or is_verbatim(text) else b""

    def _all_texts(self, data: bytes) -> list[bytes]:
        """Return the texts of the usual chunks that ``data`` is, none when it is anything else: under load a read
        holds several.
        """
        texts: list[bytes] = []
        at = 0
        while at < len(data):
            text, at = self._next_text(data, at)
            if not text:
                return []
            texts.append(text)
        return texts

    def _next_text(self, data: bytes, at: int) -> tuple[bytes, int]:
        """Return the text of the usual chunk that begins here, and where it ends; nothing for another."""
        line_end = data.find(b"\r\n", at, at + 5)
        digits = data[at:line_end]
        if line_end < 0 or not digits or digits.strip(_HEX_DIGITS):
            return b"", at
        head_at = line_end + 2
        end = head_at + int(digits, 16) + 2
        text_at, text_end = head_at + len(self._head), end - self._tail_bytes
        if not (
            text_at < text_end and data.startswith(self._head, head_at) and data.startswith(self._tail, text_end)
        ):
            return b"", at
        text = data[text_at:text_end]
        return (text if is_verbatim(text) else b""), end

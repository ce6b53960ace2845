"""What the text lines of a stream have in common: a short way past framing and JSON.

Theory. As `sluiceway.dialects.template` has it, and one thing more: two lines of one stream differ in their text and
in their time stamp, which stands before it and is read on the first line only. What is remembered are the three
pieces around the two. The stamp is another string of the JSON, so the line says the same for any string there that
needs no unescaping; it ends at its quote, with which the middle piece begins.
"""

from __future__ import annotations

from sluiceway.dialects.base import Usual
from sluiceway.dialects.template import Slot, Template
from sluiceway.events import Event, ReasoningDelta, TextDelta
from sluiceway.wire.text import is_verbatim

__all__ = ["LineTemplate"]

_STAMP = b'"created_at":"'

# Servers whose lines are never alike cost this many attempts.
_MAX_ATTEMPTS = 16


class LineTemplate(Template):
    """The template of a stream's text lines, once one was learned.

    Args:
        slot: where the block is open.
    """

    __slots__ = ("_middle",)

    def __init__(self, slot: Slot) -> None:
        super().__init__("", {})
        self._slot = slot
        self._middle = b""

    def match(self, raw: bytes) -> Event | None:
        """Return what one line says that follows the template, or None where it has to be taken apart."""
        head, middle, tail = self._head, self._middle, self._tail
        if not head or not raw.startswith(head) or not raw.endswith(tail) or self._slot.block != self._block:
            return None
        at = raw.find(middle, len(head))
        text = raw[at + len(middle) : -len(tail)]
        if at < 0 or not text or not is_verbatim(text) or not is_verbatim(raw[len(head) : at]):
            return None
        return self._delta(self._block, text.decode())

    @property
    def usual(self) -> Usual | None:
        """None: two pieces are not enough to know a line by heart."""
        return None

    def remember(self, raw: bytes, name: bytes, delta: TextDelta | ReasoningDelta) -> None:
        """Take a line that was taken apart, and said only ``delta``, as the template of those to come.

        Args:
            raw: the line.
            name: the quoted name of the field that the text stood in.
            delta: what it said.
        """
        if self._attempts == _MAX_ATTEMPTS:
            return
        self._attempts += 1
        # A line is {"model":"m","created_at":"STAMP","message":{"role":"assistant","content":"TEXT"},"done":false}
        head, _, rest = raw.partition(_STAMP)
        stamp, _, rest = rest.partition(b'"')
        before, mark, rest = rest.partition(name + b':"')
        tail = rest.removeprefix(delta.text.encode())
        around = head + before + tail
        is_alike = is_verbatim(stamp) and mark and tail.startswith(b'"') and len(tail) < len(rest)
        if is_alike and b"\\" not in around and name not in around and _STAMP not in around:
            self._head, self._middle, self._tail = head + _STAMP, b'"' + before + mark, tail
            self._block, self._delta = delta.block, type(delta)

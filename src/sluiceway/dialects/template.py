"""What the events of a stream have in common: a short way past framing and JSON.

Nearly all events of a stream are the same bytes but for the text in the middle. What stands before and after the text
is remembered, framing included, and bytes that begin and end so are not taken apart (``bench/README.md`` says how to
measure what that saves). A property test holds the short way to the long one.

Theory. An event's bytes are a template's text between its head and its tail. Two events of one template differ in one
JSON string, so they say the same but for that string, provided that

1. the string stands for the text of the one event the bytes gave. The head ends with the name of a text field; the
   name occurs once; and without a backslash in head and tail no other name is spelled with escapes. So that field is
   the one the decoder read.
2. the new string needs no unescaping, and is legal: printable text without quotes and backslashes. So it has no line
   ends, and the framing is as it was.
3. the block is still open: its slot says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeGuard

from sluiceway.dialects.base import Usual
from sluiceway.events import BlockKind, Event, ReasoningDelta, TextDelta
from sluiceway.wire.text import is_verbatim

__all__ = ["Slot", "Template"]

# Servers that pad each event with random text never repeat themselves: they cost this many attempts.
_MAX_ATTEMPTS = 16


class Slot(Protocol):
    """Where a block is open: a choice, or the whole answer.

    Attributes:
        block: the number of the open block, or -1.
    """

    block: int


class _Closed:
    block = -1


class Template:
    """The template of a stream's text events, once it has been learned.

    Args:
        wire: the wire form of the events.
        names: the quoted names of the fields that hold text, by kind of block, in the order in which the dialect's
            decoder prefers them.
    """

    __slots__ = ("_attempts", "_block", "_delta", "_head", "_names", "_slot", "_tail", "_usual", "_wire")

    def __init__(self, wire: str, names: Mapping[BlockKind, tuple[bytes, ...]]) -> None:
        self._wire = wire
        self._names = names
        self._attempts = 0
        self._head = self._tail = b""
        self._usual: Usual | None = None
        self._slot: Slot = _Closed()
        self._block = 0
        self._delta: type[TextDelta | ReasoningDelta] = TextDelta

    def match(self, raw: bytes) -> Event | None:
        """Return what one event's bytes say that follow the template, or None where they have to be taken apart."""
        head, tail = self._head, self._tail
        if not head or not raw.startswith(head) or not raw.endswith(tail) or self._slot.block != self._block:
            return None
        text = raw[len(head) : -len(tail)]
        return self._delta(self._block, text.decode()) if text and is_verbatim(text) else None

    @property
    def usual(self) -> Usual | None:
        """The template for whoever knows it by heart, while its block is open."""
        return self._usual if self._slot.block == self._block else None

    def learn(self, raw: bytes, slot: Slot, kind: BlockKind, event: Event) -> None:
        """Take bytes that were taken apart, and said only ``event``, as the template of those to come."""
        if self._attempts == _MAX_ATTEMPTS or not _is_plain(event) or event.block != slot.block:
            return
        text = event.text.encode()
        for name in self._names.get(kind, ()):
            found = raw.find(name)
            head = raw[: found + len(name) + 2]
            if found >= 0 and head.endswith(b':"') and raw.startswith(text + b'"', len(head)):
                self._attempts += 1
                self._take(head, raw[len(head) + len(text) :], name, slot, event)
                return

    def _take(self, head: bytes, tail: bytes, name: bytes, slot: Slot, event: TextDelta | ReasoningDelta) -> None:
        around = head + tail
        if around.count(name) == 1 and b"\\" not in around:
            self._head, self._tail = head, tail
            self._usual = Usual(self._wire, head, tail)
            self._slot, self._block, self._delta = slot, slot.block, type(event)


def _is_plain(event: Event) -> TypeGuard[TextDelta | ReasoningDelta]:
    """Return whether an event says its text and nothing else."""
    match event:
        case TextDelta(logprobs=None) | ReasoningDelta(signature=None):
            return bool(event.text)
        case _:
            return False

"""What the events of a stream have in common: a short way past framing and JSON.

Nearly all events of a stream are the same bytes but for the text in the middle, and a few fields that nobody reads: a
number that counts up, random padding, a time. What stands around these is remembered, framing included, and bytes
that agree with it are not taken apart (``bench/README.md`` says how to measure what that saves). A property test of
each dialect holds the short way to the long one.

Theory. An event's bytes are fixed pieces with holes between them: one for the text, one for each silent value. Two
events with the same fixed pieces say the same but for their text, provided that

1. the text hole stands for the text of the one event the bytes gave. It comes behind the name of a text field; the
   name occurs once; and without a backslash in the pieces no other name is spelled with escapes. So that field is the
   one the decoder read.
2. what fills a hole is a whole JSON value: of text, JSON's own parser says so. It has no line ends in it, for JSON
   escapes them, so the framing is as it was.
3. silent values are not read, whatever they are, or are read anew (``beside``). They stand behind a quoted name and a
   colon; outside of an escaped string that is a field. Spaces before the last brace are silent, too: the payload is
   an object on the last line.
4. the block is still open: its slot says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol, TypeGuard

import msgspec

from sluiceway.events import BlockKind, Event, Frame, ReasoningDelta, TextDelta
from sluiceway.usual import Around, Usual

__all__ = ["Slot", "Template", "silent_fields"]

# Servers whose events are never alike cost this many attempts.
_MAX_ATTEMPTS = 16

Beside = Callable[[bytes, list[Event]], None]

# No quantifier gives back what it took, so matching is linear.
_TEXT = rb'(?!")([^"\\\x00-\x1f]*+(?:\\["\\/bfnrtu][^"\\\x00-\x1f]*+)*+)'
_STRING = rb'"[ !#-\[\]-~]*+"'
_NUMBER = rb"(?:0|[1-9][0-9]{0,17}+)"
_SPACES = rb" *+"
_HOLES = (b"", _STRING, _NUMBER, _SPACES)  # by group of a pattern of `silent_fields`


def silent_fields(*names: str) -> re.Pattern[bytes]:
    """Return a pattern that finds the values of fields that a reading never looks at, at any depth."""
    spelled = "|".join(names).encode() or rb"(?!)"
    return re.compile(rb'"(?:%b)": ?(?:(%b)|(%b))|(?<! )(%b)(?=\}\s*\Z)' % (spelled, _STRING, _NUMBER, _SPACES))


_NO_SILENT_FIELDS = silent_fields()
_decode_text = msgspec.json.Decoder(str).decode


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
        silent: finds the values that are never read, see `silent_fields`.
    """

    __slots__ = (
        "_attempts",
        "_beside",
        "_block",
        "_delta",
        "_fixed",
        "_groups",
        "_head",
        "_names",
        "_rest",
        "_silent",
        "_slot",
        "_tail",
        "_text_group",
        "_usual",
        "_wire",
    )

    def __init__(
        self,
        wire: str,
        names: Mapping[BlockKind, tuple[bytes, ...]],
        silent: re.Pattern[bytes] = _NO_SILENT_FIELDS,
    ) -> None:
        self._wire = wire
        self._names = names
        self._silent = silent
        self._beside: Beside | None = None
        self._attempts = 0
        self._usual: Usual | None = None
        self._slot: Slot = _Closed()
        self._block = 0
        self._delta: type[TextDelta | ReasoningDelta] = TextDelta
        self._head = b""  # the first piece
        self._tail = b""  # what stood behind the text
        self._rest = _NO_SILENT_FIELDS  # matches the holes, and pieces as long as the fixed ones
        self._fixed: tuple[bytes, ...] = ()
        self._groups: tuple[int, ...] = ()  # of the fixed pieces
        self._text_group = 0

    def take(self, data: bytes, wire: str, frames: list[Frame]) -> int:
        """Append a frame for each event that ``data`` begins with and that follows the template.

        Returns:
            The number of bytes that were taken; what comes behind them has to be taken apart.
        """
        head, tail, block = self._head, self._tail, self._block
        start = 0
        while self._slot.block == block and data.startswith(head, start):
            text_start = start + len(head)
            end = data.find(b'"', text_start)
            if text_start < end and data.startswith(tail, end):  # the silent values are the same, or there are none
                quoted = data[text_start - 1 : end + 1]
                end += len(tail)
            else:
                found = self._rest.match(data, text_start)
                if found is None or found.group(*self._groups) != self._fixed:
                    break
                quoted, end = b'"%b"' % found[self._text_group], found.end()
            try:
                text = _decode_text(quoted)
            except (msgspec.DecodeError, UnicodeDecodeError):
                break
            raw, start = data[start:end], end
            events: list[Event] = [self._delta(block, text)]
            if self._beside is not None:
                self._beside(raw, events)
            frames.append(Frame(events, wire, raw))
            if end == len(data):
                break
        return start

    @property
    def usual(self) -> Usual | None:
        """The template for whoever knows it by heart, while its block is open; None if more than the text varies."""
        return self._usual if self._slot.block == self._block else None

    def learn(self, raw: bytes, slot: Slot, kind: BlockKind, event: Event, beside: Beside | None = None) -> None:
        """Take bytes that were taken apart as the template of those to come.

        Args:
            raw: the bytes of one event.
            slot: where the block is open.
            kind: what it holds.
            event: all that the bytes said.
            beside: takes an event's bytes and appends what else they say, in fields that are silent for the template.
        """
        for name in self._names.get(kind, ()):
            if self.learn_field(raw, slot, name, event, beside):
                return

    def learn_field(self, raw: bytes, slot: Slot, name: bytes, event: Event, beside: Beside | None = None) -> bool:
        """Take bytes as `learn` does, if their text stands in the field quoted ``name``; return whether it does."""
        if self._attempts == _MAX_ATTEMPTS or not _is_plain(event) or event.block != slot.block:
            return False
        head, found, rest = raw.partition(name)
        colon = b':"' if rest.startswith(b':"') else b': "'  # Google writes "text": "Paris"
        text = event.text.encode()
        if not found or not rest.startswith(colon + text + b'"'):
            return False
        self._attempts += 1
        head, tail = head + name + colon, rest[len(colon) + len(text) :]
        # A CR at the end may be half of a line end, and a line behind the text's may hold a brace of its own.
        is_last_line = b"\n" not in tail.rstrip(b"\r\n") and not tail.endswith(b"\r")
        around = head + tail
        if is_last_line and around.count(name) == 1 and b"\\" not in around:
            self._slot, self._block, self._delta, self._beside = slot, slot.block, type(event), beside
            self._take(head, tail)
        return True

    def _take(self, head: bytes, tail: bytes) -> None:
        before, before_holes = self._split(head)
        after, after_holes = self._split(tail)
        holes = [*before_holes, _TEXT, *after_holes]
        self._head, *fixed = before + after
        self._tail = tail
        self._fixed = tuple(fixed)
        self._text_group = len(before_holes) + 1
        self._groups = tuple(group for group in range(1, len(fixed) + 2) if group != self._text_group)
        # It goes by lengths, which many streams share, so that `re` mostly has it already.
        pieces = [hole + b"(.{%d})" % len(piece) for hole, piece in zip(holes, fixed, strict=True)]
        self._rest = re.compile(b"".join(pieces), re.DOTALL)
        only_text_varies = self._beside is None and set(holes) <= {_TEXT, _SPACES}
        usual = Usual(self._wire, Around(head, tail), self._block, self._delta)
        self._usual = usual if only_text_varies else None

    def _split(self, around: bytes) -> tuple[list[bytes], list[bytes]]:
        """Return the fixed pieces of some bytes, and what fills the holes between them."""
        pieces, holes, start = [], [], 0
        for found in self._silent.finditer(around):
            group = found.lastindex or 0
            pieces.append(around[start : found.start(group)])
            holes.append(_HOLES[group])
            start = found.end(group)
        return [*pieces, around[start:]], holes


def _is_plain(event: Event) -> TypeGuard[TextDelta | ReasoningDelta]:
    """Return whether an event says its text and nothing else."""
    match event:
        case TextDelta(logprobs=None) | ReasoningDelta(signature=None):
            return bool(event.text)
        case _:
            return False

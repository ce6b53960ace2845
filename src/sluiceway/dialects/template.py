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
3. silent values are not read, whatever they are. They stand behind a quoted name and a colon; outside of an escaped
   string that is a field. Spaces before the last brace are silent, too: the payload is an object on the last line.
4. a record beside the text (`Beside`) is read anew each time. It is one JSON value without spaces around it, for
   whoever reads it says so, on one line; and it is the value of a field whose name occurs once. So whatever is in it
   is in that field.
5. the block is still open: its slot says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeGuard

import msgspec

from sluiceway.events import BlockKind, Event, Frame, ReasoningDelta, TextDelta
from sluiceway.usual import Around, Usual

__all__ = ["Beside", "Slot", "Template", "silent_fields"]

# Servers whose events are never alike cost this many attempts.
_MAX_ATTEMPTS = 16

_LF, _CR = b"\n\r"

# No quantifier gives back what it took, so matching is linear.
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

_Tell = Callable[[bytes, list[Event]], bool]


class Beside(NamedTuple):
    """A record that stands behind the text, in the same event.

    Attributes:
        name: the quoted name of its field.
        record: what it was in the event that is learned.
        tell: takes the record of an event and appends what it says; returns whether it could be read, which it cannot
            unless it is one JSON value.
    """

    name: bytes
    record: bytes
    tell: _Tell


class Slot(Protocol):
    """Where a block is open: a choice, or the whole answer.

    Attributes:
        block: the number of the open block, or -1.
    """

    block: int


class _Closed:
    block = -1


class _Holes:
    """Holes for silent values, and the piece behind each."""

    __slots__ = ("_match", "_pieces")

    def __init__(self, holes: Sequence[bytes], pieces: Sequence[bytes]) -> None:
        # It goes by lengths, which many streams share, so that `re` mostly has it already.
        spelled = [
            hole + (b"(.{%d})" % len(piece) if piece else b"") for hole, piece in zip(holes, pieces, strict=True)
        ]
        self._match = re.compile(b"".join(spelled), re.DOTALL).match
        self._pieces = tuple(filter(None, pieces))

    def end(self, data: bytes, start: int) -> int:
        """Return the position behind all of them, or -1 when something else stands there."""
        found = self._match(data, start)
        return found.end() if found is not None and found.groups() == self._pieces else -1


class _Trail(_Holes):
    """What stands behind the text: a piece, then holes for silent values."""

    __slots__ = ("_after",)

    def __init__(self, after: bytes, holes: Sequence[bytes], pieces: Sequence[bytes]) -> None:
        super().__init__(holes, pieces)
        self._after = after

    def find(self, data: bytes, start: int, quote: int) -> tuple[int, int]:
        """Return the positions behind a text and behind its event; -1 where something else stands there.

        Args:
            data: the bytes.
            start: where the text begins.
            quote: where the first quote is from there on, which may be an escaped one.
        """
        after = self._after
        end = quote if data.startswith(after, quote) else data.find(after, start)
        found = self._match(data, end + len(after))
        if end < 0 or found is None or found.groups() != self._pieces:
            return -1, -1
        return end, found.end()


class _Record:
    """What stands behind the text: a piece, the hole for a record that is read anew, and another piece.

    Attributes:
        after: the piece before the record.
        last: the piece behind it.
        tell: takes the record.
    """

    __slots__ = ("_length", "after", "last", "tell")

    def __init__(self, after: bytes, beside: Beside, last: bytes) -> None:
        self.after = after
        self.last = last
        self.tell = beside.tell
        self._length = len(beside.record)  # of the record before, which most are as long as

    def find(self, data: bytes, start: int, quote: int) -> tuple[int, int]:
        """Return the positions behind a text and behind its event, as `_Trail.find` does."""
        after, last = self.after, self.last
        end = quote if data.startswith(after, quote) else data.find(after, start)
        record = end + len(after)
        behind = record + self._length
        if not data.startswith(last, behind):
            behind = data.find(last, record)
        if end < 0 or behind < 0:
            return -1, -1
        self._length = behind - record
        return end, behind + len(last)


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
        "_block",
        "_delta",
        "_head",
        "_lead",
        "_names",
        "_record",
        "_silent",
        "_slot",
        "_tail",
        "_trail",
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
        self._attempts = 0
        self._usual: Usual | None = None
        self._slot: Slot = _Closed()
        self._block = 0
        self._delta: type[TextDelta | ReasoningDelta] = TextDelta
        self._head = b""  # what stood before the text, up to the first hole
        self._lead: _Holes | None = None  # from there to the text
        self._tail = b""  # what stood behind the text
        self._trail: _Trail | _Record = _Trail(b"", (), ())  # the same, with its holes
        self._record: _Record | None = None  # the same, where a record is one of them

    def take(self, data: bytes, wire: str, frames: list[Frame]) -> int:
        """Append a frame for each event that ``data`` begins with and that follows the template.

        Returns:
            The number of bytes that were taken; what comes behind them has to be taken apart.
        """
        head, lead, tail, record = self._head, self._lead, self._tail, self._record
        block = self._block
        start = 0
        while self._slot.block == block and data.startswith(head, start):
            text_start = start + len(head)
            if lead is not None:
                text_start = lead.end(data, text_start)
            text_end = data.find(b'"', text_start)
            if data.startswith(tail, text_end):  # the other values are the same, or there are none
                end = text_end + len(tail)
            else:
                text_end, end = self._trail.find(data, text_start, text_end)
            if text_end <= text_start:
                break
            try:
                events: list[Event] = [self._delta(block, _decode_text(data[text_start - 1 : text_end + 1]))]
            except (msgspec.DecodeError, UnicodeDecodeError):
                break
            if record is not None:
                said = data[text_end + len(record.after) : end - len(record.last)]
                if _LF in said or _CR in said or said.strip() != said or not record.tell(said, events):
                    break
            frames.append(Frame(events, wire, data[start:end]))
            start = end
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
            beside: what else they said.
        """
        for name in self._names.get(kind, ()):
            if self.learn_field(raw, slot, name, event, beside):
                return

    def learn_field(self, raw: bytes, slot: Slot, name: bytes, event: Event, beside: Beside | None = None) -> bool:
        """Take bytes as `learn` does, if their text stands in the field quoted ``name``; return whether it does."""
        if self._attempts == _MAX_ATTEMPTS or not _is_plain(event) or event.block != slot.block:
            return False
        found = _find_value(raw, name, b'"%b"' % event.text.encode())
        if found is None:
            return False
        self._attempts += 1
        head, tail = found[0] + b'"', b'"' + found[1]
        # A CR at the end may be half of a line end, and a line behind the text's may hold a brace of its own.
        is_last_line = b"\n" not in tail.rstrip(b"\r\n") and not tail.endswith(b"\r")
        around = head + tail
        names = [name] if beside is None else [name, beside.name]
        if is_last_line and b"\\" not in around and all(around.count(each) == 1 for each in names):
            self._take(head, tail, slot, type(event), beside)
        return True

    def _take(
        self, head: bytes, tail: bytes, slot: Slot, delta: type[TextDelta | ReasoningDelta], beside: Beside | None
    ) -> None:
        (first, *pieces), holes = self._split(head)
        (after, *pieces_behind), holes_behind = self._split(tail)
        record: _Record | None = None
        if beside is not None:
            found = _find_value(tail, beside.name, beside.record)
            if found is None:  # it stands before the text
                return
            record = _Record(found[0], beside, found[1])
        self._slot, self._block, self._delta = slot, slot.block, delta
        self._head, self._lead = first, _Holes(holes, pieces) if holes else None
        self._tail, self._record = tail, record
        self._trail = record or _Trail(after, holes_behind, pieces_behind)
        only_text_varies = record is None and {*holes, *holes_behind} <= {_SPACES}
        self._usual = Usual(self._wire, Around(head, tail), slot.block, delta) if only_text_varies else None

    def _split(self, around: bytes) -> tuple[list[bytes], list[bytes]]:
        """Return the fixed pieces of some bytes, and what fills the holes between them."""
        pieces, holes, start = [], [], 0
        for found in self._silent.finditer(around):
            group = found.lastindex or 0
            pieces.append(around[start : found.start(group)])
            holes.append(_HOLES[group])
            start = found.end(group)
        return [*pieces, around[start:]], holes


def _find_value(data: bytes, name: bytes, value: bytes) -> tuple[bytes, bytes] | None:
    """Return what stands before and behind the value of the first field of a name; None where it has another."""
    head, _, rest = data.partition(name)
    colon = b": " if rest.startswith(b": ") else b":"  # Google writes "text": "Paris"
    return (head + name + colon, rest[len(colon) + len(value) :]) if rest.startswith(colon + value) else None


def _is_plain(event: Event) -> TypeGuard[TextDelta | ReasoningDelta]:
    """Return whether an event says its text and nothing else."""
    match event:
        case TextDelta(logprobs=None) | ReasoningDelta(signature=None):
            return bool(event.text)
        case _:
            return False

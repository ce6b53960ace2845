"""The checker: a feed's events in, the first violation out, at the event that makes it certain.

It never reports what the finished document would not break, and it does not see everything: `Checker.verdict` says
whether something was left to be judged on the whole document. See `keywords` for what is seen when.

A document with a member that comes twice counts as broken: with two values for one name nothing would be certain
before the end. Feeds for a checker refuse such documents themselves (``duplicate_keys="error"``).
"""

from __future__ import annotations

from collections.abc import Iterable

from sluiceway.partial.events import Completed, Event, Grew, Started
from sluiceway.partial.schema.check import Frame
from sluiceway.partial.schema.equality import kind_of
from sluiceway.partial.schema.gates import Part
from sluiceway.partial.schema.nodes import Node
from sluiceway.partial.schema.verdict import Verdict, Violation

__all__ = ["Checker"]

_KINDS: dict[type, str] = {str: "string", list: "array", dict: "object"}


class Checker:
    """Follows one document; the work is linear in it, and bounded for each of its values.

    Args:
        root: the schema, compiled.

    Attributes:
        verdict: what is known of the document.
        violation: the first one, None so far.
        is_overrun: whether a value had more checks than are followed; the document is then not worth checking whole
            with anything that has no such bound.
        level: 0, no gate lies above.
    """

    __slots__ = ("_frames", "_root", "is_overrun", "level", "verdict", "violation")

    def __init__(self, root: Node) -> None:
        self.verdict = Verdict.OPEN
        self.violation: Violation | None = None
        self.is_overrun = False
        self.level = 0
        self._root = root
        self._frames: list[Frame] = []

    def feed(self, events: Iterable[Event]) -> Violation | None:
        """Take events and return the first violation, once there is one. After it nothing more is followed."""
        frames = self._frames
        for event in events:
            if self.violation is not None:
                break
            if type(event) is Grew:  # twice as fast as isinstance
                for grow in frames[-1].growing:
                    grow(event.text)
            elif isinstance(event, Started):
                self._open(Frame(event.path, _KINDS[event.kind]))
            elif isinstance(event, Completed):
                if len(event.path) == len(frames):
                    self._open(Frame(event.path, kind_of(event.value), event.value))
                self._close(event.value)
            else:
                self._fail(Violation(event.path, "", "the object has this member twice"))
        return self.violation

    def failed(self, part: Part) -> None:
        """Take the first violation."""
        assert part.violation is not None
        self._fail(part.violation)

    def settled(self, part: Part) -> None:
        """Take the verdict on the whole."""
        self.verdict = part.verdict

    def missed(self) -> None:
        """Do nothing: the root is always followed."""

    def _fail(self, violation: Violation) -> None:
        self.verdict, self.violation = Verdict.FAILED, violation

    def _open(self, frame: Frame) -> None:
        if self._frames:
            for check in self._frames[-1].entering:
                check.enter(frame)
        else:
            frame.follow("", self._root, self)
        self._frames.append(frame)

    def _close(self, value: object) -> None:
        frame = self._frames.pop()
        frame.close(value)
        self.is_overrun |= frame.is_overrun
        if self._frames:
            for array in self._frames[-1].leaving:
                array.leave(value)

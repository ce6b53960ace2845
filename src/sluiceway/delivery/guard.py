"""The guard: a sink before a generation, which holds an answer's text to a JSON schema while it streams.

It follows the text of the first choice. At the first violation it stops the engine and ends the answer with one error
that names the place, or, if it is only to report, takes note and lets everything pass. What a guarded reader has got
is always the beginning of a document that follows the schema: frames from the violation on are not handed on.

An answer that is cut short (a token limit, a filter, a stop) is unfinished and no violation: its finish reason says
so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from sluiceway.delivery.outcome import GuardRecord, Outcome
from sluiceway.engine import Lane
from sluiceway.errors import SchemaViolation, SluicewayError
from sluiceway.events import BlockKind, BlockStart, ChoiceEnd, Frame, TextDelta
from sluiceway.partial.events import MISSING
from sluiceway.partial.fence import FenceFilter
from sluiceway.partial.schema.compile import Compiled
from sluiceway.partial.schema.document import Document
from sluiceway.partial.schema.verdict import Violation
from sluiceway.usage import Stop

__all__ = ["Guard", "Guarded", "Plan"]

_MAX_POINTER_CHARS = 200
_MAX_MESSAGE_CHARS = 500

_WHOLE = frozenset({Stop.END, Stop.STOP_SEQUENCE})
"""Reasons of choices whose document should be whole."""


class Plan(msgspec.Struct, frozen=True):
    """What an answer is held to.

    Attributes:
        schema: for the text as it comes.
        judge: the whole document → its violation; sees every keyword.
        stops: whether a violation ends the answer; else it is only reported.
        strips: whether code fences and words around the document are left out of account.
        report: told of a violation, when there is one.
    """

    schema: Compiled
    judge: Callable[[object], Violation | None]
    stops: bool
    strips: bool = False
    report: Callable[[GuardRecord], None] | None = None


class Guarded(Protocol):
    """What stands behind a guard: `sluiceway.delivery.generation.Generation`.

    Attributes:
        guard: what the guard has found.
    """

    guard: GuardRecord | None

    def feed(self, frames: list[Frame]) -> None:
        """Take the frames of one read."""
        ...

    def close(self, error: SluicewayError | None) -> None:
        """Take the engine's end."""
        ...

    def refuse(self, frames: list[Frame], error: SchemaViolation) -> None:
        """Stop the engine and end with an error of our own instead of ``frames``."""
        ...


class Guard:
    """A `sluiceway.engine.Sink` before another one; one per answer.

    Args:
        target: where the answer goes on to.
        plan: what it is held to.

    Attributes:
        lane: a way that is never opened: all text must be seen.
    """

    __slots__ = ("_blocks", "_document", "_fence", "_has_other", "_is_judged", "_plan", "_record", "_target", "lane")

    def __init__(self, target: Guarded, plan: Plan) -> None:
        self.lane = Lane(lambda: None)
        self._target = target
        self._plan = plan
        self._document: Document | None = Document(plan.schema)
        self._fence = FenceFilter() if plan.strips else None
        self._record = target.guard = GuardRecord()
        self._blocks: set[int] = set()
        self._has_other = False
        self._is_judged = False

    def feed(self, frames: list[Frame]) -> None:
        """Take the frames of one read. The hot path of guarded answers."""
        document = self._document
        if document is not None:
            for number, frame in enumerate(frames):
                violation = self._follow(frame, document)
                if violation is not None:
                    self._take_note(violation)
                    if self._plan.stops:
                        self._stop(frames, number, violation)
                        return
                    break
        self._target.feed(frames)

    def close(self, error: SluicewayError | None) -> None:
        """Take the engine's end."""
        self._target.close(error)

    def _follow(self, frame: Frame, document: Document) -> Violation | None:
        violation = None
        for event in frame.events:
            if type(event) is TextDelta:  # twice as fast as isinstance
                if event.block in self._blocks and violation is None:
                    text = event.text if self._fence is None else self._fence.push(event.text)
                    violation = document.push(text)
                    if document.is_whole and not self._is_judged and violation is None:
                        violation = self._judge(document)
            elif isinstance(event, BlockStart) and event.choice == 0:
                if event.kind is BlockKind.TEXT:
                    self._blocks.add(event.block)
                elif event.kind is not BlockKind.REASONING:
                    self._has_other = True
            elif isinstance(event, ChoiceEnd) and event.choice == 0:
                violation = violation or self._end(event.reason.stop, document)
        return violation

    def _end(self, stop: Stop, document: Document) -> Violation | None:
        """Take the end of the choice: the document is whole now, or never will be."""
        self._document = None
        if document.value is MISSING and self._has_other:
            self._record.outcome = Outcome.UNCHECKED  # a tool was called, or the model refused
            return None
        if stop not in _WHOLE and not document.is_whole:
            return None
        violation = document.close()
        if violation is None and not self._is_judged:
            violation = self._judge(document)
        return violation

    def _judge(self, document: Document) -> Violation | None:
        self._is_judged = True
        if document.is_lost:
            self._record.outcome = Outcome.UNCHECKED
            return None
        violation = self._plan.judge(document.value)
        if violation is None:
            self._record.outcome = Outcome.VALID
        return violation

    def _take_note(self, violation: Violation) -> None:
        self._document = None
        record = self._record
        record.outcome = Outcome.INVALID
        record.pointer = violation.pointer[:_MAX_POINTER_CHARS]
        record.keyword = violation.keyword
        if self._plan.report is not None:
            self._plan.report(record)

    def _stop(self, frames: list[Frame], number: int, violation: Violation) -> None:
        record, target = self._record, self._target
        if number:
            target.feed(frames[:number])
        place = record.pointer or "its root"
        rule = f" ({violation.keyword})" if violation.keyword else ""
        message = f"the answer breaks its schema at {place}: {violation.message}{rule}"
        error = SchemaViolation(message[:_MAX_MESSAGE_CHARS], pointer=record.pointer, keyword=violation.keyword)
        target.refuse(frames[number:], error)

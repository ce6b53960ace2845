"""The outline of an answer while it runs: its open blocks and choices, how it ended, what is known of its usage.

It is what remains to be said when somebody stops the answer in the middle: the open blocks' ends, a finish reason for
each choice, the usage so far and the end of the stream. Deltas do not touch it, so it costs nothing per token.
"""

from __future__ import annotations

from sluiceway.events import (
    BlockEnd,
    BlockStart,
    ChoiceEnd,
    Event,
    StreamEnd,
    StreamError,
    StreamStart,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["Outline"]


class Outline:
    """Follows every event that is not a delta; one per answer.

    Attributes:
        is_started: whether `StreamStart` came.
        is_ended: whether a terminal event came.
        error: the terminal event, if it was an error.
        usage: the last report.
    """

    __slots__ = ("_choices", "_open", "error", "is_ended", "is_started", "usage")

    def __init__(self) -> None:
        self.is_started = False
        self.is_ended = False
        self.error: StreamError | None = None
        self.usage: Usage | None = None
        self._open: dict[int, int] = {}
        self._choices: dict[int, bool] = {}

    def feed(self, event: Event) -> None:
        """Take one event; deltas may be fed and change nothing."""
        # Not a match with classes: that costs four times as much, a thirtieth of a non-streaming request.
        if type(event) is StreamStart:
            self.is_started = True
        elif type(event) is BlockStart:
            self._open[event.block] = event.choice
            self._choices[event.choice] = False
        elif type(event) is BlockEnd:
            self._open.pop(event.block, None)
        elif type(event) is ChoiceEnd:
            self._choices[event.choice] = True
        elif type(event) is UsageReport:
            self.usage = event.usage
        elif type(event) is StreamEnd:
            self.is_ended = True
        elif type(event) is StreamError:
            self.is_ended = True
            self.error = event

    @property
    def is_unmetered(self) -> bool:
        """Whether it came to its proper end, and the vendor has told no usage."""
        return self.is_ended and self.usage is None and self.error is None

    def stop(self, usage: Usage) -> list[Event]:
        """Return the events that end the answer honestly where it stands, with ``usage`` as the last report."""
        events: list[Event] = [] if self.is_started else [StreamStart()]
        events += [BlockEnd(block) for block in self._open]
        reason = FinishReason(Stop.CANCELLED)
        running = [choice for choice, is_ended in self._choices.items() if not is_ended]
        events += [ChoiceEnd(choice, reason) for choice in running or ([] if self._choices else [0])]
        return [*events, UsageReport(usage), StreamEnd()]

"""In-memory doubles of Sluiceway's protocols, for its own tests and for those of who builds on it.

Only real borders have doubles: time (`FakeClock`), the source of tokens (`ScriptedEngine`), and what takes them
(`RecordingSink`). None of them waits, opens anything, or draws at random.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Sequence
from typing import TypeVarTuple

from sluiceway.engine import Lane
from sluiceway.engines.scripted import ScriptedCall, ScriptedEngine, Step
from sluiceway.errors import SluicewayError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    Frame,
    StreamEnd,
    StreamStart,
    TextDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["FakeClock", "FakeTimer", "RecordingSink", "ScriptedCall", "ScriptedEngine", "Step", "text_frames"]

Ts = TypeVarTuple("Ts")


class FakeTimer:
    """A callback in a `FakeClock`.

    Attributes:
        due_at: when it is called, in the clock's seconds.
        is_cancelled: whether it was forgotten.
    """

    def __init__(self, due_at: float, call: Callable[[], object]) -> None:
        self.due_at = due_at
        self.is_cancelled = False
        self.call = call

    def cancel(self) -> None:
        """Forget it."""
        self.is_cancelled = True


class FakeClock:
    """A `sluiceway.clock.Clock` that stands still until it is moved.

    Args:
        now: where it starts, in seconds.
    """

    def __init__(self, now: float = 0.0) -> None:
        self._now = now
        self._timers: list[tuple[float, int, FakeTimer]] = []
        self._numbers = itertools.count()

    def time(self) -> float:
        """Return the seconds it shows."""
        return self._now

    def call_later(self, delay: float, callback: Callable[[*Ts], object], *args: *Ts) -> FakeTimer:
        """Call ``callback(*args)`` when `advance` has moved past ``delay`` seconds from now; never at once."""
        timer = FakeTimer(self._now + max(0.0, delay), lambda: callback(*args))
        heapq.heappush(self._timers, (timer.due_at, next(self._numbers), timer))
        return timer

    @property
    def next_due_at(self) -> float | None:
        """When the next callback is due, None when nothing waits."""
        while self._timers and self._timers[0][2].is_cancelled:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def advance(self, seconds: float) -> None:
        """Move on, calling what falls due in its order and at its time, also what is added on the way."""
        end = self._now + seconds
        while (due_at := self.next_due_at) is not None and due_at <= end:
            _, _, timer = heapq.heappop(self._timers)
            self._now = due_at
            timer.call()
        self._now = end


class RecordingSink:
    """A `sluiceway.engine.Sink` that keeps everything and can be waited for.

    Attributes:
        feeds: the frames of each `feed`, in order.
        closings: what each `close` was told; a right engine makes it one.
    """

    def __init__(self) -> None:
        self.lane = Lane(lambda: None)
        self.feeds: list[list[Frame]] = []
        self.closings: list[SluicewayError | None] = []
        self._closed = asyncio.Event()

    def feed(self, frames: list[Frame]) -> None:
        """Keep frames."""
        self.feeds.append(frames)

    def close(self, error: SluicewayError | None) -> None:
        """Keep the end."""
        self.closings.append(error)
        self._closed.set()

    async def ended(self) -> SluicewayError | None:
        """Wait for the end and return what broke the answer off, None for a proper end."""
        await self._closed.wait()
        return self.closings[0]

    @property
    def frames(self) -> list[Frame]:
        """All frames so far."""
        return [frame for frames in self.feeds for frame in frames]

    @property
    def events(self) -> list[Event]:
        """All events so far."""
        return [event for frame in self.frames for event in frame.events]

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))


def text_frames(texts: Sequence[str], *, model: str = "scripted", usage: Usage | None = None) -> list[Frame]:
    """Return a whole answer of one text block, a frame for each piece of ``texts`` and one each for start and end."""
    report: list[Event] = [] if usage is None else [UsageReport(usage)]
    return [
        Frame([StreamStart("scripted-1", model), BlockStart(0, BlockKind.TEXT)]),
        *(Frame([TextDelta(0, text)]) for text in texts),
        Frame([BlockEnd(0), ChoiceEnd(0, FinishReason(Stop.END)), *report, StreamEnd()]),
    ]

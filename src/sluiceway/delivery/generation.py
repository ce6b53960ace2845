"""A generation: one running answer between its engine and its reader.

The engine pushes frames in, once per read of its socket; the generation counts, keeps what the reader has not taken,
and wakes the reader once. Nothing here waits, and nothing is made per token but what the decoder made already.

Pressure: when more than ``max_pending_bytes`` wait for the reader, the engine's call is paused until the reader has
taken them. The coalescer pauses calls as well; the two reasons are kept apart.

Its life ends in exactly one way: `Ending` says which.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol

import msgspec

from sluiceway.delivery.outcome import GuardRecord
from sluiceway.delivery.outline import Outline
from sluiceway.engine import Call, Lane, Lead, Pace, Sink
from sluiceway.errors import EngineError, LocalProtocolError, SchemaViolation, SluicewayError, UpstreamFailed
from sluiceway.events import (
    Frame,
    ReasoningDelta,
    StreamError,
    TextDelta,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.metering.timeline import Timeline
from sluiceway.request import Request
from sluiceway.usage import Usage
from sluiceway.usual import Usual

__all__ = ["Ending", "Generation", "Holder", "Origin", "Starter", "Wake"]

Wake = Callable[[], None]
"""Called when there is something to take, or the end was reached; at most once until the next take."""


class Ending(enum.Enum):
    """Why a generation ended; the closed set of the metrics' ``reason`` label."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    """On request."""
    READER_GONE = "reader_gone"
    READER_TOO_SLOW = "reader_too_slow"
    DRAINED = "drained"
    """The server shut down."""
    UPSTREAM_ERROR = "upstream_error"
    SCHEMA_VIOLATION = "schema_violation"
    """The answer broke the schema it was held to."""


class Origin(msgspec.Struct, frozen=True):
    """Where a generation comes from; not the request itself, which may be large and is done with once it is sent.

    Attributes:
        id: random, never reused, and no credential.
        model: what was asked for.
        is_stream: whether its reader wants deltas.
        engine: the name of the engine that answers.
        dialect: the reader's dialect.
        dropped: the names of what was asked for and left out, since the engine's dialect cannot say it.
    """

    id: str
    model: str
    is_stream: bool
    engine: str
    dialect: str
    dropped: tuple[str, ...] = ()


class Starter(Protocol):
    """What gives an answer: an engine, or what reads one that is given elsewhere."""

    def start(self, request: Request, sink: Sink) -> Call:
        """Begin it; see `sluiceway.engine.Engine`."""
        ...


class Holder(Pace, Protocol):
    """Decides whether a call pauses for a moment so that its next reads are larger; see `coalesce`."""

    def hold(self, generation: Generation) -> bool:
        """Return True when the generation is to pause now; it will be released later."""
        ...


def _no_wake() -> None:
    """Stand in for a reader that is not there yet."""


class Generation:
    """The sink of one engine call, and what its reader takes from.

    Args:
        origin: where it comes from.
        timeline: its clockwork.
        clock: monotonic seconds.
        max_pending_bytes: how much may wait for the reader before the engine is paused.
        holder: the coalescer.

    Attributes:
        guard: what is known of a schema the answer is held to; None without one.
    """

    __slots__ = (
        "_call",
        "_clock",
        "_frames",
        "_holder",
        "_is_full",
        "_is_held",
        "_max_pending_bytes",
        "_outline",
        "_pending_bytes",
        "_pending_deltas",
        "_refused_deltas",
        "_wake",
        "ending",
        "error",
        "guard",
        "lane",
        "origin",
        "output_deltas",
        "taken_at",
        "timeline",
    )

    def __init__(
        self,
        origin: Origin,
        timeline: Timeline,
        *,
        clock: Callable[[], float],
        max_pending_bytes: int,
        holder: Holder | None = None,
    ) -> None:
        self.origin = origin
        self.timeline = timeline
        self.ending: Ending | None = None
        self.error: SluicewayError | None = None
        self.guard: GuardRecord | None = None
        self.output_deltas = 0
        self.taken_at = timeline.accepted_at
        self.lane = Lane(self.settle, holder)
        self._clock = clock
        self._max_pending_bytes = max_pending_bytes
        self._holder = holder
        self._outline = Outline()
        self._call: Call | None = None
        self._frames: list[Frame] = []
        self._pending_bytes = 0
        self._pending_deltas = 0
        self._refused_deltas = 0
        self._wake: Wake = _no_wake
        self._is_full = False
        self._is_held = False

    # The engine's side.

    def start(self, engine: Starter, request: Request, entrance: Sink | None = None) -> None:
        """Ask the engine for the answer.

        Args:
            engine: who is asked.
            request: what for.
            entrance: the sink before this one that the engine fills; None where it fills this one.

        Raises:
            RequestError: the engine cannot express the request; the generation has not begun.
        """
        call = engine.start(request, entrance or self)
        if self.ending is None:
            self._call = call
        else:
            call.abort()  # it was refused on the spot

    def feed(self, frames: list[Frame]) -> None:
        """Take the frames of one read. The hot path: see ``docs/performance.md`` before changing it."""
        if self.ending is not None:
            return
        if self.lane.delivered_at:
            self.settle()
        deltas = size_bytes = 0
        for frame in frames:
            size_bytes += len(frame.raw)
            for event in frame.events:
                kind = type(event)
                if kind is TextDelta or kind is ReasoningDelta or kind is ToolInputDelta:
                    deltas += 1
                else:
                    self._outline.feed(event)
        if deltas:
            self._count(deltas)
            self._pending_deltas += deltas
        self._pending_bytes += size_bytes
        if self._outline.is_unmetered:
            frames.insert(-1, Frame([UsageReport(self.usage)]))
        self._queue(frames)
        if self._is_full or self._is_held:
            self._flow()

    def close(self, error: SluicewayError | None) -> None:
        """Take the engine's end."""
        if self.ending is not None:
            return
        self.settle()
        self._call = None
        outline = self._outline
        if outline.error is not None:
            self._end(Ending.UPSTREAM_ERROR, _as_error(outline.error), is_told=True)
        elif outline.is_ended:
            self._end(Ending.COMPLETE)
        else:
            self._end(Ending.UPSTREAM_ERROR, error or LocalProtocolError("the engine ended without a terminal event"))

    # The reader's side.

    def attach(self, wake: Wake) -> None:
        """Make ``wake`` the reader's bell; it rings at once when something waits."""
        self._wake = wake
        if self.is_ready:
            wake()

    def open_lane(self, lead: Callable[[Usual], Lead | None] | None) -> None:
        """Have usual events go where ``lead`` says, unless something waits that must go before; None ends that."""
        self.lane.lead = None if self.is_ready else lead

    @property
    def is_ready(self) -> bool:
        """Whether there is something to take, or the end was reached."""
        return bool(self._frames) or self.ending is not None

    @property
    def has_pending(self) -> bool:
        """Whether frames wait for the reader."""
        return bool(self._frames)

    @property
    def usage(self) -> Usage:
        """The vendor's last report; an output it does not tell is estimated, and marked so: a token a delta."""
        self.settle()
        usage = self._outline.usage or Usage()
        if usage.output_tokens is not None:
            return usage
        deltas = self.output_deltas + self._refused_deltas
        return msgspec.structs.replace(usage, output_tokens=deltas, is_estimate=True)

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing will come."""
        return self.ending is not None and not self._frames

    def take(self) -> list[Frame]:
        """Return everything that waits, and make room for more."""
        frames = self._frames
        self._frames = []
        self.taken_at = now = self._clock()
        if self._pending_deltas:
            self.timeline.delivered(self._pending_deltas, now)
            self._pending_deltas = 0
        self._pending_bytes = 0
        if self._is_full:
            self._is_full = False
            self._flow()
        return frames

    def settle(self) -> None:
        """Count what went by on the lane since the last time."""
        times = self.lane.take_times()
        if times:
            self.taken_at = times[-1]
            self.timeline.delivered_each(times)
            self._count(len(times))
            if self._is_held:
                self._flow()

    # The ways it ends.

    def stop(self) -> None:
        """End it on request: the reader still gets an honest ending, and the usage so far."""
        self._cut(Ending.STOPPED)

    def leave(self) -> None:
        """The reader went away: stop the engine at once and drop what waits."""
        if self.ending is None:
            self._abort()
            self._drop()
            self._end(Ending.READER_GONE)
        else:
            self._drop()

    def fail(self, error: SluicewayError, ending: Ending) -> None:
        """End it with an error of our own."""
        if self._break_off():
            self._end(ending, error)

    def refuse(self, frames: list[Frame], error: SchemaViolation) -> None:
        """End it where ``frames`` come, which its reader does not get; they were generated, and count."""
        for event in (event for frame in frames for event in frame.events):
            if isinstance(event, TextDelta | ReasoningDelta | ToolInputDelta):
                self._refused_deltas += 1
            elif isinstance(event, UsageReport):
                self._outline.feed(event)
        self.fail(error, Ending.SCHEMA_VIOLATION)

    # The coalescer's side.

    def release(self) -> None:
        """Go on after a hold."""
        self._is_held = False
        self._flow()

    def _count(self, deltas: int) -> None:
        holder = self._holder
        # The first output is never held.
        if holder is not None and holder.window_s and self.output_deltas and not self._is_held:
            self._is_held = holder.hold(self)
        self.output_deltas += deltas

    def _queue(self, frames: list[Frame]) -> None:
        waiting = self._frames
        if waiting:
            waiting += frames
        else:
            self._frames = frames
            self._wake()
        if self._pending_bytes > self._max_pending_bytes:
            self._is_full = True

    def _flow(self) -> None:
        if self._call is None:
            return
        if self._is_full or self._is_held:
            self._call.pause()
        else:
            self._call.resume()

    def _cut(self, ending: Ending) -> None:
        if self._break_off():
            self._frames = [*self._frames, Frame(self._outline.stop(self.usage))]
            self._end(ending)

    def _break_off(self) -> bool:
        """Stop the engine; return whether that cut the answer: between its last frame and `close` it has ended."""
        if self.ending is None:
            self._abort()
            if not self._outline.is_ended:
                return True
            self.close(None)
        return False

    def _abort(self) -> None:
        self.settle()
        if self._call is not None:
            self._call.abort()
            self._call = None

    def _drop(self) -> None:
        self._frames = []
        self._pending_bytes = self._pending_deltas = 0

    def _end(self, ending: Ending, error: SluicewayError | None = None, *, is_told: bool = False) -> None:
        self.ending = ending
        self.error = error
        self.lane.close()  # what an engine says after the end is nobody's
        if error is not None and not is_told:
            self._frames = [*self._frames, Frame([StreamError(error.code, error.message)])]
        self._wake()


def _as_error(event: StreamError) -> SluicewayError:
    """Return the error a terminal event stands for, for readers that have not been promised a stream yet."""
    if event.code == UpstreamFailed.code:
        return UpstreamFailed(event.message, upstream_code=event.upstream_code)
    error = EngineError(event.message)
    error.code = event.code
    return error

"""The service: what all requests of one process share. It begins answers, knows the live ones, ends them together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from sluiceway.clock import Clock, LoopClock
from sluiceway.delivery.coalesce import Coalescer, Ticker
from sluiceway.delivery.generation import Ending, Generation, Origin
from sluiceway.delivery.guard import Guard
from sluiceway.delivery.patrol import Patrol
from sluiceway.delivery.reader import FrameEncoder, Limits, Reader, Source
from sluiceway.dialects.base import ReaderSide
from sluiceway.engine import Capabilities
from sluiceway.engines.routing import Routing
from sluiceway.errors import ServerBusy, ServerDraining, SluicewayError
from sluiceway.features import judge
from sluiceway.metering.timeline import Timeline
from sluiceway.metering.totals import Labels, Totals
from sluiceway.request import Request
from sluiceway.server.answers import Answers
from sluiceway.server.dropped import shorten
from sluiceway.server.guards import Guards
from sluiceway.server.replicas import Replicas
from sluiceway.server.settings import Settings

__all__ = ["Ambient", "Service"]

_PATROL_INTERVAL_S = 0.25


class Ambient(msgspec.Struct, frozen=True):
    """Time and randomness, handed in.

    Attributes:
        clock: monotonic seconds.
        unix_clock: Unix seconds.
        make_id: a fresh random id.
        timers: the same seconds, and callbacks at a time.
    """

    clock: Callable[[], float]
    unix_clock: Callable[[], float]
    make_id: Callable[[], str]
    timers: Clock = LoopClock()


class Service:
    """One process's answers.

    Args:
        settings: the settings.
        routing: the engines.
        ambient: time and randomness.

    Raises:
        SettingsError: a guard's schema cannot be used.

    Attributes:
        live: the answers that are not over, by id.
        answers: those that are kept.
        totals: what the finished ones add up to.
        is_draining: whether new answers are refused.
    """

    def __init__(self, settings: Settings, routing: Routing, ambient: Ambient) -> None:
        self.settings = settings
        self.routing = routing
        self.ambient = ambient
        self.live: dict[str, Generation] = {}
        self.answers = Answers(settings, ambient.timers, self._settle)
        self._replicas: Replicas | None = None
        if settings.redis:
            name = ambient.make_id()
            self._replicas = Replicas(settings, ambient.timers, name, self.answers.budget)
            self.answers.elsewhere = self._replicas
        self.totals = Totals()
        self.is_draining = False
        self._guards = Guards(settings.guards, settings.guard)
        self._limits = Limits(heartbeat_s=settings.heartbeat_s, stall_s=settings.reader_stall_s)
        self._coalescer = Coalescer(settings.coalesce_max_ms / 1000)
        self._ticker = Ticker(self._coalescer, ambient.clock)
        self._patrol = Patrol(_PATROL_INTERVAL_S, ambient.clock)
        self._is_open = False
        self._opening: asyncio.Task[None] | None = None
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    async def open(self) -> None:
        """Open the engines and start the clocks, the first time it is called; later calls wait for the first.

        Raises:
            EngineUnavailable: an engine cannot be made ready.
        """
        if self._is_open:
            return
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        await asyncio.shield(self._opening)

    async def close(self) -> None:
        """End what is live and close the engines. Idempotent."""
        self.end_all()
        if self._replicas is not None:
            await self._replicas.close()
        self.answers.close()
        self._ticker.close()
        self._patrol.close()
        await self.routing.close()

    def begin(self, request: Request, dialect: str, side: ReaderSide | None = None) -> Generation:
        """Begin an answer.

        Args:
            request: what is asked for.
            dialect: the reader's.
            side: how that is served, for the reader's own words for what is left out.

        Raises:
            ServerDraining: no new answers are taken.
            ServerBusy: as many run as are allowed.
            ModelNotFound: nobody serves the model.
            SchemaUnusable: the answer cannot be held to the schema that is asked for.
            RequestError: the engine cannot express the request.
        """
        if self.is_draining:
            raise ServerDraining("the server is shutting down")
        if len(self.live) >= self.settings.max_streams:
            raise ServerBusy("the server runs as many streams as it is allowed to")
        if not request.model:
            request = msgspec.structs.replace(request, model=self.routing.usual_model)
        engine = self.routing.choose(request.model)
        plan = self._guards.plan(request)
        dropped = shorten(_find_dropped(request, engine.capabilities, side))
        generation = Generation(
            Origin(self.ambient.make_id(), request.model, request.stream, engine.name, dialect, dropped),
            Timeline(self.ambient.clock()),
            clock=self.ambient.clock,
            max_pending_bytes=self.settings.reader_buffer_bytes,
            holder=self._coalescer,
        )
        generation.start(engine, request, None if plan is None else Guard(generation, plan))
        self.live[generation.origin.id] = generation
        self._is_empty.clear()
        return generation

    def read(self, generation: Source, encoder: FrameEncoder) -> Reader:
        """Give ``generation``, or a view of a kept one, its reader."""
        reader = Reader(generation, encoder, self._limits, self.ambient.clock)
        self._patrol.add(reader)
        return reader

    def finish(self, reader: Reader) -> None:
        """Let go of a reader that has all of its answer, or is gone; what runs on is stopped, unless it is kept."""
        self._patrol.remove(reader)
        source = reader.generation
        source.leave()
        reader.close()
        generation = self.live.get(source.origin.id)
        if generation is source:
            self._settle(generation)

    def _settle(self, generation: Generation) -> None:
        """Add an answer that is over to the totals. Idempotent."""
        if self.live.pop(generation.origin.id, None) is None:
            return
        labels = Labels(generation.origin.engine, generation.origin.dialect)
        assert generation.ending is not None
        outcome = None if generation.guard is None else generation.guard.outcome.value
        self.totals.of(labels).observe(generation.timeline, generation.usage, generation.ending.value, outcome)
        if not self.live:
            self._is_empty.set()

    async def drain(self, within_s: float) -> None:
        """Take no new answers, let live ones finish within ``within_s``, then end the rest with an error."""
        self.is_draining = True
        try:
            await asyncio.wait_for(self._is_empty.wait(), within_s)
        except TimeoutError:
            self.end_all()

    def end_all(self) -> None:
        """End every live answer with a terminal error, which its reader still gets."""
        for generation in list(self.live.values()):
            generation.fail(ServerDraining("the server is shutting down"), Ending.DRAINED)

    async def wait_empty(self, within_s: float) -> bool:
        """Wait until every answer is delivered; return whether that came true in time."""
        try:
            await asyncio.wait_for(self._is_empty.wait(), within_s)
        except TimeoutError:
            return False
        return True

    async def _open(self) -> None:
        try:
            if self._replicas is not None:
                await self._replicas.open()
            await self.routing.open()
        except SluicewayError:
            self._opening = None  # the next request tries again
            raise
        self._ticker.open()
        self._is_open = True


def _find_dropped(request: Request, target: Capabilities, side: ReaderSide | None) -> list[str]:
    """Return the names of what is asked for and left out.

    Raises:
        UnsupportedFeature: something must not be left out.
    """
    dropped = judge(request, target.dialect, target.rules, side.spelling if side is not None else {})
    if side is None or request.dialect == target.dialect:
        return dropped
    return list(dict.fromkeys([*dropped, *side.strays(request.body)]))

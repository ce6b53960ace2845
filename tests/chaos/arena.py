"""Where scenarios play, and how what they saw becomes a line of the scorecard."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import msgspec
from support.redisserver import RedisCluster, RedisServer

from chaos.fleet import Fleet
from chaos.judge import Verdict
from chaos.reader import Door, Reading
from chaos.upstream import Spec, token_of
from sluiceway.delivery.log.redis_codec import FrameDecoder
from sluiceway.events import TextDelta

__all__ = ["Arena", "Scenario", "Score", "begun", "p99", "read_all", "score", "watch_lag"]

_LAG_S = 0.01


class Arena(msgspec.Struct):
    """Where a scenario plays.

    Attributes:
        fleet: the replicas.
        servers: their Redis: one server, or those of a cluster.
        dice: all that is random.
        scale: how much of it; 1 for the whole.
        cluster: what the servers are, if that is a cluster.
    """

    fleet: Fleet
    servers: Sequence[RedisServer]
    dice: random.Random
    scale: float
    cluster: RedisCluster | None = None

    @property
    def redis(self) -> RedisServer:
        """The one server."""
        return self.servers[0]

    def count(self, whole: int) -> int:
        """Return how many there are of what there are ``whole`` at full scale."""
        return max(2, round(whole * self.scale))

    def readings(
        self, label: str, count: int, tokens: int, gap_ms: int, *, cuts: int = 0, doors: Sequence[Door] = ()
    ) -> list[Reading]:
        """Return readers of one answer each, half of them of lines, each cut up to so many times."""
        return [
            Reading(
                doors or self.fleet.doors,
                Spec(f"{label}-{number}", tokens, gap_ms),
                random.Random(self.dice.random()),
                cuts=self.dice.randint(1, cuts) if cuts else 0,
                is_lines=bool(number % 2),
            )
            for number in range(self.count(count))
        ]

    def sent_at(self, reading: Reading) -> list[float]:
        """Return when the upstream sent each token of an answer."""
        return self.fleet.upstream.answers[reading.spec.name].sent_at

    def extra_calls(self) -> int:
        """Return how often the upstream was asked for what it had been asked for."""
        return sum(answer.asked - 1 for answer in self.fleet.upstream.answers.values())

    def delays_s(self, readings: Sequence[Reading], since: float, until: float) -> list[float]:
        """Return how long each token took from the upstream to its reader."""
        return [delay for reading in readings for delay in reading.delays_s(self.sent_at(reading), since, until)]

    async def logged(self, reading: Reading) -> str:
        """Return the text that Redis has of an answer.

        Raises:
            AssertionError: its log has a hole.
        """
        key = f"sw:{{{reading.stream_id}}}:s"
        server = await self.cluster.owner_of(key) if self.cluster is not None else self.redis
        entries = await server.ask("XRANGE", key, "-", "+")
        assert isinstance(entries, list)
        text, next_seq, decoder = "", 1, FrameDecoder()
        for entry in entries:
            assert isinstance(entry, list)
            assert isinstance(entry[1], list)
            data = entry[1][1]
            assert isinstance(data, bytes)
            first_seq, frames = decoder.decode(data)
            assert first_seq == next_seq, f"{reading.spec.name}: {first_seq} follows {next_seq - 1}"
            next_seq += len(frames)
            text += "".join(event.text for frame in frames for event in frame.events if isinstance(event, TextDelta))
        return text

    async def count_healed(self, readings: Sequence[Reading]) -> int:
        """Return of how many answers Redis has everything that the upstream said."""
        healed = 0
        for reading in readings:
            tokens = len(self.sent_at(reading))
            healed += await self.logged(reading) == "".join(token_of(number) for number in range(tokens))
        return healed


class Score(msgspec.Struct):
    """One line of the scorecard.

    Attributes:
        name: the scenario.
        answers: how many were judged.
        figures: what was counted.
        bars: what some figures may be at most.
        faults: the first things that were wrong with answers.
    """

    name: str
    answers: int
    figures: dict[str, float]
    bars: Mapping[str, float]
    faults: Sequence[str] = ()

    @property
    def missed(self) -> list[str]:
        """The figures that are over their bar."""
        return [name for name, bar in self.bars.items() if not self.figures[name] <= bar]

    def __str__(self) -> str:
        """Return the line."""
        told = (f"{name}={value:g}{self._bar(name)}" for name, value in self.figures.items())
        line = f"{'MISS' if self.missed else 'good'} {self.name}: answers={self.answers} {' '.join(told)}"
        return "\n     ".join([line, *self.faults])

    def _bar(self, name: str) -> str:
        bar = self.bars.get(name, 0)
        return f"{'>' if name in self.missed else '<='}{bar:g}" if bar or name in self.missed else ""


class Scenario(msgspec.Struct, frozen=True):
    """One scenario.

    Attributes:
        play: plays it.
        flags: further ones of the replicas.
        is_cluster: whether their Redis is a cluster.
    """

    play: Callable[[Arena], Awaitable[Score]]
    flags: Sequence[str] = ()
    is_cluster: bool = False


def score(
    name: str, verdicts: Sequence[Verdict], figures: Mapping[str, float], bars: Mapping[str, float] | None = None
) -> Score:
    """Return the line for what became of answers: nothing of it may be wrong, whatever else is asked for."""
    counted: dict[str, float] = {
        "lost": sum(verdict.lost for verdict in verdicts),
        "doubled": sum(verdict.doubled for verdict in verdicts),
        "reordered": sum(verdict.reordered for verdict in verdicts),
        "not_one_ending": sum(verdict.endings != 1 for verdict in verdicts),
        "broken": sum(bool(verdict.broken) for verdict in verdicts),
    }
    faults = sorted({verdict.broken for verdict in verdicts if verdict.broken})[:3]
    rounded = {key: round(value, 4) for key, value in figures.items()}
    return Score(name, len(verdicts), {**counted, **rounded}, {**dict.fromkeys(counted, 0), **(bars or {})}, faults)


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile; 0 of nothing."""
    return sorted(values)[int(len(values) * 0.99)] if values else 0.0


async def begun(readings: Sequence[Reading]) -> None:
    """Wait until every reader knows its answer."""
    async with asyncio.timeout(60):
        for reading in readings:
            await reading.begun.wait()


async def read_all(readings: Sequence[Reading], at_a_time: int = 100) -> list[Verdict]:
    """Read answers to their ends, so many at a time."""
    gate = asyncio.Semaphore(at_a_time)

    async def read(reading: Reading) -> Verdict:
        async with gate:
            return await reading.read()

    return list(await asyncio.gather(*map(read, readings)))


@contextlib.asynccontextmanager
async def watch_lag() -> AsyncIterator[list[float]]:
    """Note how late this process is, again and again: where that is much, it measures itself."""
    lags_s: list[float] = []

    async def look() -> None:
        while True:
            due_at = time.monotonic() + _LAG_S
            await asyncio.sleep(_LAG_S)
            lags_s.append(time.monotonic() - due_at)

    task = asyncio.create_task(look())
    try:
        yield lags_s
    finally:
        task.cancel()
        await asyncio.wait([task])

"""What happens to the fleet, and what is counted. Each scenario returns the figures of its line of the scorecard."""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx
import msgspec
from support.redisserver import RedisServer
from support.serverprocess import ServerProcess
from support.wait import until

from chaos.fleet import Fleet
from chaos.reader import Reading, Verdict

__all__ = ["SCENARIOS", "Arena", "Score"]


class Arena(msgspec.Struct):
    """Where a scenario plays.

    Attributes:
        fleet: the replicas.
        redis: their Redis.
        dice: all that is random.
        scale: how much of it; 1 for the whole.
    """

    fleet: Fleet
    redis: RedisServer
    dice: random.Random
    scale: float

    def readings(self, name: str, count: int, tokens: int, gap_ms: int, cuts: int = 0) -> list[Reading]:
        """Return readers of one answer each."""
        return [
            Reading(
                self.fleet.port,
                f"{name}-{number}:{tokens}:{gap_ms}",
                random.Random(self.dice.random()),
                self.dice.randint(1, cuts) if cuts else 0,
            )
            for number in range(max(2, round(count * self.scale)))
        ]


class Score(msgspec.Struct):
    """One line of the scorecard.

    Attributes:
        name: the scenario.
        answers: how many there were.
        figures: what was counted.
        is_good: whether that meets the bar.
    """

    name: str
    answers: int
    figures: dict[str, float | int | str]
    is_good: bool


def _score(name: str, verdicts: Sequence[Verdict], *, is_good: bool = True, **figures: float | str) -> Score:
    lost = sum(verdict.lost for verdict in verdicts)
    doubled = sum(verdict.doubled for verdict in verdicts)
    reordered = sum(verdict.reordered for verdict in verdicts)
    endings = sum(verdict.endings != 1 for verdict in verdicts)
    is_whole = not (lost or doubled or reordered or endings)
    counted = {"lost": lost, "doubled": doubled, "reordered": reordered, "not one ending": endings}
    return Score(name, len(verdicts), {**counted, **figures}, is_whole and is_good)


def _p99(values: Sequence[float]) -> float:
    return round(sorted(values)[int(len(values) * 0.99)], 3) if values else 0.0


async def _begun(readings: Sequence[Reading]) -> None:
    await asyncio.wait_for(asyncio.gather(*(reading.begun.wait() for reading in readings)), 60)


async def _many(readings: Sequence[Reading]) -> list[Verdict]:
    gate = asyncio.Semaphore(100)

    async def one(reading: Reading) -> Verdict:
        async with gate:
            return await reading.read()

    return list(await asyncio.gather(*map(one, readings)))


def _errors(verdicts: Sequence[Verdict]) -> int:
    return sum(bool(verdict.error) for verdict in verdicts)


async def random_cuts(arena: Arena) -> Score:
    """R1: readers are cut at random bytes, one to five times, and go on at any replica."""
    readings = arena.readings("r1", 1000, 200, 2, cuts=5)
    verdicts = await _many(readings)
    calls = sum(arena.fleet.upstream.asked.get(f"r1-{number}", 0) for number in range(len(readings)))
    refused = sum(len(reading.statuses) for reading in readings)
    is_good = not _errors(verdicts) and not refused
    return _score("R1 random cuts", verdicts, is_good=is_good, refused=refused, calls=calls, errors=_errors(verdicts))


async def stop_elsewhere(arena: Arena) -> Score:
    """R4: an answer is stopped at a replica that does not have it."""
    took_s: list[float] = []
    verdicts: list[Verdict] = []
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        for reading in arena.readings("r4", 100, 2000, 10):
            task = asyncio.create_task(reading.read())
            await reading.begun.wait()
            holder = await arena.fleet.holder_of(reading.stream_id)
            other = arena.fleet.replicas[(holder + 1) % 3]
            started_at = time.monotonic()
            answer = await client.delete(f"{other.url}/v1/streams/{reading.stream_id}")
            name = reading._model.split(":")[0]
            await until(lambda name=name: name in arena.fleet.upstream.closed_at)  # type: ignore[misc]
            took_s.append(arena.fleet.upstream.closed_at[name] - started_at)
            again = await client.delete(f"{other.url}/v1/streams/{reading.stream_id}")
            assert answer.status_code == again.status_code == 200, (answer.text, again.text)
            verdict = await task
            verdict.lost = 0  # what was stopped owes nothing
            verdicts.append(verdict)
    p99_s = _p99(took_s)
    return _score("R4 stop elsewhere", verdicts, is_good=p99_s <= 0.1, p99_s=p99_s)


async def kill_producers(arena: Arena) -> Score:
    """R5: the replica that has the answers is killed; their readers go on elsewhere and are told one error."""
    verdicts: list[Verdict] = []
    waited_s: list[float] = []
    for round_number in range(max(1, round(4 * arena.scale))):
        readings = arena.readings(f"r5-{round_number}", 60, 2000, 10)
        tasks = [asyncio.create_task(reading.read()) for reading in readings]
        await _begun(readings)
        victim = arena.dice.randrange(3)
        await asyncio.sleep(arena.dice.random())
        killed_at = time.monotonic()
        await arena.fleet.kill(victim)
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            ended = await _until_errors_or_live(arena, client, readings, tasks, killed_at)
        waited_s += ended
        verdicts += [await task for task in tasks]
        await arena.fleet.start(victim)
    lost_errors = {verdict.error for verdict in verdicts} - {"", "producer_lost", "server_error"}
    slowest_s = round(max(waited_s, default=0.0), 3)
    is_good = slowest_s <= 3.5 and not lost_errors and bool(waited_s)
    return _score("R5 kill -9 producer", verdicts, is_good=is_good, killed=len(waited_s), slowest_error_s=slowest_s)


async def _until_errors_or_live(
    arena: Arena, client: httpx.AsyncClient, readings: Sequence[Reading], tasks: Sequence[asyncio.Task[Verdict]],
    killed_at: float,
) -> list[float]:  # fmt: skip
    """Wait until the killed replica's answers have ended, stop the others, and return how long the former took."""
    living = {stream.id for replica in _alive(arena) for stream in await replica.live()}
    dead = [task for reading, task in zip(readings, tasks, strict=True) if reading.stream_id not in living]
    took_s: list[float] = []

    async def wait(task: asyncio.Task[Verdict]) -> None:
        await task
        took_s.append(time.monotonic() - killed_at)

    await asyncio.gather(*map(wait, dead))
    for reading, task in zip(readings, tasks, strict=True):
        if task not in dead:
            await client.delete(f"{_alive(arena)[0].url}/v1/streams/{reading.stream_id}")
            verdict = await task
            verdict.lost = 0
    return took_s


def _alive(arena: Arena) -> list[ServerProcess]:
    return [replica for replica in arena.fleet.replicas.values() if replica._process.poll() is None]


async def kill_redis(arena: Arena) -> Score:
    """R7: Redis is killed and comes back with what it had written down."""
    return await _outage(arena, "R7 kill -9 Redis", arena.redis.kill, arena.redis.start)


async def forget(arena: Arena) -> Score:
    """R8: Redis forgets everything while answers run; their readers then go on elsewhere."""
    readings = arena.readings("r8", 60, 300, 10, cuts=3)
    tasks = [asyncio.create_task(reading.read()) for reading in readings]
    await _begun(readings)
    await arena.redis.ask("FLUSHALL")
    verdicts = list(await asyncio.gather(*tasks))
    missed = sum(reading.statuses.count(404) for reading in readings)
    is_good = not _errors(verdicts) and not missed
    return _score("R8 Redis forgets", verdicts, is_good=is_good, errors=_errors(verdicts), not_found=missed)


async def hang_redis(arena: Arena) -> Score:
    """R10: Redis hangs for five seconds."""

    async def resume() -> None:
        arena.redis.resume()

    return await _outage(arena, "R10 Redis hangs", arena.redis.pause, resume)


async def _outage(arena: Arena, name: str, begin: Callable[[], None], end: Callable[[], Awaitable[None]]) -> Score:
    outage_s = 5.0 if arena.scale >= 1 else 1.5
    label = name.split(maxsplit=1)[0].lower()
    readings = arena.readings(label, 60, 900 if arena.scale >= 1 else 400, 10)
    tasks = [asyncio.create_task(reading.read()) for reading in readings]
    await _begun(readings)
    begin()
    gone_at = time.monotonic()
    holder = await arena.fleet.holder_of(readings[0].stream_id)
    others = [replica for number, replica in arena.fleet.replicas.items() if number != holder]
    refused_s, statuses = [], []
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        for replica in others * 2:
            started_at = time.monotonic()
            answer = await client.get(f"{replica.url}/v1/streams/{readings[0].stream_id}")
            refused_s.append(time.monotonic() - started_at)
            statuses.append(answer.status_code)
    await asyncio.sleep(max(0.0, gone_at + outage_s - time.monotonic()))
    await end()
    back_at = time.monotonic()
    verdicts = list(await asyncio.gather(*tasks))
    gaps = [
        later - earlier
        for reading in readings
        for earlier, later in itertools.pairwise(reading.got_at)
        if gone_at <= earlier <= back_at
    ]
    late = Reading(arena.fleet.port, readings[0]._model, arena.dice)
    healed: list[Verdict] = []
    for reading in readings:
        late = Reading(arena.fleet.port, reading._model, arena.dice)
        late.stream_id = reading.stream_id
        healed.append(await late.read(20))
    p99_gap_s, refused = _p99(gaps), _p99(refused_s)
    is_good = set(statuses) == {503} and refused <= 0.3 and not _errors(verdicts)
    return _score(
        name,
        [*verdicts, *healed],
        is_good=is_good,
        p99_gap_s=p99_gap_s,
        refused_with=",".join(sorted({str(status) for status in statuses})),
        refused_within_s=refused,
        errors=_errors(verdicts),
    )


async def rolling_deploy(arena: Arena) -> Score:
    """R16: each replica is asked to end and started again while answers run."""
    readings = arena.readings("r16", 150, 400, 20)
    tasks = [asyncio.create_task(reading.read(120)) for reading in readings]
    await _begun(readings)
    slowest_s = 0.0
    for number in range(3):
        started_at = time.monotonic()
        arena.fleet.replicas[number].send(signal.SIGTERM)
        await arena.fleet.replicas[number].ended()
        slowest_s = max(slowest_s, time.monotonic() - started_at)
        await arena.fleet.start(number)
    verdicts = list(await asyncio.gather(*tasks))
    return _score(
        "R16 rolling deploy",
        verdicts,
        is_good=slowest_s <= 6,
        errors=_errors(verdicts),
        slowest_exit_s=round(slowest_s, 2),
    )


async def storm(arena: Arena) -> Score:
    """R2: many readers are cut within a second and come back at once."""
    readings = arena.readings("r2", 500, 150, 40, cuts=1)
    verdicts = list(await asyncio.gather(*(reading.read(120) for reading in readings)))
    back_s = [seconds for reading in readings for seconds in reading.came_back_s]
    failed = sum(status >= 500 for reading in readings for status in reading.statuses)
    p99_s = _p99(back_s)
    is_good = not failed and not _errors(verdicts)
    return _score("R2 storm of returns", verdicts, is_good=is_good, p99_back_s=p99_s, failed=failed)


async def kill_a_readers_replica(arena: Arena) -> Score:
    """R6: a replica is killed that only reads along."""
    readings = arena.readings("r6", 40, 400, 10)
    tasks = [asyncio.create_task(reading.read()) for reading in readings]
    await _begun(readings)
    far: list[Reading] = []
    for reading in readings:
        holder = await arena.fleet.holder_of(reading.stream_id)
        if holder == 0:
            continue
        follower = Reading(arena.fleet.ports[0], reading._model, arena.dice)
        follower.stream_id = reading.stream_id
        far.append(follower)
    far_tasks = [asyncio.create_task(follower.read()) for follower in far]
    await _begun(far)
    await arena.fleet.kill(0)
    for follower in far:
        follower.port = arena.fleet.port
    verdicts = list(await asyncio.gather(*far_tasks))
    await asyncio.gather(*tasks, return_exceptions=True)
    await arena.fleet.start(0)
    return _score("R6 kill -9 a reader's replica", verdicts, is_good=not _errors(verdicts), errors=_errors(verdicts))


SCENARIOS: dict[str, Callable[[Arena], Awaitable[Score]]] = {
    "R1": random_cuts,
    "R4": stop_elsewhere,
    "R5": kill_producers,
    "R7": kill_redis,
    "R8": forget,
    "R10": hang_redis,
    "R16": rolling_deploy,
    "R2": storm,
    "R6": kill_a_readers_replica,
}
"""In the order of their worth."""

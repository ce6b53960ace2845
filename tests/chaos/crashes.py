"""Replicas that end: killed, or asked to while a new version is rolled out."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence

import httpx
from support.wait import until

from chaos.arena import Arena, Score, begun, score
from chaos.cuts import count_errors
from chaos.judge import Verdict
from chaos.reader import Door, Reading

__all__ = ["kill_producers", "rolling_deploy"]

_DRAIN_S = 3.0
"""What the fleet's replicas are told."""


async def kill_producers(arena: Arena) -> Score:
    """R5: the replica that has the answers is killed; their readers go on elsewhere and are told one error.

    A reader that followed from another replica all along shows what had been written; whoever comes later and reads
    from the start must get no less.
    """
    verdicts: list[Verdict] = []
    waited_s: list[float] = []
    forgotten, unwritten = 0, 0
    rounds = max(1, round(6 * arena.scale))
    for number in range(rounds):
        readings = arena.readings(f"r5-{number}", 60, 3000, 10)
        tasks = [asyncio.create_task(reading.read()) for reading in readings]
        await begun(readings)
        victim = arena.dice.randrange(3)
        dying = await _on(arena, victim, readings)
        others = [Door(port) for other, port in enumerate(arena.fleet.ports) if other != victim]
        far = [reading.follow(others, is_lines=reading.told.is_lines) for reading in dying]
        far_tasks = [asyncio.create_task(follower.read()) for follower in far]
        await asyncio.sleep(0.2 + arena.dice.random())
        killed_at = time.monotonic()
        await arena.fleet.kill(victim)
        waited_s += await _ends(killed_at, [*far_tasks, *(tasks[readings.index(reading)] for reading in dying)])
        told = [await task for task in far_tasks]
        late = [await reading.follow(others).read() for reading in dying]
        forgotten += sum(max(0, one.seen - other.seen) for one, other in zip(told, late, strict=True))
        unwritten = max(
            [unwritten, *(len(arena.sent_at(one)) - other.seen for one, other in zip(dying, late, strict=True))]
        )
        await _stop([reading for reading in readings if reading not in dying], arena)
        verdicts += [*await asyncio.gather(*tasks), *told, *late]
        await arena.fleet.start(victim)
    figures = {
        "rounds": rounds,
        "killed": len(waited_s) / 2,
        "terminal_slowest_s": max(waited_s, default=0.0),
        "other_errors": sum(verdict.error not in {"", "producer_lost"} for verdict in verdicts),
        "written_then_lost": forgotten,
        "unwritten_most": unwritten,
    }
    bars = {"terminal_slowest_s": 3.5, "other_errors": 0, "written_then_lost": 0}
    return score("R5 kill -9 of the producer", verdicts, figures, bars)


async def _on(arena: Arena, number: int, readings: Sequence[Reading]) -> list[Reading]:
    live = {stream.id for stream in await arena.fleet.replicas[number].live()}
    return [reading for reading in readings if reading.stream_id in live]


async def _ends(killed_at: float, tasks: Sequence[asyncio.Task[Verdict]]) -> list[float]:
    """Return how long after the kill each task ended."""
    ended_s: list[float] = []
    for task in tasks:
        task.add_done_callback(lambda _: ended_s.append(time.monotonic() - killed_at))
    await asyncio.gather(*tasks)
    await until(lambda: len(ended_s) == len(tasks))
    return ended_s


async def _stop(readings: Sequence[Reading], arena: Arena) -> None:
    port = next(iter(arena.fleet.alive.values())).port
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        for reading in readings:
            reading.is_stopped = True
            await client.delete(f"http://127.0.0.1:{port}/v1/streams/{reading.stream_id}")


async def rolling_deploy(arena: Arena) -> Score:
    """R16: each replica is asked to end and started again; what would end within its patience ends whole."""
    long = arena.readings("r16", 150, 700, 20)
    tasks = [asyncio.create_task(reading.read(120)) for reading in long]
    await begun(long)
    short: list[Reading] = []
    slowest_s = 0.0
    for number in range(3):
        brief = arena.readings(f"r16-{number}", 100, 75, 20)
        short += brief
        short_tasks = [asyncio.create_task(reading.read(60)) for reading in brief]
        await begun(brief)
        started_at = time.monotonic()
        arena.fleet.replicas[number].send(signal.SIGTERM)
        await arena.fleet.replicas[number].ended()
        slowest_s = max(slowest_s, time.monotonic() - started_at)
        await arena.fleet.start(number)
        tasks += short_tasks
    verdicts = await asyncio.gather(*tasks)
    figures = {
        "ended_over_limit": count_errors(verdicts[: len(long)]),
        "ended_in_limit": count_errors(verdicts[len(long) :]),
        "exit_slowest_s": slowest_s,
    }
    return score("R16 rolling deploy", verdicts, figures, {"ended_in_limit": 0, "exit_slowest_s": _DRAIN_S + 1})

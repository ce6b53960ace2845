"""Readers that are cut off and come back: at any byte, all at once, and off a replica that dies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from support.wait import until

from chaos.arena import Arena, Score, begun, p99, read_all, score
from chaos.judge import Verdict
from chaos.reader import Door, Reading

__all__ = ["count_errors", "kill_a_readers_replica", "random_cuts", "storm"]


def count_errors(verdicts: Sequence[Verdict]) -> int:
    """Return how many answers ended in an error."""
    return sum(bool(verdict.error) for verdict in verdicts)


async def random_cuts(arena: Arena) -> Score:
    """R1: readers are cut at random bytes, one to five times, and go on at any replica."""
    readings = arena.readings("r1", 1000, 200, 2, cuts=5, doors=arena.fleet.every_door)
    verdicts = await read_all(readings)
    figures = {
        "errors": count_errors(verdicts),
        "refused": sum(len(reading.statuses) for reading in readings),
        "extra_calls": arena.extra_calls(),
        "returns": sum(len(reading.came_back_s) for reading in readings),
    }
    return score("R1 random cuts", verdicts, figures, {"errors": 0, "refused": 0, "extra_calls": 0})


async def storm(arena: Arena) -> Score:
    """R2: many readers are cut within a second and come back at once; two payloads were still under way to each."""
    readings = arena.readings("r2", 500, 12, 1000)
    tasks = [asyncio.create_task(reading.read(60)) for reading in readings]
    await begun(readings)
    await until(lambda: all(len(reading.told.payloads) >= 3 for reading in readings), 30)
    loop = asyncio.get_running_loop()
    for reading in readings:
        loop.call_later(arena.dice.random(), reading.cut, 2)
    verdicts = await asyncio.gather(*tasks)
    figures = {
        "errors": count_errors(verdicts),
        "back_p99_s": p99([seconds for reading in readings for seconds in reading.came_back_s]),
        "failed": sum(status >= 500 for reading in readings for status in reading.statuses),
        "extra_calls": arena.extra_calls(),
        "returns": sum(len(reading.came_back_s) for reading in readings),
    }
    return score(
        "R2 storm of returns", verdicts, figures, {"errors": 0, "back_p99_s": 0.5, "failed": 0, "extra_calls": 0}
    )


async def kill_a_readers_replica(arena: Arena) -> Score:
    """R6: a replica is killed that only reads along; its readers go on elsewhere."""
    readings = arena.readings("r6", 60, 400, 10)
    tasks = [asyncio.create_task(reading.read()) for reading in readings]
    await begun(readings)
    victim = [Door(arena.fleet.ports[0])]
    own = {stream.id for stream in await arena.fleet.replicas[0].live()}
    far = [
        reading.follow(victim, is_lines=bool(number % 3))
        for number, reading in enumerate(readings)
        if reading.stream_id not in own
    ]
    far_tasks = [asyncio.create_task(follower.read()) for follower in far]
    await begun(far)
    await until(lambda: all(follower.told.payloads for follower in far))
    for follower in far:
        follower.doors = arena.fleet.doors
    killed_at = time.monotonic()
    await arena.fleet.kill(0)
    verdicts = await asyncio.gather(*far_tasks)
    back_s = [_back_at(follower, killed_at) - killed_at for follower in far]
    await arena.fleet.start(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    figures = {"errors": count_errors(verdicts), "back_slowest_s": max(back_s, default=0.0)}
    return score("R6 kill -9 of a reader's replica", verdicts, figures, {"errors": 0, "back_slowest_s": 1.0})


def _back_at(reading: Reading, killed_at: float) -> float:
    """Return when the first payload came that came after its replica's death."""
    return next((at for at in reading.got_at if at > killed_at + 0.02), killed_at)

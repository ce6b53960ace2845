"""Redis is killed, hangs, forgets, or fails over to a server that had not heard all: live readers do not notice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx
from support.redisserver import RedisServer
from support.wait import until

from chaos.arena import Arena, Score, begun, p99, score
from chaos.cuts import count_errors
from chaos.reader import Reading

__all__ = ["BUFFER_BYTES", "fail_over", "forget", "hang_redis", "kill_redis"]

BUFFER_BYTES = 16 * 1024 * 1024
"""What the replicas may keep in memory while Redis hangs: their ``--kept-bytes``."""

_BEFORE_S, _OUTAGE_S = 4.0, 5.0


async def kill_redis(arena: Arena) -> Score:
    """R7: Redis is killed and comes back with what it had written down."""

    async def kill() -> None:
        arena.redis.kill()

    return await _outage(arena, "R7 kill -9 of Redis", kill, arena.redis.start)


async def hang_redis(arena: Arena) -> Score:
    """R10: Redis hangs for five seconds."""

    async def pause() -> None:
        arena.redis.pause()

    async def resume() -> None:
        arena.redis.resume()

    return await _outage(arena, "R10 Redis hangs", pause, resume)


async def _outage(
    arena: Arena, name: str, begin: Callable[[], Awaitable[None]], end: Callable[[], Awaitable[None]]
) -> Score:
    before_s, outage_s = (_BEFORE_S, _OUTAGE_S) if arena.scale >= 1 else (1.0, 1.5)
    tokens = round((before_s + outage_s + 3) * 100)
    readings = arena.readings(name.split(" ", maxsplit=1)[0].lower(), 60, tokens, 10)
    tasks = [asyncio.create_task(reading.read()) for reading in readings]
    await begun(readings)
    await asyncio.sleep(0.5)
    calm_at = time.monotonic()
    await asyncio.sleep(before_s)
    before_bytes = _resident_bytes(arena)
    await begin()
    gone_at = time.monotonic()
    refused_s, statuses = await _come_back_elsewhere(arena, readings[:6])
    await asyncio.sleep(max(0.0, gone_at + outage_s - time.monotonic()))
    grown_bytes = _resident_bytes(arena) - before_bytes
    back_at = time.monotonic()
    await end()
    verdicts = await asyncio.gather(*tasks)
    late = await asyncio.gather(*(reading.follow(arena.fleet.doors).read(20) for reading in readings))
    calm_s = p99(arena.delays_s(readings, calm_at, gone_at))
    rough_s = p99(arena.delays_s(readings, gone_at, back_at))
    figures = {
        "errors": count_errors([*verdicts, *late]),
        "live_p99_before_s": calm_s,
        "live_p99_during_s": rough_s,
        "live_p99_worse_s": rough_s - calm_s,
        "refused_slowest_s": max(refused_s),
        "not_503": sum(status != 503 for status in statuses),
        "not_healed": len(readings) - await arena.count_healed(readings),
        "grown_mib": grown_bytes / 2**20,
    }
    bars = {
        "errors": 0,
        "live_p99_worse_s": 0.05,
        "refused_slowest_s": 0.3,
        "not_503": 0,
        "not_healed": 0,
        "grown_mib": BUFFER_BYTES * len(arena.fleet.ports) / 2**20,
    }
    return score(name, [*verdicts, *late], figures, bars)


def _resident_bytes(arena: Arena) -> int:
    return sum(replica.resident_bytes for replica in arena.fleet.alive.values())


async def _come_back_elsewhere(arena: Arena, readings: Sequence[Reading]) -> tuple[list[float], list[int]]:
    """Ask for answers where they are not, and return how long that took and what was said."""
    took_s, statuses = [], []
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        for reading in readings:
            holder = await arena.fleet.holder_of(reading.stream_id)
            for number, port in enumerate(arena.fleet.ports):
                if number != holder:
                    started_at = time.monotonic()
                    answer = await client.get(f"http://127.0.0.1:{port}/v1/streams/{reading.stream_id}")
                    took_s.append(time.monotonic() - started_at)
                    statuses.append(answer.status_code)
    return took_s, statuses


async def forget(arena: Arena) -> Score:
    """R8: Redis forgets everything while answers run; their readers, cut at any byte, then go on elsewhere.

    Before that it evicts one key of each answer.
    """
    readings = arena.readings("r8", 60, 300, 10, cuts=3)
    tasks = [asyncio.create_task(reading.read()) for reading in readings]
    await begun(readings)
    for reading in readings:
        await arena.redis.ask("DEL", f"sw:{{{reading.stream_id}}}:{arena.dice.choice('ms')}")
    await asyncio.sleep(0.5)
    await arena.redis.ask("FLUSHALL")
    verdicts = await asyncio.gather(*tasks)
    figures = {
        "errors": count_errors(verdicts),
        "not_found": sum(reading.statuses.count(404) for reading in readings),
        "not_healed": len(readings) - await arena.count_healed(readings),
    }
    return score("R8 Redis forgets", verdicts, figures, {"errors": 0, "not_found": 0, "not_healed": 0})


async def fail_over(arena: Arena) -> Score:
    """R9: a master of the cluster dies whose replica had not heard what it had acknowledged."""
    assert arena.cluster is not None
    readings = arena.readings("r9", 60, 900 if arena.scale >= 1 else 700, 10, cuts=3)
    tasks = [asyncio.create_task(reading.read()) for reading in readings]
    await begun(readings)
    await asyncio.sleep(0.5)
    master, heir = await _choose_victim(arena)
    await heir.ask("CONFIG", "SET", "masterauth", "wrong")
    await master.ask("CLIENT", "KILL", "TYPE", "replica")
    await asyncio.sleep(0.7)
    unheard_bytes = await _told_bytes(master, "master_repl_offset") - await _told_bytes(heir, "slave_repl_offset")
    master.kill()
    killed_at = time.monotonic()
    await until(lambda: _is_master(heir), 20, 0.05)
    over_s = time.monotonic() - killed_at
    verdicts = await asyncio.gather(*tasks)
    late = await asyncio.gather(*(reading.follow(arena.fleet.doors).read(20) for reading in readings))
    figures = {
        "errors": count_errors([*verdicts, *late]),
        "failover_s": over_s,
        "unheard_bytes": unheard_bytes,
        "all_heard": unheard_bytes <= 0,
        "not_healed": len(readings) - await arena.count_healed(readings),
        "refused": sum(len(reading.statuses) for reading in readings),
    }
    bars = {"errors": 0, "all_heard": 0, "not_healed": 0}
    return score("R9 failover with lost acks", [*verdicts, *late], figures, bars)


async def _choose_victim(arena: Arena) -> tuple[RedisServer, RedisServer]:
    """Return a master, not the one that is asked for the cluster's state, and its replica."""
    assert arena.cluster is not None
    by_port = {server.port: server for server in arena.servers}
    roles = await arena.cluster.roles()
    masters = [port for port, (role, _) in roles.items() if "master" in role and port != arena.redis.port]
    master = arena.dice.choice(masters)
    heir = next(port for port, (role, of) in roles.items() if "slave" in role and of == roles[master][1])
    return by_port[master], by_port[heir]


async def _is_master(server: RedisServer) -> bool:
    return await server.answers() and (await server.ask("ROLE"))[0] == b"master"  # type: ignore[index]


async def _told_bytes(server: RedisServer, field: str) -> int:
    """Return how much of what a master was told a server has, which counts it in this field."""
    told = await server.ask("INFO", "replication")
    assert isinstance(told, bytes)
    return int(told.split(field.encode() + b":")[1].split()[0])

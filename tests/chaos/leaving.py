"""Nobody pays for tokens that nobody reads: the last reader leaves, in every way, or somebody stops the answer."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import math
import socket
import time
from collections.abc import AsyncIterator, Sequence

import httpx
import msgspec
from support.wait import until

from chaos.arena import Arena, Score, begun, p99, score
from chaos.reader import Door, Reading, connect, reset
from chaos.upstream import Answer, Spec
from chaos.wires import Http1Wire, Http2Wire

__all__ = ["leave", "stop_elsewhere"]

_TCP_REPAIR = 19
"""A socket that is being repaired closes without a word: what a host that vanishes looks like. Linux, for root."""

_GAP_MS = 20
_SILENT_MS = 60_000
_SLOW_GAP_MS = 2500
"""So slow that nothing is written meanwhile but what says that the replica lives."""

_GRACES_S = (0.0, 0.6)


class _Way(msgspec.Struct, frozen=True):
    """One way to leave.

    Attributes:
        manner: ``close``, ``reset``, ``drop`` or, of HTTP/2, ``cancel``.
        moment: ``first`` for before the first token, ``mid`` for in mid-stream, ``whole`` for an answer in one piece.
        grace_s: what the answer is given, if it can be resumed; else 0.
    """

    manner: str
    moment: str
    grace_s: float

    @property
    def is_told(self) -> bool:
        """Whether the server can learn of it: a host that vanishes is found out only when it is sent something."""
        return self.manner != "drop" or self.moment == "mid"


async def leave(arena: Arena) -> Score:
    """R3: the last listener leaves; the upstream is let go within the grace and 250 ms."""
    ways = [
        way
        for manner, moment, grace_s in itertools.product(
            ("close", "reset", "drop", "cancel"), ("first", "mid", "whole"), _GRACES_S
        )
        if (way := _Way(manner, moment, grace_s)).is_told and not (moment == "whole" and grace_s)
    ]
    if not _can_drop():
        ways = [way for way in ways if way.manner != "drop"]
    jobs = [(number, way) for number, way in enumerate(ways * arena.count(8))]
    gate = asyncio.Semaphore(16)

    async def play(number: int, way: _Way) -> tuple[float, float]:
        async with gate:
            return await _leave(arena, number, way)

    seen = await asyncio.gather(*(play(number, way) for number, way in jobs))
    late = {
        f"{manner}_late_p99_s": p99([s for (s, _), (_, way) in zip(seen, jobs, strict=True) if way.manner == manner])
        for manner in sorted({way.manner for way in ways})
    }
    figures = {**late, "late_slowest_s": max(s for s, _ in seen), "tokens_over": max(over for _, over in seen)}
    bars = {**dict.fromkeys(late, 0.25), "late_slowest_s": 0.25, "tokens_over": 0}
    result = score("R3 last listener leaves", [], figures, bars)
    result.answers = len(jobs)
    return result


async def _leave(arena: Arena, number: int, way: _Way) -> tuple[float, float]:
    """Leave once, and return how much later than the grace the upstream was closed, and how many tokens too many."""
    first_ms = _SILENT_MS if way.moment == "first" else 0
    tokens = 2000 if way.moment != "whole" else 4000
    spec = Spec(f"r3-{number}", tokens, _GAP_MS, first_ms)
    wire = Http2Wire() if way.manner == "cancel" else Http1Wire()
    body = json.dumps(
        {"model": spec.model, "stream": way.moment != "whole", "messages": [{"role": "user", "content": "Hi"}]}
    ).encode()
    fields = {"Content-Type": "application/json"}
    if way.grace_s:
        fields |= {"Sluiceway-Resume": "on", "Sluiceway-On-Disconnect": f"{way.grace_s}"}
    got: list[bytes] = []
    port = arena.dice.choice(arena.fleet.ports)
    connection = await connect(wire, port, 1 << 40, got.append)
    connection.transport.write(wire.ask("POST", "/v1/chat/completions", fields, body))
    answers = arena.fleet.upstream.answers
    await until(lambda: spec.name in answers and (way.moment != "mid" or b"\n\n" in b"".join(got)))
    await asyncio.sleep(arena.dice.random() * 0.2)
    answer = answers[spec.name]
    left_at = time.monotonic()
    match way.manner:
        case "close":
            connection.transport.close()
        case "reset":
            reset(connection.transport)
        case "drop":
            _drop(connection.transport)
        case _:
            connection.transport.write(wire.leave())
    await until(lambda: math.isfinite(answer.closed_at), 10 + way.grace_s)
    connection.transport.abort()
    late_s = answer.closed_at - left_at - way.grace_s
    return late_s, _count_over(answer, left_at, way.grace_s + 0.25)


def _count_over(answer: Answer, left_at: float, owed_s: float) -> float:
    """Return how many tokens more than the rate allows the upstream said after its last reader had left."""
    after = sum(at > left_at for at in answer.sent_at)
    return max(0, after - math.ceil(owed_s * 1000 / _GAP_MS))


def _can_drop() -> bool:
    with socket.socket() as probe:
        try:
            probe.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
        except OSError:
            return False
    return True


def _drop(transport: asyncio.Transport) -> None:
    sock = transport.get_extra_info("socket")
    transport.pause_reading()
    sock.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
    transport.abort()


async def stop_elsewhere(arena: Arena) -> Score:
    """R4: answers are stopped at a replica that does not have them, with the bell and without it."""
    rung = arena.readings("r4", 100, 2000, 10)
    rung_s = await _stop_all(arena, rung, at_a_time=1)
    unrung = arena.readings("r4q", 60, 2000, _SLOW_GAP_MS)
    async with _without_bell(arena):
        unrung_s = await _stop_all(arena, unrung, at_a_time=15)
    figures = {"rung_p99_s": p99(rung_s), "unrung_p99_s": p99(unrung_s)}
    verdicts = [await reading.read() for reading in [*rung, *unrung]]
    return score("R4 stop elsewhere", verdicts, figures, {"rung_p99_s": 0.1, "unrung_p99_s": 1.2})


async def _stop_all(arena: Arena, readings: Sequence[Reading], at_a_time: int) -> list[float]:
    """Stop answers, and return how long each upstream went on."""
    gate = asyncio.Semaphore(at_a_time)

    async def stop(number: int, reading: Reading) -> float:
        async with gate:
            return await _stop(arena, number, reading)

    async with asyncio.timeout(180):
        return await asyncio.gather(*(stop(number, reading) for number, reading in enumerate(readings)))


async def _stop(arena: Arena, number: int, reading: Reading) -> float:
    """Stop an answer, twice, at the replica next to its own, and return how long its upstream went on."""
    reading.is_stopped = True
    reading.doors = [Door(arena.fleet.ports[number % 3])]
    task = asyncio.create_task(reading.read())
    await begun([reading])
    await until(lambda: bool(reading.told.payloads))
    await asyncio.sleep(arena.dice.random() * min(1.0, reading.spec.gap_ms / 100))
    url = f"http://127.0.0.1:{arena.fleet.ports[(number + 1) % 3]}/v1/streams/{reading.stream_id}"
    answer = arena.fleet.upstream.answers[reading.spec.name]
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        started_at = time.monotonic()
        first = await client.delete(url)
        await until(lambda: math.isfinite(answer.closed_at))
        second = await client.delete(url)
    assert first.status_code == second.status_code == 200, (first.text, second.text)
    await task
    return answer.closed_at - started_at


@contextlib.asynccontextmanager
async def _without_bell(arena: Arena) -> AsyncIterator[None]:
    """Have Redis pass on no message while the block runs."""
    await arena.redis.ask("ACL", "SETUSER", "default", "resetchannels")
    await arena.redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
    try:
        yield
    finally:
        await arena.redis.ask("ACL", "SETUSER", "default", "allchannels")

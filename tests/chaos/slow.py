"""R11: readers that take next to nothing, or nothing at all, of a long answer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from support.serverprocess import ServerProcess

from chaos.arena import Arena, Score, begun, p99, score
from chaos.judge import Verdict
from chaos.reader import Door, Reading
from chaos.upstream import Spec
from chaos.wires import Http1Wire, Http2Wire, Wire

__all__ = ["SLOW_FLAGS", "read_slowly"]

SLOW_FLAGS = ("--reader-stall-s", "0", "--max-followers", "1000")
"""Nobody is given up: what slow readers cost is to be seen."""

_TOKENS, _GAP_MS, _PAD_BYTES = 4096, 4, 900
"""Of the long answer: 4 MiB."""

_LOOK_S, _LOOKS = 0.25, 3

_RECEIVE_BYTES = 4096
_READER_KIB = 256.0
"""Of the process for each slow reader, and of the kernel again."""
_FLAT_MIB = 1.0
"""What a process may grow by for other reasons while nothing more is said to slow readers."""

_TICK_MS = 1.0
"""Finer than this nobody's timers are: a tenth of less than ten of them is not told from noise."""


async def read_slowly(arena: Arena) -> Score:
    """Have a long answer read by one who is quick; then by many more who are not; then by one who is quick again.

    Half of the slow ones take a byte a second, half open no window; half of either speak HTTP/2. Beside them others
    read short answers, which are what is compared: with the same before and after, which also shows how far apart two
    rounds are that should be alike. All of it at one and the same replica.

    Until what lies between them and the model is full they are as quick as anybody: that second is told by itself.
    """
    count = arena.count(200)
    server = arena.fleet.replicas[0]
    before_s, verdicts = await _read_in_calm(arena, "before")
    calm_bytes = server.resident_bytes
    long, quick, tasks = await _begin(arena, "slow")
    async with _slow_readers(arena, long.stream_id, count) as attached_at:
        await _until_full(arena.fleet.ports[0])
        full_at = time.monotonic()
        sizes_bytes = await _watch(server, lambda: long.told.is_over)
        rest_at = time.monotonic()
        resting_bytes = await _watch(server, lambda: time.monotonic() - rest_at > 20 * arena.scale)
        kernel_bytes = _unsent_bytes(arena.fleet.ports[0])
        verdicts += await asyncio.gather(*tasks)
    after_s, told = await _read_in_calm(arena, "after")
    verdicts += told
    calm_s = p99([*before_s, *after_s])
    joining_s = p99(arena.delays_s(quick, attached_at, full_at))
    during_s = p99(arena.delays_s(quick, full_at, time.monotonic()))
    figures = {
        "slow_readers": 2 * count,
        "answer_mib": sum(map(len, long.told.payloads)) / 2**20,
        "kib_a_reader": (max(sizes_bytes + resting_bytes) - calm_bytes) / (2 * count) / 1024,
        "kernel_kib_a_reader": kernel_bytes / (2 * count) / 1024,
        "grown_at_rest_mib": (resting_bytes[-1] - resting_bytes[0]) / 2**20,
        "others_p99_before_ms": p99(before_s) * 1000,
        "others_p99_after_ms": p99(after_s) * 1000,
        "others_p99_joining_ms": joining_s * 1000,
        "others_p99_worse_ms": (during_s - calm_s) * 1000,
    }
    bars = {
        "kib_a_reader": _READER_KIB,
        "kernel_kib_a_reader": _READER_KIB,
        "grown_at_rest_mib": _FLAT_MIB,
        "others_p99_worse_ms": round(max(calm_s * 100, _TICK_MS), 4),
    }
    return score("R11 slow readers", verdicts, figures, bars)


async def _read_in_calm(arena: Arena, label: str) -> tuple[list[float], list[Verdict]]:
    """Have answers read while nobody is slow, and return how long each token took, and the verdicts."""
    long, calm, tasks = await _begin(arena, label)
    begun_at = time.monotonic()
    await _watch(arena.fleet.replicas[0], lambda: long.told.is_over)
    verdicts = await asyncio.gather(*tasks)
    return arena.delays_s(calm, begun_at, time.monotonic()), verdicts


async def _begin(arena: Arena, label: str) -> tuple[Reading, list[Reading], list[asyncio.Task[Verdict]]]:
    """Begin a long answer, and short ones beside it, at the first replica."""
    door = Door(arena.fleet.ports[0])
    tokens = max(100, round(_TOKENS * arena.scale))
    long = Reading([door], Spec(f"r11-{label}", tokens, _GAP_MS, 0, _PAD_BYTES), arena.dice)
    quick = arena.readings(f"r11q-{label}", 30, tokens * _GAP_MS // 20, 20, doors=[door])
    tasks = [asyncio.create_task(reading.read()) for reading in [long, *quick]]
    await begun([long, *quick])
    return long, quick, tasks


async def _watch(server: ServerProcess, is_over: Callable[[], bool]) -> list[int]:
    """Note a process's memory, again and again, until something is so."""
    sizes_bytes = [server.resident_bytes]
    while not is_over():
        await asyncio.sleep(_LOOK_S)
        sizes_bytes.append(server.resident_bytes)
    return sizes_bytes


async def _until_full(port: int) -> None:
    """Wait until the kernel keeps no more of what was said on a port than a moment before."""
    kept_bytes = [0]
    while len(kept_bytes) <= _LOOKS or kept_bytes[-1] > kept_bytes[-_LOOKS] * 1.01:
        await asyncio.sleep(_LOOK_S)
        kept_bytes.append(_unsent_bytes(port))


def _unsent_bytes(port: int) -> int:
    """Return what the kernel keeps of all that was said on a port: what is unsent, or not acknowledged."""
    #   sl  local_address rem_address   st tx_queue:rx_queue …
    #    7: 0100007F:1F90 0100007F:9C40 01 0000FC00:00000000 …
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()]
    return sum(int(row[4].partition(":")[0], 16) for row in rows if row[1].endswith(f":{port:04X}"))


@contextlib.asynccontextmanager
async def _slow_readers(arena: Arena, stream_id: str, count: int) -> AsyncIterator[float]:
    """Have twice ``count`` slow readers of an answer while the block runs; what is given is when all had asked."""
    socks: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        for number in range(2 * count):
            wire = _wire(number, is_dripping=number < count)
            sock = await _ask_slowly(arena.fleet.ports[0], wire.ask("GET", f"/v1/streams/{stream_id}", {}))
            socks.append(stack.enter_context(sock))
        drip = asyncio.create_task(_drip(socks[:count]))
        try:
            yield time.monotonic()
        finally:
            drip.cancel()
            await asyncio.wait([drip])


def _wire(number: int, *, is_dripping: bool) -> Wire:
    if number % 2 == 0:
        return Http1Wire()
    return Http2Wire() if is_dripping else Http2Wire(window_bytes=0)


async def _ask_slowly(port: int, request: bytes) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", port))
    await loop.sock_sendall(sock, request)
    return sock


async def _drip(socks: list[socket.socket]) -> None:
    """Take a byte a second of each."""
    while True:
        await asyncio.sleep(1)
        for sock in socks:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                sock.recv(1)

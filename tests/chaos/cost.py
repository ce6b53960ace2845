"""What a kept answer costs: CPU a token, Redis commands a token, memory an answer. ``python -m chaos.cost``."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import psutil
from support.redisserver import running_redis

from chaos.fleet import Fleet
from chaos.upstream import Upstream

STREAMS, TOKENS, GAP_MS = 40, 200, 20


async def _read(port: int, model: str, headers: str) -> None:
    body = b'{"model":"%b","stream":true,"messages":[{"role":"user","content":"Hi"}]}' % model.encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
    while await reader.read(1 << 16):
        pass
    writer.close()


async def measure() -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with running_redis(folder) as redis, Upstream() as upstream:
            fleet = Fleet(folder, upstream, redis.url)
            try:
                await fleet.start(0)
                process = psutil.Process(fleet.replicas[0].pid)
                await _read(fleet.ports[0], "warm:10:0", "")
                for label, headers in (("plain", ""), ("kept in Redis", "Sluiceway-Resume: on\r\n")) * 2:
                    commands = await _info(redis, "total_commands_processed")
                    memory = await _info(redis, "used_memory")
                    before, started_at = process.cpu_times(), time.monotonic()
                    readings = (
                        _read(fleet.ports[0], f"{label}-{n}:{TOKENS}:{GAP_MS}", headers) for n in range(STREAMS)
                    )
                    await asyncio.gather(*readings)
                    after = process.cpu_times()
                    cpu_us = (after.user + after.system - before.user - before.system) / STREAMS / TOKENS * 1e6
                    commands = (await _info(redis, "total_commands_processed") - commands) / STREAMS / TOKENS
                    memory = (await _info(redis, "used_memory") - memory) / STREAMS
                    took_s = time.monotonic() - started_at
                    print(
                        f"{label}: {cpu_us:.1f} us of CPU a token, {commands:.3f} commands of Redis a token,"
                        f" {memory / 1024:.1f} KiB of Redis an answer of {TOKENS} tokens ({took_s:.1f} s)"
                    )
            finally:
                await fleet.stop()


async def _info(redis: object, field: str) -> float:
    reply = await redis.ask("INFO")  # type: ignore[attr-defined]
    return float(reply.split(field.encode() + b":")[1].split(b"\r\n")[0])


if __name__ == "__main__":
    asyncio.run(measure())

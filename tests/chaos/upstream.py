"""An upstream whose every answer is known beforehand: token ``i`` of a stream is ``i`` and two letters of UTF-8."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from typing import Self

__all__ = ["Upstream", "tokens_of"]


def tokens_of(count: int) -> list[str]:
    """Return the tokens of an answer."""
    return [f"{number}·é " for number in range(count)]


class Upstream:
    """Speaks OpenAI's dialect on a free port; ``model`` says ``<name>:<tokens>:<gap in ms>``.

    Attributes:
        asked: how often each name was asked for.
        closed_at: when each name's connection was closed before its end (monotonic seconds).
        sent: how many tokens each name was sent.
    """

    def __init__(self) -> None:
        self.port = 0
        self.asked: dict[str, int] = {}
        self.closed_at: dict[str, float] = {}
        self.sent: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    await self._answer(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        body = json.loads(await reader.readexactly(int(length[1]))) if length else {}
        name, count, gap_ms = str(body.get("model", "x:1:0")).split(":")
        self.asked[name] = self.asked.get(name, 0) + 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        gone = asyncio.ensure_future(reader.read(1))
        try:
            for number, token in enumerate(tokens_of(int(count))):
                writer.write(_chunk({"content": token}))
                self.sent[name] = number + 1
                await asyncio.wait([gone], timeout=int(gap_ms) / 1000)
                if gone.done():
                    self.closed_at[name] = time.monotonic()
                    raise ConnectionResetError
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
        writer.write(_chunk({}, "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    record = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    data = b"data: " + json.dumps(record, ensure_ascii=False).encode() + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(data), data)

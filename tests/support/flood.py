"""An upstream that sends as much as is taken off it, and counts that: it shows whether pressure reaches upstreams."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self

from support.chatanswers import FIRST, LAST, STREAM_HEAD, piece

__all__ = ["Flood"]

_PIECE = piece("a" * 16_000)
_ASKED = b"\r\n\r\n"


class Flood:
    """Listens while the ``async with`` block runs, and answers each request with megabytes; it counts them together.

    Args:
        port: where; also when a socket that does not listen holds the port.
        size_bytes: the whole of what it has to say.

    Attributes:
        sent_bytes: what has been taken off its hands.
        is_all_sent: whether that is everything.
        closed: set when the connection is gone.
    """

    def __init__(self, port: int, size_bytes: int) -> None:
        self._port = port
        self._size_bytes = size_bytes
        self.sent_bytes = 0
        self.is_all_sent = False
        self.closed = asyncio.Event()
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self._port, reuse_port=True)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        for writer in self._connections:
            writer.transport.abort()
        await asyncio.gather(*filter(None, self._connections.values()))
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections[writer] = asyncio.current_task()
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(_ASKED)
            writer.write(STREAM_HEAD + FIRST)
            while self.sent_bytes < self._size_bytes:
                writer.write(_PIECE)
                await writer.drain()
                self.sent_bytes += len(_PIECE)
            writer.write(LAST)
            await writer.drain()
            self.is_all_sent = True
            await reader.read()
        self.closed.set()
        writer.transport.abort()

"""A TCP proxy that cuts connections: each after so many bytes of what its server says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

__all__ = ["UNCUT", "Cutter", "cutting"]

UNCUT = 1 << 60
_READ_BYTES = 64 * 1024


class Cutter:
    """The proxy.

    Args:
        port: its server's, on 127.0.0.1.
        limits: after how many bytes each connection is cut, in their order; further ones are not.

    Attributes:
        port: where it listens.
        cuts: how many it has cut.
    """

    def __init__(self, port: int, limits: Iterable[int]) -> None:
        self.port = 0
        self.cuts = 0
        self._server_port = port
        self._limits: Iterator[int] = iter(limits)
        self._connections: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = [writer]
        try:
            await self._serve(reader, writer)
        finally:
            del self._connections[task]

    async def close(self) -> None:
        """Cut all that is left."""
        tasks = list(self._connections)
        for writers in self._connections.values():
            for writer in writers:
                writer.transport.abort()
        if tasks:
            await asyncio.wait(tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._server_port)
        task = asyncio.current_task()
        assert task is not None
        self._connections[task].append(back)
        up = asyncio.create_task(_pass_on(reader, back))
        if await _pass_on(there, writer, next(self._limits, UNCUT)):
            self.cuts += 1
        back.transport.abort()
        writer.close()  # a reset might take what the client has not read yet
        await up
        for side in (back, writer):
            with contextlib.suppress(ConnectionError):
                await side.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left_bytes: int = UNCUT) -> bool:
    """Pass bytes on to the end, or to the limit; return whether that was reached."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(min(_READ_BYTES, max(left_bytes, 1))):
            if left_bytes <= 0:
                return True
            writer.write(data)
            await writer.drain()
            left_bytes -= len(data)
    return False


@asynccontextmanager
async def cutting(port: int, limits: Iterable[int] = ()) -> AsyncIterator[Cutter]:
    """Run the proxy while the context is open."""
    cutter = Cutter(port, limits)
    server = await asyncio.start_server(cutter.serve, "127.0.0.1", 0)
    cutter.port = server.sockets[0].getsockname()[1]
    try:
        yield cutter
    finally:
        server.close()
        await cutter.close()

"""A small HTTP proxy: tunnels (``CONNECT``) and forwards absolute requests, everything to one port of this machine.

Whatever host the client names, the bytes go to ``port``, so that tests can use names that do not exist.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Self

__all__ = ["ConnectProxy"]


class ConnectProxy:
    """Listens on a free port while the ``async with`` block runs.

    Args:
        port: where every connection is taken.
        answer: what a ``CONNECT`` is answered with; the tunnel opens when it holds ``200``.
        tls: speak TLS with this context.

    Attributes:
        heads: the request heads that came, as text.
    """

    def __init__(
        self,
        port: int,
        answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n",
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._port = port
        self._answer = answer
        self._tls = tls
        self.heads: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(_shut, writer)
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head.decode())
            if head.startswith(b"CONNECT"):
                writer.write(self._answer)
                if b" 200 " not in self._answer:
                    return
                head = b""
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self._port)
            stack.push_async_callback(_shut, upstream_writer)
            upstream_writer.write(head)
            await asyncio.gather(_copy(reader, upstream_writer), _copy(upstream_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _shut(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()

"""A listener of our own HTTP/1.1 front on a free port, and a raw client to say anything to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from sluiceway.server.http1.connection import Application, ConnectionLimits
from sluiceway.server.http1.listener import Address, Listener

__all__ = ["Client", "connect", "echo", "listening"]

UNIX_S = 784111777.0
"""1994-11-06 08:49:37 GMT, the example of RFC 9110."""


class Client:
    """A raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)

    async def hear(self, until: bytes) -> bytes:
        """Return what comes, up to and with ``until``."""
        return await asyncio.wait_for(self.reader.readuntil(until), 10)

    async def hear_all(self) -> bytes:
        """Return what comes until the server closes."""
        return await asyncio.wait_for(self.reader.read(), 10)

    async def hear_some_until_end(self) -> bytes:
        """Return the last bytes of a chunked body, whatever its size."""
        told = b""
        while not told.endswith(b"0\r\n\r\n"):
            told = (told + await asyncio.wait_for(self.reader.read(1 << 20), 10))[-100:]
        return told

    async def ask(self, path: str, *lines: str) -> None:
        """Send a GET."""
        head = "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *lines])
        self.say(head.encode() + b"\r\n\r\n")
        await self.writer.drain()


@contextlib.asynccontextmanager
async def listening(
    app: Application, limits: ConnectionLimits | None = None, http2_path: str = ""
) -> AsyncIterator[Listener]:
    """Serve ``app`` while the context is open."""
    listener = Listener(app, limits or ConnectionLimits(), lambda: UNIX_S, http2_path)
    await listener.open(Address("127.0.0.1", 0))
    try:
        yield listener
    finally:
        listener.close()
        await listener.wait_closed(5)


@contextlib.asynccontextmanager
async def connect(listener: Listener) -> AsyncIterator[Client]:
    """Connect to a listener while the context is open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the method, the path and the body."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    told = f"{scope['method']} {scope['path']} ".encode() + body
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(told))]})
    await send({"type": "http.response.body", "body": told})

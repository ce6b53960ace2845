"""A TCP server that plays scripts of raw bytes: an upstream as bad as a test needs it.

Each connection takes the next script; the last one serves all that follow. A script is a list of steps, played in
order::

    async with RawServer([READ, b"HTTP/1.1 200 OK\\r\\n", Wait(go), b"...", RESET]) as server:
        ...  # connect to server.url
        await server.connections[0].closed.wait()
        assert server.connections[0].requests[0].target == "/v1/chat/completions"

Steps: ``bytes`` are sent (and waited for until the socket has taken them); `READ` waits for one whole request and
records it; `Wait` waits for an event; `HALF_CLOSE` ends the sending side; `RESET` sends an RST; `STALL` does nothing
until the client closes. After the last step the connection is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Self, cast

import msgspec

__all__ = [
    "HALF_CLOSE",
    "READ",
    "RESET",
    "STALL",
    "RawConnection",
    "RawRequest",
    "RawServer",
    "Script",
    "Wait",
    "chunked",
    "response",
]


class _Step(enum.Enum):
    READ = "read"
    HALF_CLOSE = "half close"
    RESET = "reset"
    STALL = "stall"


READ, HALF_CLOSE, RESET, STALL = _Step.READ, _Step.HALF_CLOSE, _Step.RESET, _Step.STALL


class Wait(msgspec.Struct, frozen=True):
    """Wait until the test sets the event."""

    event: asyncio.Event


Script = list[bytes | Wait | _Step]


class RawRequest(msgspec.Struct, frozen=True):
    """One request as it came; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    raw: bytes


class RawServer:
    """Listens on a free port of this machine while the ``async with`` block runs.

    Args:
        scripts: one for each connection.
        tls: speak TLS with this context.
        port: listen there, also when a socket that does not listen holds the port; 0 takes a free one.

    Attributes:
        connections: all connections so far, oldest first.
    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._scripts = scripts
        self._tls = tls
        self.port = port
        self.connections: list[RawConnection] = []
        self._grown = asyncio.Event()

    @property
    def url(self) -> str:
        """Return the base URL without a path; the name is ``localhost`` when TLS is spoken."""
        return f"https://localhost:{self.port}" if self._tls else f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[RawRequest]:
        """Return the requests of all connections."""
        return [request for connection in self.connections for request in connection.requests]

    async def connected(self, count: int) -> RawConnection:
        """Wait for the ``count``-th connection, counted from 1, and return it."""
        while len(self.connections) < count:
            self._grown.clear()
            await self._grown.wait()
        return self.connections[count - 1]

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._accept, "127.0.0.1", self.port, ssl=self._tls, reuse_port=bool(self.port)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        for connection in self.connections:
            await connection.stop()
        await self._server.wait_closed()

    def _accept(self) -> RawConnection:
        script = self._scripts[min(len(self.connections), len(self._scripts) - 1)]
        return RawConnection(script, self._note)

    def _note(self, connection: RawConnection) -> None:
        self.connections.append(connection)
        self._grown.set()


class RawConnection(asyncio.Protocol):
    """One client's connection, once it is made; with TLS that is after the handshake.

    Attributes:
        requests: what `READ` steps have read.
        received: everything the client has sent.
        asked: set when a request has been read; clear it to wait for the next.
        played: set when the script is over.
        closed: set when the client has closed its side, or the connection is gone.
    """

    def __init__(self, script: Script, on_made: Callable[[RawConnection], None]) -> None:
        self._script = script
        self._on_made = on_made
        self.requests: list[RawRequest] = []
        self.received = b""
        self.asked = asyncio.Event()
        self.played = asyncio.Event()
        self.closed = asyncio.Event()
        self._taken = 0
        self._more = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._lost = asyncio.Event()

    async def stop(self) -> None:
        """End the script and close the socket."""
        self._player.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._player
        if not self._lost.is_set():  # asyncio fails at a transport that closed itself after its last bytes
            self._transport.abort()
        await self._lost.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._player = asyncio.get_running_loop().create_task(self._play())
        self._on_made(self)

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._more.set()

    def eof_received(self) -> bool:
        self.closed.set()
        return True  # what the script still sends is sent

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.closed.set()
        self._lost.set()
        self._writable.set()

    async def _play(self) -> None:
        for step in self._script:
            await self._take(step)
        self.played.set()
        self._transport.close()

    async def _take(self, step: bytes | Wait | _Step) -> None:
        if isinstance(step, bytes):
            self._transport.write(step)
            await self._writable.wait()
        elif isinstance(step, Wait):
            await step.event.wait()
        elif step is READ:
            self.requests.append(await self._read_request())
            self.asked.set()
        elif step is STALL:
            await self.closed.wait()
        elif step is HALF_CLOSE:
            self._transport.write_eof()
        else:
            self._reset()

    def _reset(self) -> None:
        raw: socket.socket = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    async def _read_request(self) -> RawRequest:
        while (request := self._decode_request()) is None:
            self._more.clear()
            await self._more.wait()
        self._taken += len(request.raw)
        return request

    def _decode_request(self) -> RawRequest | None:
        rest = self.received[self._taken :]
        head, end, body = rest.partition(b"\r\n\r\n")
        if not end:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(body) < length:
            return None
        return RawRequest(method, target, headers, body[:length], rest[: len(head) + 4 + length])


def response(body: bytes, content_type: str = "application/json", status: str = "200 OK", *extra: str) -> bytes:
    """Return a whole response with a Content-Length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *extra]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def chunked(*pieces: bytes) -> bytes:
    """Return pieces as HTTP chunks; an empty piece is the last chunk."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)

"""A TCP client that reads only when it is told to, and can leave in every way a client can.

It refuses to know HTTP beyond writing one request: what comes back is bytes.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["RawClient", "chat_body", "connected", "encode_post"]

_TIMEOUT_S = 20.0
_READ_BYTES = 64 * 1024


class RawClient:
    """One connection.

    Attributes:
        received: everything read so far.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self.received = b""

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        async with asyncio.timeout(_TIMEOUT_S):
            await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def until(self, what: bytes, times: int = 1) -> None:
        """Read until ``what`` has come so many times.

        Raises:
            EOFError: the server closed first.
        """
        async with asyncio.timeout(_TIMEOUT_S):
            while self.received.count(what) < times:
                if not await self._read():
                    raise EOFError(self.received)

    async def read_to_end(self) -> bytes:
        """Read until the server closes, or resets, and return everything."""
        async with asyncio.timeout(_TIMEOUT_S):
            while await self._read():
                pass
        return self.received

    async def take(self) -> bytes:
        """Read once, and keep nothing of it.

        Raises:
            EOFError: the server closed.
        """
        async with asyncio.timeout(_TIMEOUT_S):
            data = await asyncio.get_running_loop().sock_recv(self._socket, 16 * _READ_BYTES)
        if not data:
            raise EOFError
        return data

    def close(self) -> None:
        """Leave as a process does that ends. Idempotent."""
        self._socket.close()

    def reset(self) -> None:
        """Leave with an RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    async def _read(self) -> bytes:
        try:
            data = await asyncio.get_running_loop().sock_recv(self._socket, _READ_BYTES)
        except ConnectionError:
            return b""
        self.received += data
        return data


@asynccontextmanager
async def connected(port: int, *, receive_buffer_bytes: int = 0) -> AsyncIterator[RawClient]:
    """Connect to a port of 127.0.0.1; the connection is closed when the block ends.

    Args:
        port: the server's.
        receive_buffer_bytes: how little the kernel keeps for us; 0 leaves it to the system.
    """
    with socket.socket() as connection:
        connection.setblocking(False)
        if receive_buffer_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        async with asyncio.timeout(_TIMEOUT_S):
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
        yield RawClient(connection)


def chat_body(model: str = "m", *, stream: bool = True, **fields: object) -> bytes:
    """Return the body of a chat request."""
    messages = [{"role": "user", "content": "hello"}]
    return json.dumps({"model": model, "messages": messages, "stream": stream, **fields}).encode()


def encode_post(body: bytes, *headers: str, path: str = "/v1/chat/completions") -> bytes:
    """Return a whole HTTP/1.1 request."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body

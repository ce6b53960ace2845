"""Joins two connections: whatever one side says, the other hears, byte for byte.

A client that opens a cleartext connection with HTTP/2 is joined to the server that speaks it, on a Unix socket of
this process. Each side is read only as fast as the other takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

__all__ = ["Side", "splice"]

_MAX_EARLY_BYTES = 64 * 1024
"""What a client may send before the other side is there."""


class Side(asyncio.Protocol):
    """One of two joined connections.

    Args:
        transport: its own transport, when it is connected already.
    """

    __slots__ = ("_early", "_transport", "other")

    def __init__(self, transport: asyncio.Transport | None = None) -> None:
        self.other: Side | None = None
        self._transport = transport
        self._early = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand bytes to the other side, or keep them until there is one."""
        if self.other is not None:
            self.other.write(data)
            return
        self._early += data
        if len(self._early) > _MAX_EARLY_BYTES:
            self.abort()

    def eof_received(self) -> bool:
        """Close both: HTTP/2 knows no half-closed connections."""
        return False

    def connection_lost(self, _exc: Exception | None) -> None:
        """Close the other side too, once it has what was sent."""
        if self.other is not None:
            self.other.close()

    def pause_writing(self) -> None:
        """Read no more from the other side."""
        if self.other is not None:
            self.other.set_reading(is_on=False)

    def resume_writing(self) -> None:
        """Read on."""
        if self.other is not None:
            self.other.set_reading(is_on=True)

    def join(self, other: Side) -> None:
        """Make ``other`` the other side and hand it what came early."""
        self.other, other.other = other, self
        other.write(bytes(self._early))
        self._early.clear()

    def write(self, data: bytes) -> None:
        """Hand bytes to this side's socket."""
        if self._transport is not None:
            self._transport.write(data)

    def set_reading(self, *, is_on: bool) -> None:
        """Read from this side's socket, or stop."""
        if self._transport is None or self._transport.is_closing():
            return
        if is_on:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def close(self) -> None:
        """End this side once its socket has taken what was written."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End this side at once."""
        if self._transport is not None:
            self._transport.abort()


def splice(transport: asyncio.Transport, data: bytes, path: str) -> Coroutine[Any, Any, None]:
    """Take over ``transport``, which has said ``data`` so far, at once; the result joins it when it is awaited.

    What it is joined to is the server at the Unix socket ``path``.
    """
    client = Side(transport)
    transport.set_protocol(client)
    client.data_received(data)
    return _join(transport, client, path)


async def _join(transport: asyncio.Transport, client: Side, path: str) -> None:
    try:
        _, server = await asyncio.get_running_loop().create_unix_connection(Side, path)
    except OSError:
        client.abort()
        return
    client.join(server)
    if transport.is_closing():
        server.abort()

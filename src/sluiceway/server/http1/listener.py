"""Listens for readers, and looks after their connections: deadlines, the date, the end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from email.utils import formatdate

import msgspec

from sluiceway.server.http1.connection import Application, Connection, ConnectionLimits
from sluiceway.server.http1.splice import splice

__all__ = ["Address", "Listener"]

_SWEEP_S = 1.0

_UNSENT_BYTES = 64 * 1024
"""What the kernel keeps of a response that is not under way yet: as much as may wait in front of it.

Without a limit it keeps up to 4 MiB for each reader that takes nothing (Linux' ``tcp_wmem``), and each write to one
costs as if it were read: 200 of them held 760 MiB, and held up the others by 50 ms and more (`make chaos`, R11).
"""


class Address(msgspec.Struct, frozen=True):
    """Where to listen.

    Attributes:
        host: name or address.
        port: the port.
        backlog: connections the kernel keeps until they are taken.
        is_shared: whether other processes listen there too.
    """

    host: str
    port: int
    backlog: int = 4096
    is_shared: bool = False


class Listener:
    """An HTTP/1.1 server; connections that speak HTTP/2 are joined to another.

    Args:
        app: the ASGI application.
        limits: what clients are held to.
        unix_clock: Unix seconds, for the Date header.
        http2_path: the Unix socket of a server that speaks HTTP/2 without TLS.
    """

    def __init__(
        self, app: Application, limits: ConnectionLimits, unix_clock: Callable[[], float], http2_path: str
    ) -> None:
        self.app = app
        self.limits = limits
        self.is_closing = False
        self.date = b""
        self._unix_clock = unix_clock
        self._http2_path = http2_path
        self._connections: set[Connection] = set()
        self._splices: set[asyncio.Task[None]] = set()
        self._is_empty = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def open(self, address: Address) -> None:
        """Begin to listen.

        Raises:
            OSError: the address cannot be had.
        """
        self._sweep()
        with contextlib.ExitStack() as undo:
            undo.callback(self._stop_sweeping)
            self._server = await asyncio.get_running_loop().create_server(
                lambda: Connection(self),
                address.host,
                address.port,
                backlog=address.backlog,
                reuse_port=address.is_shared or None,
            )
            undo.pop_all()
        for listening in self._server.sockets:  # whose options are those of all connections it takes
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def finish(self) -> None:
        """Take no more connections, and end each with its present response."""
        self.is_closing = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.finish()

    async def wait_closed(self, within_s: float) -> None:
        """Wait until every connection is gone, ``within_s`` at most."""
        self._is_empty.clear()
        if self._connections:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_empty.wait(), within_s)

    def close(self) -> None:
        """End everything at once. Idempotent."""
        self.finish()
        self._stop_sweeping()
        for connection in list(self._connections):
            connection.abort()

    def now(self) -> float:
        """Return monotonic seconds."""
        return asyncio.get_running_loop().time()

    def add(self, connection: Connection) -> None:
        """Take a new connection into its care."""
        self._connections.add(connection)

    def remove(self, connection: Connection) -> None:
        """Let go of one that is gone."""
        self._connections.discard(connection)
        if not self._connections:
            self._is_empty.set()

    def hand_over(self, transport: asyncio.Transport, data: bytes) -> None:
        """Join a connection that speaks HTTP/2 to the server that does."""
        task = asyncio.get_running_loop().create_task(splice(transport, data, self._http2_path))
        self._splices.add(task)
        task.add_done_callback(self._splices.discard)

    def _stop_sweeping(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_SWEEP_S, self._sweep)
        self.date = formatdate(self._unix_clock(), usegmt=True).encode()
        now = loop.time()
        for connection in list(self._connections):
            connection.check(now)

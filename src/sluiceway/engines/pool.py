"""Warm connections to one upstream.

The last one used is the first one taken, so that the rest can go cold and be closed. A connection is only kept when
its state is fully known; one whose answer is over but whose HTTP message is not gets a moment to finish it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import ExitStack

import msgspec

from sluiceway.engines.dialer import Dialer
from sluiceway.engines.rules import ResponseHead
from sluiceway.engines.transport import HeadLimits, HttpConnection
from sluiceway.errors import EngineUnavailable, SluicewayError

__all__ = ["Pool", "PoolLimits"]

# After `data: [DONE]` only the last chunk, 5 bytes, is missing; it is in the same read or right behind.
_DRAIN_S = 1.0
_DRAIN_BYTES = 16 * 1024


class PoolLimits(msgspec.Struct, frozen=True):
    """How much a pool keeps, and for how long.

    Attributes:
        head: for responses' header sections.
        max_idle: how many unused connections.
        idle_s: how long an unused one.
    """

    head: HeadLimits
    max_idle: int
    idle_s: float


class Pool:
    """The connections to one upstream, in use or not.

    Args:
        dialer: opens new ones.
        limits: what is kept.
    """

    def __init__(self, dialer: Dialer, limits: PoolLimits) -> None:
        self._dialer = dialer
        self._limits = limits
        self._open: set[HttpConnection] = set()
        self._idle: deque[tuple[HttpConnection, float]] = deque()
        self._sweep_timer: asyncio.TimerHandle | None = None
        self._all_lost: asyncio.Event | None = None

    @property
    def has_idle(self) -> bool:
        """Whether a warm connection waits."""
        return bool(self._idle)

    def take(self) -> HttpConnection | None:
        """Return the warmest usable connection, or None."""
        while self._idle:
            connection, _ = self._idle.pop()
            if connection.is_reusable:
                return connection
            connection.abort()
        return None

    async def dial(self) -> HttpConnection:
        """Return a new connection.

        Raises:
            UpstreamTimeout: it took too long.
            EngineUnavailable: it cannot be had.
        """
        connection = HttpConnection(self._limits.head, self._forget)
        self._open.add(connection)
        with ExitStack() as undo:
            undo.callback(self._forget, connection)
            await self._dialer.dial(connection)
            if connection.is_open:
                undo.pop_all()
                return connection
        raise EngineUnavailable("the upstream closed the connection at once")

    def release(self, connection: HttpConnection) -> None:
        """Take a connection back whose answer is over, whatever its state."""
        connection.resume()
        if connection.is_reusable:
            self.keep(connection)
        elif connection.is_complete:
            connection.abort()
        else:
            _Drain(self, connection).begin()

    def keep(self, connection: HttpConnection) -> None:
        """Keep an idle connection, or close it when there are enough."""
        connection.rest()
        if len(self._idle) >= self._limits.max_idle or self._all_lost is not None:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        self._idle.append((connection, loop.time()))
        if self._sweep_timer is None:
            self._sweep_timer = loop.call_later(self._limits.idle_s, self._sweep)

    async def close(self) -> None:
        """Close every connection, and wait until their sockets are closed."""
        self._all_lost = asyncio.Event()
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
            self._sweep_timer = None
        self._idle.clear()
        for connection in list(self._open):
            connection.lose(EngineUnavailable("the engine was closed"))
        if self._open:
            await self._all_lost.wait()

    def _forget(self, connection: HttpConnection) -> None:
        self._open.discard(connection)
        for entry in self._idle:
            if entry[0] is connection:
                self._idle.remove(entry)
                break
        if self._all_lost is not None and not self._open:
            self._all_lost.set()

    def _sweep(self) -> None:
        """Close what was not used for long; one timer for the whole pool, at the oldest one's time."""
        loop = asyncio.get_running_loop()
        self._sweep_timer = None
        oldest_at = loop.time() - self._limits.idle_s
        while self._idle and self._idle[0][1] <= oldest_at:
            self._idle.popleft()[0].abort()
        if self._idle:
            self._sweep_timer = loop.call_at(self._idle[0][1] + self._limits.idle_s, self._sweep)


class _Drain:
    """Receives what follows an answer's end, throws it away, and gives the connection back or up."""

    def __init__(self, pool: Pool, connection: HttpConnection) -> None:
        self._pool = pool
        self._connection = connection
        self._left_bytes = _DRAIN_BYTES

    def begin(self) -> None:
        """Take over from the answer's receiver."""
        self._connection.hand_over(self)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_DRAIN_S, self._connection.abort)

    def receive_head(self, _head: ResponseHead) -> None:
        """Ignore: the head came before the answer."""

    def receive_body(self, data: bytes) -> None:
        """Throw it away, up to a limit."""
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            self._timer.cancel()
            self._connection.abort()

    def receive_end(self) -> None:
        """Give the connection back."""
        self._timer.cancel()
        self._pool.release(self._connection)

    def receive_loss(self, _error: SluicewayError) -> None:
        """Give it up; it is closed already."""
        self._timer.cancel()

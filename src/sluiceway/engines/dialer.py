"""Opens the sockets to one upstream; the only module that does.

Straight to it, through a tunnel of a proxy (``https``), or to a proxy that forwards (``http``). It refuses to go on
without a verified certificate. Source: RFC 9110 section 9.3.6.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from contextlib import ExitStack
from typing import cast

import msgspec

from sluiceway.engines.address import Address
from sluiceway.engines.proxy import encode_connect, read_tunnel_answer
from sluiceway.engines.tls import describe_tls_failure
from sluiceway.engines.transport import HttpConnection
from sluiceway.errors import EngineUnavailable, SluicewayError, UpstreamTimeout

__all__ = ["Dialer", "Route", "describe_failure"]


class Route(msgspec.Struct, frozen=True):
    """The way to an upstream.

    Attributes:
        upstream: where it listens.
        proxy: the proxy in between, or None.
        tls: the context for every ``https`` on the way, or None where there is none.
    """

    upstream: Address
    proxy: Address | None
    tls: ssl.SSLContext | None

    @property
    def is_forwarded(self) -> bool:
        """Whether requests go to a proxy that sends them on, and so must name the whole URL."""
        return self.proxy is not None and not self.upstream.is_tls


class Dialer:
    """Connects to one upstream.

    Args:
        route: the way to it.
        timeout_s: bounds name look-up, TCP, proxy and TLS together.
    """

    def __init__(self, route: Route, timeout_s: float) -> None:
        self._route = route
        self._timeout_s = timeout_s

    async def dial(self, connection: HttpConnection) -> None:
        """Connect ``connection``. When this raises, or is cancelled, no socket stays open.

        Raises:
            UpstreamTimeout: it took too long.
            EngineUnavailable: refused, unknown, not trusted, or stopped by the proxy.
        """
        with ExitStack() as undo:
            undo.callback(connection.abort)
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._open(connection)
            except TimeoutError:
                raise UpstreamTimeout("connect", self._timeout_s) from None
            except OSError as exc:
                raise EngineUnavailable(f"the upstream cannot be reached: {describe_failure(exc)}") from exc
            undo.pop_all()

    async def _open(self, connection: HttpConnection) -> None:
        route = self._route
        if route.proxy is not None and route.upstream.is_tls:
            await self._tunnel(connection, route.proxy)
            return
        address = route.proxy or route.upstream
        await asyncio.get_running_loop().create_connection(
            lambda: connection, address.host, address.port, ssl=self._tls_for(address)
        )

    async def _tunnel(self, connection: HttpConnection, proxy: Address) -> None:
        loop = asyncio.get_running_loop()
        upstream = self._route.upstream
        with ExitStack() as undo:
            transport, tunnel = await loop.create_connection(
                lambda: _Tunnel(loop.create_future()), proxy.host, proxy.port, ssl=self._tls_for(proxy)
            )
            undo.callback(transport.abort)
            transport.write(encode_connect(upstream, proxy))
            await tunnel.opened
            assert self._route.tls is not None
            inner = await loop.start_tls(transport, connection, self._route.tls, server_hostname=upstream.host)
            # uvloop and asyncio leave this call to whoever starts TLS on an open connection.
            connection.connection_made(cast("asyncio.Transport", inner))
            undo.pop_all()

    def _tls_for(self, address: Address) -> ssl.SSLContext | None:
        return self._route.tls if address.is_tls else None


def describe_failure(exc: OSError) -> str:
    """Return what went wrong in a few words, without names or addresses of this network."""
    if isinstance(exc, ssl.SSLError):
        return describe_tls_failure(exc)
    if isinstance(exc, socket.gaierror):
        return "its name cannot be resolved"
    # asyncio's own text for ECONNREFUSED and the like names the address.
    return os.strerror(exc.errno).lower() if exc.errno else "the connection was lost"


class _Tunnel(asyncio.Protocol):
    """Waits for a proxy's answer to ``CONNECT``."""

    def __init__(self, opened: asyncio.Future[None]) -> None:
        self.opened = opened
        self._answer = b""

    def data_received(self, data: bytes) -> None:
        if self.opened.done():
            return
        self._answer += data
        try:
            if read_tunnel_answer(self._answer):
                self.opened.set_result(None)
        except SluicewayError as exc:
            self.opened.set_exception(exc)

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(EngineUnavailable("the proxy closed the connection"))

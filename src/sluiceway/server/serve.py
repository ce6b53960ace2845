"""Serves the application in this process: HTTP/1.1 by our own front, HTTP/2 and TLS by granian.

SIGTERM and SIGINT end it in good order, also while it starts: no new streams, live ones may finish within
``drain_s``, the rest get their terminal error, then the sockets close. A second signal cuts the wait short.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings, HTTP2Settings
from granian.server.embed import Server

from sluiceway.clock import unix_time_s
from sluiceway.errors import SettingsError
from sluiceway.server.app import App
from sluiceway.server.http1.connection import ConnectionLimits
from sluiceway.server.http1.listener import Address, Listener
from sluiceway.server.settings import Settings

__all__ = ["check_port", "do_unless", "serve"]

_FLUSH_S = 2.0
"""How long readers have to take their terminal error, and to close."""

Flush = Callable[[float], Awaitable[None]]
"""Lets connections end within so many seconds."""

_KNOCK_S = 0.005
"""How often a server that starts is asked whether it is there."""

_MAX_CONCURRENT_STREAMS = 1024
"""Streams of one HTTP/2 connection; a browser or a proxy in front puts many on one."""


def check_port(settings: Settings) -> None:
    """Find out whether the port can be had; granian would share it with another server unasked.

    Raises:
        SettingsError: it cannot.
    """
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        raise SettingsError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}") from None


async def serve(app: App, settings: Settings, on_ready: Callable[[], None]) -> None:
    """Serve until a signal says otherwise, then end in good order.

    Args:
        app: what is served.
        settings: where, and how patiently it ends.
        on_ready: called once requests are taken.

    Raises:
        EngineUnavailable: an engine cannot be made ready.
    """
    signals = _Signals()
    _calm_collector()
    _raise_file_limit()
    try:
        if not await do_unless(signals.wait(), app.open()):
            return
        async with app.siblings.answering(), _front(app, settings) as flush:
            on_ready()
            await signals.wait()
            await flush(await _drain(app, settings, signals))
    finally:
        await app.close()


async def do_unless(stopping: Coroutine[Any, Any, object], starting: Coroutine[Any, Any, object]) -> bool:
    """Do what starts unless ``stopping`` is over first, which calls it off; return whether to go on."""
    started, stopped = asyncio.create_task(starting), asyncio.create_task(stopping)
    try:
        await asyncio.wait([started, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        started.cancel()
        stopped.cancel()
        await asyncio.wait([started, stopped])
    if not started.cancelled():
        started.result()
    return stopped.cancelled()


@contextlib.asynccontextmanager
async def _front(app: App, settings: Settings) -> AsyncIterator[Flush]:
    """Take requests while the context is open: our own HTTP/1.1 in front of granian, or with TLS granian alone."""

    async def flush(within_s: float) -> None:
        if listener is not None:
            listener.finish()
            await listener.wait_closed(within_s)

    listener: Listener | None = None
    if settings.tls_cert:
        async with _granian(app, settings, {"address": settings.host, "port": settings.port}):
            yield flush
        return
    with tempfile.TemporaryDirectory(prefix="sluiceway-") as folder:
        path = Path(folder) / "http2.sock"
        async with _granian(app, settings, {"uds": path}):
            listener = Listener(app, ConnectionLimits(), unix_time_s, str(path))
            await listener.open(Address(settings.host, settings.port, is_shared=settings.workers > 1))
            try:
                yield flush
            finally:
                listener.close()


@contextlib.asynccontextmanager
async def _granian(app: App, settings: Settings, address: Mapping[str, Any]) -> AsyncIterator[None]:
    server = Server(
        app,
        **address,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=max(1024, settings.max_streams // 4),
        backpressure=settings.max_streams,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=64 * 1024),
        http2_settings=HTTP2Settings(max_concurrent_streams=_MAX_CONCURRENT_STREAMS, max_headers_size=64 * 1024),
        log_enabled=False,
        ssl_cert=Path(settings.tls_cert) if settings.tls_cert else None,
        ssl_key=Path(settings.tls_key) if settings.tls_key else None,
    )
    serving = asyncio.create_task(server.serve())
    try:
        await _until_listening(serving, address)
        yield
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # granian's own
        await asyncio.wait([serving], timeout=_FLUSH_S)


async def _until_listening(serving: asyncio.Task[None], address: Mapping[str, Any]) -> None:
    """Wait until granian takes connections; it has no event that tells.

    Raises:
        SettingsError: it cannot have its address.
    """
    while not await _knock(address):
        if serving.done():
            raise SettingsError(f"cannot listen: {serving.exception()}")
        await asyncio.sleep(_KNOCK_S)


async def _knock(address: Mapping[str, Any]) -> bool:
    try:
        if "uds" in address:
            _, writer = await asyncio.open_unix_connection(address["uds"])
        else:
            _, writer = await asyncio.open_connection(address["address"], address["port"])
    except OSError:
        return False
    writer.close()
    return True


def _calm_collector() -> None:
    """Look for reference cycles rarely: tokens make none, and the search took 12 % of the time per token (py-spy)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _raise_file_limit() -> None:
    """Have as many sockets as the system allows: each stream takes two."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _drain(app: App, settings: Settings, signals: _Signals) -> float:
    """End what is live, in good order, and return how many seconds are left for connections to close."""
    draining = asyncio.create_task(app.service.drain(settings.drain_s))
    hurry = asyncio.create_task(signals.wait())
    await asyncio.wait([draining, hurry], return_when=asyncio.FIRST_COMPLETED)
    for task in (draining, hurry):
        task.cancel()
    app.service.end_all()
    loop = asyncio.get_running_loop()
    due_at = loop.time() + _FLUSH_S
    await app.service.wait_empty(_FLUSH_S)
    return max(0.0, due_at - loop.time())


class _Signals:
    """Counts SIGTERM and SIGINT; each `wait` takes one."""

    def __init__(self) -> None:
        self._arrived = asyncio.Semaphore(0)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._arrived.release)

    async def wait(self) -> None:
        await self._arrived.acquire()

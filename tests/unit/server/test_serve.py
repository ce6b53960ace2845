"""The server runs on the test's own loop, on a real port, and is ended by real signals to this process."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from support.apps import COMPLETIONS, chat_body
from support.certificate import write_certificate
from support.serverprocess import find_free_port
from support.wait import until

from sluiceway.engines.routing import Route, Routing
from sluiceway.errors import EngineUnavailable, SettingsError
from sluiceway.server.app import create_app
from sluiceway.server.serve import check_port, do_unless, serve
from sluiceway.server.settings import Settings
from sluiceway.testing import FakeClock, ScriptedEngine, Step, text_frames

SCRIPT: list[Step] = [(1, [frame]) for frame in text_frames(["Hel", "lo"])]


class DeadEngine(ScriptedEngine):
    """Cannot be opened."""

    async def open(self) -> None:
        raise EngineUnavailable("no model file")


class SlowEngine(ScriptedEngine):
    """Takes for ever to open, as llama.cpp with a large model does."""

    def __init__(self) -> None:
        super().__init__([])
        self.is_opening = asyncio.Event()

    async def open(self) -> None:
        self.is_opening.set()
        await asyncio.Event().wait()


class Served:
    """A server under test.

    Attributes:
        engine: what answers, in the time of ``clock``.
        task: the server's; it ends when the server does.
    """

    def __init__(self, **settings: object) -> None:
        self.clock = FakeClock()
        self.engine = ScriptedEngine(SCRIPT, clock=self.clock)
        self.settings = msgspec.structs.replace(Settings(port=find_free_port(), coalesce_max_ms=0), **settings)
        self.task: asyncio.Task[None]

    @property
    def url(self) -> str:
        """Return where it is."""
        return f"{'https' if self.settings.tls_cert else 'http'}://localhost:{self.settings.port}"

    def stop(self) -> None:
        """Ask it to end, as an operator does."""
        os.kill(os.getpid(), signal.SIGTERM)

    @asynccontextmanager
    async def streaming(self, client: httpx.AsyncClient) -> AsyncIterator[AsyncIterator[str]]:
        """Ask for an answer, let its first token out, and give the lines of its body."""
        async with client.stream("POST", self.url + COMPLETIONS, content=chat_body()) as response:
            lines = response.aiter_lines()
            async for line in lines:
                if '"Hel"' in line:
                    break
            yield lines

    async def play_first_token(self) -> None:
        """Let the engine say its first word as soon as it was asked."""
        await until(lambda: bool(self.engine.calls))
        self.clock.advance(2)


@asynccontextmanager
async def served(**settings: object) -> AsyncIterator[Served]:
    """Serve until the block ends; a server that still runs then is told to."""
    server, ready = Served(**settings), asyncio.Event()
    app = create_app(server.settings, routing=Routing([Route(server.engine)]))
    server.task = asyncio.create_task(serve(app, server.settings, ready.set))
    await asyncio.wait_for(ready.wait(), 10)
    try:
        yield server
    finally:
        if not server.task.done():
            server.stop()
            server.stop()
        await asyncio.wait_for(server.task, 20)


@pytest.fixture(autouse=True)
def calm_collector() -> Iterator[None]:
    """Give the garbage collector back as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as opened:
        yield opened


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_a_signal_says_otherwise(client: httpx.AsyncClient, number: signal.Signals) -> None:
    async with served() as server:
        assert (await client.get(server.url + "/readyz")).json() == {"status": "ready"}
        os.kill(os.getpid(), number)
        await asyncio.wait_for(server.task, 10)
        with pytest.raises(httpx.ConnectError):
            await client.get(server.url + "/readyz")
        assert not await server.engine.is_ready()


async def test_a_signal_while_it_starts_ends_it() -> None:
    engine, ready = SlowEngine(), asyncio.Event()
    settings = Settings(port=find_free_port())
    task = asyncio.create_task(serve(create_app(settings, routing=Routing([Route(engine)])), settings, ready.set))
    await engine.is_opening.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(task, 5)
    assert (ready.is_set(), await engine.is_ready()) == (False, False)


async def test_a_stop_in_the_moment_of_the_start_counts() -> None:
    async def at_once() -> None:
        """Be over."""

    assert not await do_unless(at_once(), at_once())


async def test_live_streams_finish_after_the_signal(client: httpx.AsyncClient) -> None:
    async with served() as server:
        saying = asyncio.create_task(server.play_first_token())
        async with server.streaming(client) as lines:
            server.stop()
            await until(lambda: is_draining(client, server))
            server.clock.advance(9)
            rest = [line async for line in lines if line]
        await saying
        await asyncio.wait_for(server.task, 10)
    assert rest[-1] == "data: [DONE]"
    assert not any("error" in line for line in rest)


async def is_draining(client: httpx.AsyncClient, server: Served) -> bool:
    try:
        return (await client.get(server.url + "/readyz")).status_code == 503
    except httpx.TransportError:
        return True


async def test_a_second_signal_ends_live_streams_with_an_error(client: httpx.AsyncClient) -> None:
    async with served() as server:
        saying = asyncio.create_task(server.play_first_token())
        async with server.streaming(client) as lines:
            server.stop()
            server.stop()
            rest = [line async for line in lines if line]
        await saying
        await asyncio.wait_for(server.task, 10)
        assert server.engine.calls[0].is_aborted
    assert '"server_draining"' in rest[0]
    assert rest[-1] == "data: [DONE]"


async def test_with_a_certificate_it_serves_https_and_http2(tmp_path: Path) -> None:
    own = write_certificate(tmp_path)
    client = httpx.AsyncClient(trust_env=False, verify=own.trusting, http2=True)
    async with client, served(tls_cert=own.cert, tls_key=own.key) as server:
        assert (await client.get(server.url + "/healthz")).http_version == "HTTP/2"


async def test_an_address_that_was_taken_meanwhile_is_told(tmp_path: Path) -> None:
    own = write_certificate(tmp_path)
    settings = Settings(host="192.0.2.1", port=find_free_port(), tls_cert=own.cert, tls_key=own.key)
    app = create_app(settings, routing=Routing([Route(ScriptedEngine(SCRIPT))]))
    with pytest.raises(SettingsError, match="cannot listen"):
        await serve(app, settings, lambda: pytest.fail("it is not ready"))


async def test_an_engine_that_cannot_be_opened_is_told_before_anything_is_served() -> None:
    settings = Settings(port=find_free_port())
    app = create_app(settings, routing=Routing([Route(DeadEngine([]))]))
    with pytest.raises(EngineUnavailable, match="no model file"):
        await serve(app, settings, lambda: pytest.fail("it is not ready"))
    await app.close()


def test_a_free_port_can_be_had() -> None:
    check_port(Settings(port=find_free_port()))


def test_a_port_that_somebody_has_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            check_port(Settings(port=port))


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(SettingsError, match="cannot listen on nowhere"):
        check_port(Settings(host="nowhere.invalid", port=1))

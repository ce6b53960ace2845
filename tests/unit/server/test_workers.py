"""Several processes serve one port; one that dies comes back, and all of them end together."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from support.chatanswers import FIRST, STREAM_HEAD, piece
from support.rawclient import chat_body, connected, encode_post
from support.rawserver import READ, STALL, RawServer
from support.serverprocess import find_free_port, serving
from support.wait import until

from sluiceway.engines.llama.options import LlamaOptions
from sluiceway.engines.options import UpstreamOptions
from sluiceway.errors import EngineUnavailable
from sluiceway.server.settings import Settings
from sluiceway.server.workers import serve_workers

_UPSTREAM = UpstreamOptions(base_url="http://127.0.0.1:9/v1")


@asynccontextmanager
async def _serving(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    ready = asyncio.Event()
    task = asyncio.create_task(serve_workers(settings, {"NO_PROXY": "*", "HOME": "/"}, ready.set))
    await asyncio.wait([task, asyncio.create_task(ready.wait())], timeout=40, return_when=asyncio.FIRST_COMPLETED)
    assert ready.is_set()
    try:
        yield task
    finally:
        if not task.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 30)


def _workers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "sluiceway.server.worker" in _words_of(child)]


def _sleepers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if _words_of(child) == ["sleep", "1000"]]


def _words_of(process: psutil.Process) -> list[str]:
    """Return its command line; none once it is over."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


async def _status(url: str) -> int | None:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(url)).status_code
        except httpx.TransportError:
            return None


async def test_a_worker_that_dies_is_started_again() -> None:
    settings = Settings(port=find_free_port(), workers=2, upstreams=(_UPSTREAM,))
    async with _serving(settings):
        first = {worker.pid for worker in _workers()}
        assert len(first) == 2
        os.kill(min(first), signal.SIGKILL)
        await until(lambda: len({worker.pid for worker in _workers()} - first) == 1, 20)
        assert await _status(f"http://127.0.0.1:{settings.port}/healthz") == 200
    assert _workers() == []


async def test_a_worker_that_does_not_end_in_time_is_killed() -> None:
    settings = Settings(port=find_free_port(), workers=2, upstreams=(_UPSTREAM,), drain_s=0)
    async with _serving(settings) as task:
        stuck = _workers()[0]
        stuck.suspend()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 40)
    assert not stuck.is_running()


async def test_workers_that_cannot_start_are_an_error() -> None:
    settings = Settings(host="256.0.0.1", port=find_free_port(), workers=2, upstreams=(_UPSTREAM,))
    with pytest.raises(EngineUnavailable):
        await serve_workers(settings, {}, lambda: None)
    assert _workers() == []


@pytest.fixture
def stuck_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have workers start as what never says that it is ready."""
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nexec sleep 1000\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    return script


@pytest.mark.usefixtures("stuck_python")
async def test_a_signal_while_workers_start_ends_them_all() -> None:
    settings, ready = Settings(port=find_free_port(), workers=3, upstreams=(_UPSTREAM,)), asyncio.Event()
    task = asyncio.create_task(serve_workers(settings, {}, ready.set))
    await until(lambda: len(_sleepers()) == 3, 20)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(task, 10)
    assert (_sleepers(), ready.is_set()) == ([], False)


async def test_a_signal_while_one_is_started_again_ends_that_too(request: pytest.FixtureRequest) -> None:
    settings = Settings(port=find_free_port(), workers=2, upstreams=(_UPSTREAM,))
    async with _serving(settings) as task:
        request.getfixturevalue("stuck_python")
        os.kill(_workers()[0].pid, signal.SIGKILL)
        await until(lambda: len(_sleepers()) == 1, 20)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 20)
    assert (_sleepers(), _workers()) == ([], [])


async def test_a_second_signal_cuts_the_workers_wait_short(tmp_path: Path) -> None:
    async with RawServer([READ, STREAM_HEAD, FIRST, piece("one"), STALL]) as upstream:
        flags = ("--workers", "2", "--upstream", f"{upstream.url}/v1", "--drain-s", "3600")
        async with serving(tmp_path, *flags) as server, connected(server.port) as client:
            await client.send(encode_post(chat_body()))
            await client.until(b"one")
            server.send(signal.SIGTERM)

            async def is_draining() -> bool:
                return await server.status("/readyz") != 200

            await until(is_draining)
            server.send(signal.SIGTERM)
            assert (await client.read_to_end()).count(b'data: {"error":') == 1
            assert await server.ended() == 0


async def test_a_worker_that_cannot_be_started_again_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(port=find_free_port(), workers=2, upstreams=(_UPSTREAM,))
    async with _serving(settings):
        first = {worker.pid for worker in _workers()}
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", "/nowhere")
            tried = asyncio.Event()
            patch.setattr("sluiceway.server.workers._RESTART_S", 0.01)
            patch.setattr("sluiceway.server.workers._log.error", lambda *_: tried.set())
            os.kill(min(first), signal.SIGKILL)
            await asyncio.wait_for(tried.wait(), 10)
            tried.clear()
            await asyncio.wait_for(tried.wait(), 10)
        await until(lambda: len({worker.pid for worker in _workers()} - first) == 1, 20)
    assert _workers() == []


async def test_workers_share_one_llama() -> None:
    settings = Settings(port=find_free_port(), workers=2, llama=LlamaOptions())
    async with _serving(settings):
        children = [child for child in psutil.Process().children() if child not in _workers()]
        llamas = [child for child in children if "sluiceway.engines.llama.child" in _words_of(child)]
        assert len(llamas) == 1
        assert await _status(f"http://127.0.0.1:{settings.port}/readyz") == 200


async def test_the_command_line_starts_workers(tmp_path: Path) -> None:
    async with serving(tmp_path, "--workers", "2", "--upstream", "http://127.0.0.1:9/v1") as server:
        assert len(server.children()) == 2
        server.send(signal.SIGTERM)
        assert await server.ended() == 0

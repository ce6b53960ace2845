"""Servers that all end-to-end tests share, and the place where a test's own upstream listens."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from support.chatanswers import Listen
from support.gguf import write_tiny_model
from support.rawserver import RawServer, Script
from support.serverprocess import ServerProcess, serving

ENDLESS_TOKENS = 262_144
"""At this context the tiny model talks for minutes: what waits for the end of its answer fails."""


@pytest.fixture(scope="session")
def upstream_port() -> Iterator[int]:
    """Hold a port without listening on it: nobody else is given it, and each test's upstream can have it."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        yield port


@pytest.fixture
def upstream(upstream_port: int) -> Listen:
    """Return what makes the `RawServer` that ``server`` asks."""

    def listen(*scripts: Script) -> RawServer:
        return RawServer(*scripts, port=upstream_port)

    return listen


@pytest.fixture(scope="session")
def upstream_url(upstream_port: int) -> str:
    return f"http://127.0.0.1:{upstream_port}/v1"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(upstream_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """One server before the scripted upstream."""
    folder = tmp_path_factory.mktemp("server")
    async with serving(folder, "--upstream", upstream_url, "--reader-stall-s", "1") as process:
        yield process


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def embedded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """One server as it is without any settings: the embedded model answers."""
    async with serving(tmp_path_factory.mktemp("embedded")) as process:
        yield process


@pytest.fixture(scope="session")
def endless_config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return settings for a model that talks for minutes in the one slot there is."""
    model = write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.gguf", ENDLESS_TOKENS)
    return "\n".join(
        [
            "[llama]",
            f'model_path = "{model}"',
            'model_name = "tiny"',
            f"context_tokens = {ENDLESS_TOKENS}",
            "parallel_slots = 1",
            "threads = 1",
            "prompt_cache_mib = 0",
            "restart_delay_s = 0.01",
        ]
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def endless(endless_config: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """One server with that model."""
    async with serving(tmp_path_factory.mktemp("endless"), config=endless_config) as process:
        yield process

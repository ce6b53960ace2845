"""Several processes that serve as one."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio
from support.chatanswers import FIRST, STREAM_HEAD, Listen, piece, streamed
from support.rawclient import RawClient, chat_body, connected, encode_post
from support.rawserver import READ, STALL, Script
from support.serverprocess import ServerProcess, is_alive, serving
from support.wait import until

HESITANT: Script = [READ, STREAM_HEAD, FIRST, piece("one"), STALL]
READERS = 8


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(upstream_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("pair")
    async with serving(folder, "--upstream", upstream_url, "--workers", "2") as process:
        yield process


async def begin(client: RawClient) -> str:
    """Ask, wait for the first word, and return the stream's id."""
    await client.send(encode_post(chat_body()))
    await client.until(b"one")
    found = re.search(rb"(?i)sluiceway-stream-id: (\S+)", client.received)
    assert found
    return found[1].decode()


async def test_every_process_knows_all_streams_and_can_stop_them(pair: ServerProcess, upstream: Listen) -> None:
    async with upstream(HESITANT) as source, contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(pair.port)) for _ in range(READERS)]
        ids = [await begin(client) for client in clients]
        # Each question is a connection of its own, which the kernel gives to either process.
        for _ in range(4):
            assert {stream.id for stream in await pair.live()} == set(ids)
        for stream_id, client in zip(ids, clients, strict=True):
            async with httpx.AsyncClient(base_url=pair.url, trust_env=False) as http:
                assert (await http.delete(f"/v1/streams/{stream_id}")).json()["stopped"] is True
            await client.until(b"data: [DONE]")
        for connection in source.connections:
            async with asyncio.timeout(20):
                await connection.closed.wait()


async def test_their_totals_are_one(pair: ServerProcess, upstream: Listen) -> None:
    async def finished() -> float:
        async with httpx.AsyncClient(base_url=pair.url, trust_env=False) as http:
            text = (await http.get("/metrics")).text
        return sum(
            map(float, re.findall(r'(?m)^sluiceway_[a-z_]+_total\{[^}]*reason="complete"[^}]*\} (\S+)$', text))
        )

    before = await finished()
    async with upstream(streamed("one")):
        for _ in range(READERS):
            async with connected(pair.port) as client:
                await client.send(encode_post(chat_body()))
                await client.until(b"data: [DONE]")
    await pair.until_live(0)

    async def are_counted() -> bool:
        return await finished() == before + READERS

    await until(are_counted)


async def test_a_process_that_dies_is_started_again(upstream_url: str, upstream: Listen, tmp_path: Path) -> None:
    async with serving(tmp_path, "--upstream", upstream_url, "--workers", "2") as server:
        victim, other = server.children()
        victim.send_signal(signal.SIGKILL)
        await until(lambda: has_successor(server, victim), 20, 0.1)
        assert is_alive(other)
        async with upstream(streamed("one")), connected(server.port) as client:
            await client.send(encode_post(chat_body()))
            await client.until(b"data: [DONE]")


async def test_they_end_together(upstream_url: str, upstream: Listen, tmp_path: Path) -> None:
    flags = ("--upstream", upstream_url, "--workers", "2", "--drain-s", "0.1")
    async with upstream(HESITANT), serving(tmp_path, *flags) as server, connected(server.port) as client:
        children = server.children()
        await begin(client)
        server.send(signal.SIGTERM)
        answer = await client.read_to_end()
        assert await server.ended() == 0
        assert not any(child.is_running() for child in children)
    assert answer.count(b'data: {"error":') == 1


async def test_none_outlives_a_parent_that_is_killed(upstream_url: str, tmp_path: Path) -> None:
    async with serving(tmp_path, "--upstream", upstream_url, "--workers", "2") as server:
        children = server.children()
        server.send(signal.SIGKILL)
        await server.ended()
        await until(lambda: not any(is_alive(child) for child in children), 20)


async def test_they_share_one_llama_cpp(endless_config: str, tmp_path: Path) -> None:
    body = chat_body("tiny", ignore_eos=True, max_tokens=3)
    async with serving(tmp_path, "--workers", "2", config=endless_config) as server:
        assert len(server.children()) == 3
        for _ in range(READERS):
            async with connected(server.port) as client:
                await client.send(encode_post(body))
                await client.until(b"data: [DONE]")


def has_successor(server: ServerProcess, process: psutil.Process) -> bool:
    pids = {child.pid for child in server.children() if is_alive(child)}
    return len(pids) == 2 and process.pid not in pids

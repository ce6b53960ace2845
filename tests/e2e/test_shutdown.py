"""How a server ends: in good order when it is asked to, and without leaving anything behind in any case."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import httpx
import pytest
from support.chatanswers import FIRST, LAST, STREAM_HEAD, Listen, piece
from support.flood import Flood
from support.h2client import h2_connected
from support.rawclient import chat_body, connected, encode_post
from support.rawserver import READ, STALL, Script, Wait
from support.serverprocess import ServerProcess, is_alive, serving
from support.wait import until

PATH = "/v1/chat/completions"
HESITANT: Script = [READ, STREAM_HEAD, FIRST, piece("one"), STALL]


async def until_draining(server: ServerProcess) -> None:
    async def is_draining() -> bool:
        return await server.status("/readyz") == 503

    await until(is_draining)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_without_streams_ends_at_once(
    upstream_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    async with serving(tmp_path, "--upstream", upstream_url) as server:
        server.send(number)
        assert await server.ended() == 0
        assert "Traceback" not in server.log


async def test_an_idle_connection_holds_nothing_up(upstream_url: str, tmp_path: Path) -> None:
    async with serving(tmp_path, "--upstream", upstream_url) as server, connected(server.port) as client:
        await client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.until(b'{"status":"ok"}')
        server.send(signal.SIGTERM)
        assert await server.ended() == 0


async def test_a_stream_that_finishes_in_time_is_whole(upstream_url: str, upstream: Listen, tmp_path: Path) -> None:
    may_end = asyncio.Event()
    script = [READ, STREAM_HEAD, FIRST, piece("one"), Wait(may_end), piece("two"), LAST]
    async with upstream(script), serving(tmp_path, "--upstream", upstream_url) as server:
        async with connected(server.port) as client, h2_connected(server.port) as other:
            await client.send(encode_post(chat_body()))
            await client.until(b"one")
            stream = other.post(PATH, chat_body())
            await other.until(lambda: b"one" in stream.body)
            server.send(signal.SIGTERM)
            await until_draining(server)
            may_end.set()
            answer = await client.read_to_end()
            await other.until(lambda: stream.is_ended)
        assert await server.ended() == 0
    for body in (answer, stream.body):
        assert b"two" in body
        assert b"data: [DONE]\n\n" in body
        assert b'"error"' not in body


async def test_new_streams_are_refused_while_old_ones_finish(
    upstream_url: str, upstream: Listen, tmp_path: Path
) -> None:
    async with (
        upstream(HESITANT) as source,
        serving(tmp_path, "--upstream", upstream_url) as server,
        connected(server.port) as client,
    ):
        await client.send(encode_post(chat_body()))
        await client.until(b"one")
        server.send(signal.SIGTERM)
        await until_draining(server)
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as late:
            answer = await late.post(PATH, content=chat_body())
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "server_draining"
        assert len(source.requests) == 1


async def test_a_stream_that_does_not_finish_in_time_ends_with_an_error(
    upstream_url: str, upstream: Listen, tmp_path: Path
) -> None:
    async with (
        upstream(HESITANT) as source,
        serving(tmp_path, "--upstream", upstream_url, "--drain-s", "0.1") as server,
        connected(server.port) as client,
    ):
        await client.send(encode_post(chat_body()))
        await client.until(b"one")
        server.send(signal.SIGTERM)
        answer = await client.read_to_end()
        assert await server.ended() == 0
        async with asyncio.timeout(20):
            await source.connections[0].closed.wait()
    assert answer.count(b'data: {"error":') == 1
    assert b"server_draining" in answer
    assert answer.endswith((b"data: [DONE]\n\n", b"data: [DONE]\n\n\r\n0\r\n\r\n"))


async def test_a_second_signal_cuts_the_wait_short(upstream_url: str, upstream: Listen, tmp_path: Path) -> None:
    async with (
        upstream(HESITANT),
        serving(tmp_path, "--upstream", upstream_url, "--drain-s", "3600") as server,
        connected(server.port) as client,
    ):
        await client.send(encode_post(chat_body()))
        await client.until(b"one")
        server.send(signal.SIGTERM)
        await until_draining(server)
        server.send(signal.SIGTERM)
        answer = await client.read_to_end()
        assert await server.ended() == 0
    assert answer.count(b'data: {"error":') == 1


async def test_a_reader_that_takes_nothing_cannot_hold_the_end_up(
    upstream_url: str, upstream_port: int, tmp_path: Path
) -> None:
    async with (
        Flood(upstream_port, 64 * 1024 * 1024) as flood,
        serving(tmp_path, "--upstream", upstream_url, "--drain-s", "0.1") as server,
        connected(server.port, receive_buffer_bytes=4096) as client,
    ):
        await client.send(encode_post(chat_body()))
        await server.until_said(5)
        server.send(signal.SIGTERM)
        assert await server.ended() == 0
        assert not flood.is_all_sent


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_llama_cpp_never_outlives_the_server(
    endless_config: str, tmp_path: Path, number: signal.Signals
) -> None:
    async with serving(tmp_path, "--drain-s", "0", config=endless_config) as server, connected(server.port) as client:
        [child] = server.children()
        await client.send(encode_post(chat_body("tiny", ignore_eos=True)))
        await client.until(b'"content":"')
        server.send(number)
        assert await server.ended() == (0 if number is signal.SIGTERM else -signal.SIGKILL)
        await until(lambda: not is_alive(child))

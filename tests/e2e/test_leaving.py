"""Nobody pays for tokens that nobody reads: every way to leave stops the upstream, and llama.cpp."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import httpx
import pytest
from support.chatanswers import FIRST, STREAM_HEAD, Listen, piece
from support.h2client import h2_connected
from support.rawclient import RawClient, chat_body, connected, encode_post
from support.rawserver import READ, STALL, Script
from support.serverprocess import ServerProcess

Leave = Callable[[RawClient], None]

# It says a word, and no more until it is left.
HESITANT: Script = [READ, STREAM_HEAD, FIRST, piece("one"), STALL]
SILENT: Script = [READ, STALL]
HEADS_ONLY: Script = [READ, STREAM_HEAD, STALL]
ENDLESS = chat_body("tiny", ignore_eos=True)
SHORT = chat_body("tiny", stream=False, max_tokens=1)


async def left(connection_closed: asyncio.Event) -> None:
    async with asyncio.timeout(20):
        await connection_closed.wait()


async def one_live_id(server: ServerProcess) -> str:
    await server.until_live(1)
    [stream] = await server.live()
    return stream.id


async def answers(server: ServerProcess) -> bool:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=20) as client:
        return (await client.post("/v1/chat/completions", content=SHORT)).status_code == 200


leaving = pytest.mark.parametrize("leave", [RawClient.close, RawClient.reset], ids=["close", "reset"])


@leaving
async def test_leaving_in_mid_stream_closes_the_upstream(
    server: ServerProcess, upstream: Listen, leave: Leave
) -> None:
    async with upstream(HESITANT) as source, connected(server.port) as client:
        await client.send(encode_post(chat_body()))
        await client.until(b"one")
        leave(client)
        await left(source.connections[0].closed)
        await server.until_live(0)


@leaving
@pytest.mark.parametrize("script", [SILENT, HEADS_ONLY], ids=["no answer", "no token"])
async def test_leaving_before_the_first_token_closes_the_upstream(
    server: ServerProcess, upstream: Listen, leave: Leave, script: Script
) -> None:
    async with upstream(script) as source, connected(server.port) as client:
        await client.send(encode_post(chat_body()))
        connection = await source.connected(1)
        await connection.asked.wait()
        leave(client)
        await left(connection.closed)
        await server.until_live(0)


@leaving
async def test_leaving_a_non_streaming_request_closes_the_upstream(
    server: ServerProcess, upstream: Listen, leave: Leave
) -> None:
    async with upstream(SILENT) as source, connected(server.port) as client:
        await client.send(encode_post(chat_body(stream=False)))
        connection = await source.connected(1)
        await connection.asked.wait()
        leave(client)
        await left(connection.closed)
        await server.until_live(0)


async def test_resetting_a_stream_of_http2_closes_its_upstream_and_no_other(
    server: ServerProcess, upstream: Listen
) -> None:
    async with upstream(HESITANT) as source, h2_connected(server.port) as client:
        first = client.post("/v1/chat/completions", chat_body())
        await client.until(lambda: b"one" in first.body)
        second = client.post("/v1/chat/completions", chat_body())
        await client.until(lambda: b"one" in second.body)
        client.reset(first)
        await left(source.connections[0].closed)
        assert not source.connections[1].closed.is_set()
        assert len(await server.live()) == 1
        client.reset(second)
        await left(source.connections[1].closed)


async def test_closing_a_connection_of_http2_closes_the_upstream(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(HESITANT) as source:
        async with h2_connected(server.port) as client:
            stream = client.post("/v1/chat/completions", chat_body())
            await client.until(lambda: b"one" in stream.body)
        await left(source.connections[0].closed)


async def test_stopping_a_stream_closes_the_upstream_and_ends_it_honestly(
    server: ServerProcess, upstream: Listen
) -> None:
    async with (
        upstream(HESITANT) as source,
        connected(server.port) as client,
        httpx.AsyncClient(base_url=server.url, trust_env=False) as http,
    ):
        await client.send(encode_post(chat_body()))
        await client.until(b"one")
        found = re.search(rb"(?i)sluiceway-stream-id: (\S+)", client.received)
        assert found
        answer = await http.delete(f"/v1/streams/{found[1].decode()}")
        await left(source.connections[0].closed)
        await client.until(b"data: [DONE]\n\n")
    assert answer.json()["stopped"] is True
    assert answer.json()["usage"]["output_tokens"] == 1
    assert b'"finish_reason":"' in client.received
    assert b'"error"' not in client.received


async def test_a_stopped_stream_cannot_be_stopped_again(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(HESITANT), connected(server.port) as client:
        await client.send(encode_post(chat_body()))
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            path = f"/v1/streams/{await one_live_id(server)}"
            assert (await http.delete(path)).status_code == 200
            await server.until_live(0)
            assert (await http.delete(path)).status_code == 404


@leaving
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
async def test_leaving_frees_the_slot_of_the_local_model(
    endless: ServerProcess, leave: Leave, *, stream: bool
) -> None:
    async with connected(endless.port) as client:
        await client.send(encode_post(chat_body("tiny", stream=stream, ignore_eos=True)))
        await one_live_id(endless)
        leave(client)
        await endless.until_live(0)
    assert await answers(endless)


async def test_stopping_frees_the_slot_of_the_local_model(endless: ServerProcess) -> None:
    async with connected(endless.port) as client:
        await client.send(encode_post(ENDLESS))
        await client.until(b'"content":"')
        async with httpx.AsyncClient(base_url=endless.url, trust_env=False) as http:
            await http.delete(f"/v1/streams/{await one_live_id(endless)}")
        await client.until(b"data: [DONE]\n\n")
    assert await answers(endless)


async def test_leaving_the_queue_of_the_local_model_costs_nothing(endless: ServerProcess) -> None:
    async with connected(endless.port) as speaking, connected(endless.port) as waiting:
        await speaking.send(encode_post(ENDLESS))
        await speaking.until(b'"content":"')
        await waiting.send(encode_post(ENDLESS))
        await endless.until_live(2)
        waiting.close()
        await endless.until_live(1)
        speaking.close()
        await endless.until_live(0)
    assert await answers(endless)

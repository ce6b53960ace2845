"""A reader that takes nothing: the upstream is held, memory stays bounded, and in the end both are let go."""

from __future__ import annotations

import asyncio
from pathlib import Path

from support.flood import Flood
from support.h2client import h2_connected
from support.rawclient import chat_body, connected, encode_post
from support.serverprocess import ServerProcess, serving
from support.wait import until_still

FLOOD_BYTES = 64 * 1024 * 1024
BUFFERED_BYTES = 24 * 1024 * 1024
"""More than all buffers on the way hold, kernel's included, and far less than the flood."""


async def let_go(flood: Flood) -> None:
    async with asyncio.timeout(20):
        await flood.closed.wait()


async def test_a_stalled_reader_holds_the_upstream_and_little_memory(
    upstream_url: str, upstream_port: int, tmp_path: Path
) -> None:
    flags = ("--upstream", upstream_url, "--reader-stall-s", "0")
    async with Flood(upstream_port, FLOOD_BYTES) as flood, serving(tmp_path, *flags) as server:
        before_bytes = server.resident_bytes
        async with connected(server.port, receive_buffer_bytes=4096) as client:
            await client.send(encode_post(chat_body()))
            await until_still(lambda: flood.sent_bytes)
            assert 0 < flood.sent_bytes < BUFFERED_BYTES
            assert server.resident_bytes - before_bytes < BUFFERED_BYTES
            assert not flood.closed.is_set()
        await let_go(flood)


async def test_a_stalled_reader_gets_everything_when_it_reads_on(
    upstream_url: str, upstream_port: int, tmp_path: Path
) -> None:
    flags = ("--upstream", upstream_url, "--reader-stall-s", "0")
    async with Flood(upstream_port, FLOOD_BYTES // 2) as flood, serving(tmp_path, *flags) as server:
        async with connected(server.port, receive_buffer_bytes=256 * 1024) as client:
            await client.send(encode_post(chat_body()))
            await until_still(lambda: flood.sent_bytes)
            assert not flood.is_all_sent
            letters, tail = 0, b""
            while b"data: [DONE]" not in tail:
                data = await client.take()
                letters += data.count(b"a" * 100)
                tail = (tail + data)[-100:]
        await let_go(flood)
    # A hundred letters that are cut by the end of a read are not counted.
    assert letters * 100 > 0.98 * flood.sent_bytes


async def test_a_reader_that_stays_stalled_is_given_up(server: ServerProcess, upstream_port: int) -> None:
    async with (
        Flood(upstream_port, FLOOD_BYTES) as flood,
        connected(server.port, receive_buffer_bytes=4096) as client,
    ):
        await client.send(encode_post(chat_body()))
        await let_go(flood)
        assert not flood.is_all_sent
        await server.until_live(0)
        # What was under way is cut: nothing calls it whole.
        assert not (await client.read_to_end()).endswith(b"0\r\n\r\n")


async def test_a_stalled_stream_of_http2_is_given_up_and_its_neighbour_is_not(
    server: ServerProcess, upstream_port: int
) -> None:
    async with Flood(upstream_port, FLOOD_BYTES) as flood, h2_connected(server.port) as client:
        client.post("/v1/chat/completions", chat_body())
        await let_go(flood)
        assert not flood.is_all_sent
        await server.until_live(0)
        other = client.post("/nowhere", b"{}")
        await client.until(lambda: other.is_ended)
    assert other.headers[":status"] == "404"


async def test_many_stalled_readers_hold_up_nobody_else(
    upstream_url: str, upstream_port: int, tmp_path: Path
) -> None:
    async with Flood(upstream_port, FLOOD_BYTES), serving(tmp_path, "--upstream", upstream_url) as server:
        async with connected(server.port, receive_buffer_bytes=4096) as one, connected(server.port) as two:
            for client in (one, two):
                await client.send(encode_post(chat_body()))
            async with connected(server.port) as quick:
                await quick.send(encode_post(chat_body()))
                await quick.until(b"a" * 1000)
        await server.until_live(0)

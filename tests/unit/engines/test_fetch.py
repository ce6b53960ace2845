import asyncio

import pytest
from support.rawserver import READ, RESET, STALL, RawServer, response
from support.upstreams import running

from sluiceway.errors import BufferLimitExceeded, EngineUnavailable, RemoteProtocolError, UpstreamTimeout


async def test_a_document_is_gathered_over_many_reads_and_the_connection_kept() -> None:
    names = ["m" * 1000] * 500
    body = b"[" + b",".join(b'"%b"' % name.encode() for name in names) + b"]"
    async with RawServer([READ, response(body), STALL]) as server, running(server.url) as upstream:
        assert await upstream.engine.list_models() == names
        assert upstream.engine._pool.has_idle


async def test_a_document_has_a_limit() -> None:
    answer = response(b"x" * 100)
    async with RawServer([READ, answer, STALL]) as server, running(server.url, max_body_bytes=99) as upstream:
        with pytest.raises(BufferLimitExceeded):
            await upstream.engine.list_models()
        await server.connections[0].closed.wait()


async def test_a_document_that_does_not_come_is_a_timeout() -> None:
    async with RawServer([READ, STALL]) as server, running(server.url, idle_timeout_s=0.05) as upstream:
        with pytest.raises(UpstreamTimeout):
            await upstream.engine.list_models()
        await server.connections[0].closed.wait()


async def test_a_lost_connection_is_an_unavailable_engine() -> None:
    async with RawServer([READ, RESET]) as server, running(server.url) as upstream:
        with pytest.raises(EngineUnavailable):
            await upstream.engine.list_models()


async def test_rubbish_is_the_upstream_s_fault() -> None:
    async with RawServer([READ, b"rubbish", STALL]) as server, running(server.url) as upstream:
        with pytest.raises(RemoteProtocolError):
            await upstream.engine.list_models()


async def test_closing_the_engine_ends_a_fetch_at_once() -> None:
    async with RawServer([READ, STALL]) as server, running(server.url) as upstream:
        fetching = asyncio.ensure_future(upstream.engine.list_models())
        await (await server.connected(1)).asked.wait()
        await upstream.engine.close()
        with pytest.raises(EngineUnavailable):
            await fetching


@pytest.mark.parametrize("is_lost", [True, False])
async def test_what_comes_after_a_fetch_was_cancelled_is_ignored(is_lost: bool) -> None:
    async with RawServer([READ, STALL]) as server, running(server.url) as upstream:
        fetching = asyncio.ensure_future(upstream.engine.list_models())
        await (await server.connected(1)).asked.wait()
        connection = next(iter(upstream.engine._pool._open))
        fetching.cancel()
        if is_lost:
            connection.lose(EngineUnavailable("lost"))
        else:
            connection.data_received(response(b"[]"))
        with pytest.raises(asyncio.CancelledError):
            await fetching


async def test_a_cancelled_fetch_closes_its_connection() -> None:
    async with RawServer([READ, STALL]) as server, running(server.url) as upstream:
        fetching = asyncio.ensure_future(upstream.engine.list_models())
        await (await server.connected(1)).asked.wait()
        fetching.cancel()
        await server.connections[0].closed.wait()
        with pytest.raises(asyncio.CancelledError):
            await fetching

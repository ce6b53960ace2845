import asyncio

import pytest
from support.rawserver import READ, STALL, RawServer, Script, Wait, chunked, response
from support.shiftloop import shift
from support.upstreams import SSE_HEAD, running
from support.wait import until

from sluiceway.engines.address import decode_address
from sluiceway.engines.dialer import Dialer, Route
from sluiceway.engines.pool import Pool, PoolLimits
from sluiceway.engines.transport import HeadLimits, HttpConnection
from sluiceway.errors import EngineUnavailable


def _pool(server: RawServer, max_idle: int = 10, idle_s: float = 10.0) -> Pool:
    route = Route(decode_address(server.url), None, None)
    return Pool(Dialer(route, 5.0), PoolLimits(HeadLimits(4096, 20), max_idle, idle_s))


async def test_the_last_connection_kept_is_the_first_one_taken() -> None:
    async with RawServer([STALL]) as server:
        pool = _pool(server)
        first, second = await pool.dial(), await pool.dial()
        pool.keep(first)
        pool.keep(second)
        assert [pool.take(), pool.take(), pool.take()] == [second, first, None]
        await pool.close()


async def test_more_than_the_limit_are_not_kept() -> None:
    async with RawServer([STALL]) as server:
        pool = _pool(server, max_idle=1)
        first, second = await pool.dial(), await pool.dial()
        pool.keep(first)
        pool.keep(second)
        assert first.is_open
        assert not second.is_open
        await pool.close()


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_a_connection_nobody_uses_is_closed_after_a_while() -> None:
    async with RawServer([STALL]) as server:
        pool = _pool(server, idle_s=30.0)
        first, second = await pool.dial(), await pool.dial()
        pool.keep(first)
        shift(20)
        pool.keep(second)
        shift(11)
        await until(lambda: not first.is_open)
        assert second.is_open
        shift(20)
        await until(lambda: not second.is_open)
        assert not pool.has_idle
        await pool.close()


async def test_a_connection_the_upstream_closes_is_forgotten() -> None:
    go = asyncio.Event()
    async with RawServer([STALL], [Wait(go)]) as server:
        pool = _pool(server)
        kept, leaving = await pool.dial(), await pool.dial()
        pool.keep(kept)
        pool.keep(leaving)
        go.set()
        await until(lambda: not leaving.is_open)
        assert pool.take() is kept
        assert not pool.has_idle
        await pool.close()


async def test_a_kept_connection_in_a_doubtful_state_is_not_given_out() -> None:
    async with RawServer([STALL]) as server:
        pool = _pool(server)
        connection = await pool.dial()
        pool.keep(connection)
        connection.pause()
        assert pool.take() is None
        assert not connection.is_open
        await pool.close()


@pytest.mark.parametrize("last", [chunked(b""), chunked(b"ignored", b"")])
async def test_an_answer_that_ends_before_its_message_gets_a_moment_for_the_rest(last: bytes) -> None:
    go = asyncio.Event()
    script: Script = [READ, SSE_HEAD + chunked(b"end\n"), Wait(go), last, STALL]
    async with RawServer(script) as server, running(server.url) as upstream:
        await upstream.answer()
        assert not upstream.engine._pool.has_idle
        go.set()
        await until(lambda: upstream.engine._pool.has_idle)


async def test_an_answer_that_goes_on_and_on_after_its_end_is_closed() -> None:
    go = asyncio.Event()
    script: Script = [READ, SSE_HEAD + chunked(b"end\n"), Wait(go), *[chunked(b"x" * 8192)] * 100, STALL]
    async with RawServer(script) as server, running(server.url) as upstream:
        await upstream.answer()
        go.set()
        await server.connections[0].closed.wait()
        assert not upstream.engine._pool.has_idle


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_an_answer_whose_message_does_not_end_is_closed_after_the_moment() -> None:
    async with RawServer([READ, SSE_HEAD + chunked(b"end\n"), STALL]) as server, running(server.url) as upstream:
        await upstream.answer()
        assert not server.connections[0].closed.is_set()
        shift(1.1)
        await server.connections[0].closed.wait()


async def test_an_upstream_that_hangs_up_within_the_moment_is_no_failure() -> None:
    go = asyncio.Event()
    async with RawServer([READ, SSE_HEAD + chunked(b"end\n"), Wait(go)]) as server, running(server.url) as upstream:
        sink = await upstream.answer()
        go.set()
        await until(lambda: not upstream.engine._pool._open)
        assert sink.closings == [None]


async def test_a_connection_that_says_close_is_closed() -> None:
    answer = response(b"hi", "application/json", "200 OK", "Connection: close")
    async with RawServer([READ, answer, STALL]) as server, running(server.url) as upstream:
        await upstream.answer()
        await server.connections[0].closed.wait()
        assert not upstream.engine._pool.has_idle


async def test_a_failed_attempt_is_not_remembered() -> None:
    async with RawServer([STALL]) as server:
        pool = _pool(server)
    with pytest.raises(EngineUnavailable):
        await pool.dial()
    await pool.close()


class _Unlucky(Dialer):
    """Connects to what closes in the same moment."""

    async def dial(self, connection: HttpConnection) -> None:
        """Leave it unconnected."""


async def test_a_connection_that_is_lost_at_once_is_not_given_out() -> None:
    dialer = _Unlucky(Route(decode_address("http://h"), None, None), 1.0)
    pool = Pool(dialer, PoolLimits(HeadLimits(4096, 20), 1, 1.0))
    with pytest.raises(EngineUnavailable, match="at once"):
        await pool.dial()
    await pool.close()


async def test_closing_waits_for_the_sockets_and_keeps_nothing_after() -> None:
    async with RawServer([STALL]) as server:
        pool = _pool(server)
        busy, idle = await pool.dial(), await pool.dial()
        pool.keep(idle)
        await pool.close()
        assert not busy.is_open
        assert not idle.is_open
        late = await pool.dial()
        pool.keep(late)
        assert not late.is_open
        await pool.close()

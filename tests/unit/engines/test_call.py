import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from support.rawserver import HALF_CLOSE, READ, RESET, STALL, RawServer, Script, Wait, chunked, response
from support.shiftloop import shift
from support.upstreams import SSE_HEAD, Running, running
from support.wait import until

from sluiceway.errors import (
    BufferLimitExceeded,
    EngineUnavailable,
    RemoteProtocolError,
    UpstreamFailed,
    UpstreamStatusError,
    UpstreamTimeout,
)
from sluiceway.events import Event, StreamEnd, StreamError, TextDelta


def _a_stream(*pieces: bytes) -> bytes:
    return SSE_HEAD + chunked(*pieces)


async def _events_and_error(script: Script, **settings: object) -> tuple[list[Event], BaseException | None]:
    async with RawServer(script) as server, running(server.url, **settings) as upstream:
        sink = await upstream.answer()
        return sink.events, sink.closings[0]


# What a good upstream sends.


async def test_a_whole_stream_is_fed_and_closed_without_an_error() -> None:
    events, error = await _events_and_error([READ, _a_stream(b"t a\nt b\n", b"finish\nend\n", b"")])
    assert events == [TextDelta(0, "a"), TextDelta(0, "b"), StreamEnd()]
    assert error is None


async def test_all_that_one_read_holds_is_fed_at_once() -> None:
    async with (
        RawServer([READ, _a_stream(b"t a\n", b"t b\n", b"end\n", b"")]) as server,
        running(server.url) as upstream,
    ):
        sink = await upstream.answer()
        assert [len(frames) for frames in sink.feeds] == [3]


async def test_tokens_are_fed_as_they_come_at_any_split() -> None:
    go = asyncio.Event()
    script: Script = [READ, SSE_HEAD + b"4\r\nt ", Wait(go), b"a\n\r\n", STALL]
    async with RawServer(script) as server, running(server.url) as upstream:
        sink, _ = upstream.ask()
        go.set()
        await sink.until(lambda: sink.text == "a")
        assert not sink.closings


async def test_the_answer_ends_with_its_terminal_frame_not_with_the_message() -> None:
    events, error = await _events_and_error([READ, _a_stream(b"t a\n", b"end\n", b"t late\n"), STALL])
    assert events == [TextDelta(0, "a"), StreamEnd()]
    assert error is None


async def test_an_upstream_s_own_error_frame_ends_the_answer_without_another_error() -> None:
    events, error = await _events_and_error([READ, _a_stream(b"t a\n", b"fail no more\n"), STALL])
    assert events[-1] == StreamError(UpstreamFailed.code, "no more")
    assert error is None


async def test_a_json_body_for_a_streaming_request_is_read_as_a_unary_answer() -> None:
    events, error = await _events_and_error([READ, response(b"hello")])
    assert events == [TextDelta(0, "hello"), StreamEnd()]
    assert error is None


async def test_a_unary_answer_comes_with_its_end() -> None:
    async with RawServer([READ, response(b"hello")]) as server, running(server.url) as upstream:
        sink = await upstream.answer(stream=False)
        assert sink.events == [TextDelta(0, "hello"), StreamEnd()]
        assert sink.closings == [None]


async def test_a_body_without_a_length_ends_with_its_connection() -> None:
    head = b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    events, error = await _events_and_error([READ, head + b"t a\nfinish\n"])
    assert events == [TextDelta(0, "a"), StreamEnd()]
    assert error is None


async def test_interim_responses_are_skipped() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    events, error = await _events_and_error([READ, early, early + _a_stream(b"end\n", b"")])
    assert events == [StreamEnd()]
    assert error is None


# Errors an upstream tells.


async def test_an_error_status_carries_the_upstream_s_words_and_its_advice() -> None:
    answer = response(b"error: slow down", "application/json", "429 Too Many Requests", "Retry-After: 3")
    _, error = await _events_and_error([READ, answer, STALL])
    assert isinstance(error, UpstreamStatusError)
    assert (error.status, error.message, error.retry_after) == (429, "slow down", "3")


async def test_of_an_endless_error_body_only_the_beginning_is_read() -> None:
    head = b"HTTP/1.1 500 Oops\r\n\r\n"
    _, error = await _events_and_error([READ, head + b"x" * 500, STALL], max_error_bytes=100)
    assert isinstance(error, UpstreamStatusError)
    assert error.body == b"x" * 100


@pytest.mark.parametrize("ending", [RESET, HALF_CLOSE, STALL])
async def test_an_error_status_counts_also_when_its_body_is_cut_or_stalls(ending: object) -> None:
    script = [READ, b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nerror: bu", ending, STALL]
    _, error = await _events_and_error(script, idle_timeout_s=0.05)  # type: ignore[arg-type]
    assert isinstance(error, UpstreamStatusError)
    assert error.status == 503


async def test_a_page_instead_of_an_answer_is_refused_with_an_excerpt() -> None:
    _, error = await _events_and_error([READ, response(b"<h1>Log in</h1>", "text/html")])
    assert isinstance(error, RemoteProtocolError)
    assert error.excerpt == "<h1>Log in</h1>"


async def test_of_a_long_page_only_the_beginning_is_read() -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + b"<p>" * 1000
    _, error = await _events_and_error([READ, page, STALL])
    assert isinstance(error, RemoteProtocolError)


@pytest.mark.parametrize(
    "extra", [b"Content-Encoding: gzip\r\nContent-Length: 9\r\n", b"Transfer-Encoding: gzip, chunked\r\n"]
)
async def test_an_encoding_that_was_not_asked_for_is_refused(extra: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + extra + b"\r\n"
    events, error = await _events_and_error([READ, head, STALL])
    assert isinstance(error, RemoteProtocolError)
    assert not events


async def test_a_redirect_is_not_followed() -> None:
    _, error = await _events_and_error([READ, b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"])
    assert isinstance(error, RemoteProtocolError)


# Errors an upstream makes.


async def test_a_refused_connection_is_an_unavailable_engine() -> None:
    async with RawServer([STALL]) as server:
        url = server.url
    async with running(url) as upstream:
        error = (await upstream.answer()).closings[0]
    assert isinstance(error, EngineUnavailable)
    assert "refused" in error.message
    assert "127.0.0.1" not in error.message


@pytest.mark.parametrize("ending", [RESET, HALF_CLOSE])
async def test_a_connection_lost_before_the_answer_is_an_unavailable_engine(ending: object) -> None:
    events, error = await _events_and_error([READ, ending])  # type: ignore[list-item]
    assert isinstance(error, EngineUnavailable)
    assert "before it answered" in error.message
    assert not events


@pytest.mark.parametrize(
    "head",
    [
        SSE_HEAD + b"5\r\nt a\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99\r\n\r\nt a\n",
    ],
)
@pytest.mark.parametrize("is_reset", [True, False])
async def test_an_answer_cut_short_keeps_what_had_come_and_ends_once(head: bytes, is_reset: bool) -> None:
    cut = asyncio.Event()
    script: Script = [READ, head, Wait(cut), *([RESET] if is_reset else [])]
    async with RawServer(script) as server, running(server.url) as upstream:
        sink, _ = upstream.ask()
        await sink.until(lambda: bool(sink.feeds))
        cut.set()
        error = await sink.ended()
    assert sink.events == [TextDelta(0, "a")]
    assert isinstance(error, EngineUnavailable)
    assert error.message == "the upstream closed the connection in mid-answer"


async def test_an_answer_cut_after_its_finish_is_complete() -> None:
    events, error = await _events_and_error([READ, SSE_HEAD + chunked(b"t a\nfinish\n"), HALF_CLOSE])
    assert events == [TextDelta(0, "a"), StreamEnd()]
    assert error is None


async def test_a_whole_message_without_a_finish_ends_with_the_decoder_s_error() -> None:
    events, error = await _events_and_error([READ, _a_stream(b"t a\n", b"")])
    assert events == [TextDelta(0, "a"), StreamError(RemoteProtocolError.code, "no finish")]
    assert error is None


async def test_bytes_that_are_no_http_are_refused() -> None:
    _, error = await _events_and_error([READ, b"SSH-2.0-OpenSSH\r\n", STALL])
    assert isinstance(error, RemoteProtocolError)
    assert "SSH-2.0" in error.excerpt


async def test_what_came_before_broken_http_is_not_lost() -> None:
    events, error = await _events_and_error([READ, SSE_HEAD + chunked(b"t a\n") + b"zz\r\n", STALL])
    assert events == [TextDelta(0, "a")]
    assert isinstance(error, RemoteProtocolError)


async def test_a_header_section_without_an_end_is_cut_off() -> None:
    _, error = await _events_and_error(
        [READ, b"HTTP/1.1 200 OK\r\n", *[b"x" * 4096] * 40, STALL], max_header_bytes=8192
    )
    assert isinstance(error, BufferLimitExceeded)


async def test_a_line_without_an_end_is_cut_off_before_it_is_all_taken() -> None:
    line = b"x" * 65536
    script: Script = [READ, SSE_HEAD, *[chunked(line)] * 1024, STALL]
    async with RawServer(script) as server, running(server.url, max_event_bytes=100_000) as upstream:
        sink = await upstream.answer()
        assert sink.events == [StreamError(BufferLimitExceeded.code, "one line is too long")]
        await server.connections[0].closed.wait()
        assert not server.connections[0].played.is_set()


async def test_a_unary_body_has_a_limit() -> None:
    async with (
        RawServer([READ, response(b"x" * 2000)]) as server,
        running(server.url, max_body_bytes=1000) as upstream,
    ):
        sink = await upstream.answer(stream=False)
        assert sink.events == [StreamError(BufferLimitExceeded.code, "the body is too long")]


# Clocks.


@pytest.mark.parametrize(
    "script", [[READ, STALL], [READ, SSE_HEAD, STALL], [READ, SSE_HEAD + chunked(b"#\n"), STALL]]
)
async def test_a_first_token_that_does_not_come_is_a_timeout(script: Script) -> None:
    events, error = await _events_and_error(script, first_token_timeout_s=0.05)
    assert isinstance(error, UpstreamTimeout)
    assert error.phase == "first_token"
    assert not events


async def test_a_stall_between_tokens_is_a_timeout_and_closes_the_connection() -> None:
    script: Script = [READ, SSE_HEAD + chunked(b"t a\n"), STALL]
    async with RawServer(script) as server, running(server.url, idle_timeout_s=0.05) as upstream:
        sink = await upstream.answer()
        error = sink.closings[0]
        assert isinstance(error, UpstreamTimeout)
        assert error.phase == "idle"
        assert sink.text == "a"
        await server.connections[0].closed.wait()


async def test_a_stall_in_a_unary_answer_ends_it_and_its_decoder_says_what_came() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n"
    script: Script = [READ, head + b"half", STALL]
    async with RawServer(script) as server, running(server.url, idle_timeout_s=0.05) as upstream:
        assert (await upstream.answer(stream=False)).text == "half"


async def test_a_stall_after_the_finish_is_a_complete_answer() -> None:
    events, error = await _events_and_error([READ, SSE_HEAD + chunked(b"t a\nfinish\n"), STALL], idle_timeout_s=0.05)
    assert events[-1] == StreamEnd()
    assert error is None


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_reads_put_off_the_idle_clock() -> None:
    ticks = [asyncio.Event() for _ in range(4)]
    steps = [step for tick in ticks for step in (Wait(tick), chunked(b"t a\n"))]
    script: Script = [READ, SSE_HEAD + chunked(b"t a\n"), *steps, STALL]
    async with RawServer(script) as server, running(server.url, idle_timeout_s=60.0) as upstream:
        sink, _ = upstream.ask()
        await sink.until(lambda: bool(sink.feeds))
        for count, tick in enumerate(ticks, 2):
            shift(50)
            tick.set()
            await sink.until(lambda count=count: len(sink.feeds) == count)  # type: ignore[misc]
        assert not sink.closings
        shift(61)
        assert isinstance(await sink.ended(), UpstreamTimeout)


async def test_an_answer_may_be_bounded_as_a_whole() -> None:
    script: Script = [READ, SSE_HEAD + chunked(b"t a\n"), STALL]
    _, error = await _events_and_error(script, total_timeout_s=0.05)
    assert isinstance(error, UpstreamTimeout)
    assert error.phase == "total"


async def test_a_unary_answer_is_bounded_as_a_whole_but_may_be_silent_longer_than_a_stream() -> None:
    async with (
        RawServer([READ, STALL]) as server,
        running(server.url, unary_timeout_s=0.1, first_token_timeout_s=0.01, idle_timeout_s=0.01) as upstream,
    ):
        error = (await upstream.answer(stream=False)).closings[0]
        assert isinstance(error, UpstreamTimeout)
        assert (error.phase, error.limit_s) == ("total", 0.1)


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_the_idle_clock_stands_still_while_reading_is_paused() -> None:
    script: Script = [READ, SSE_HEAD + chunked(b"t a\n"), STALL]
    async with RawServer(script) as server, running(server.url, idle_timeout_s=60.0) as upstream:
        sink, call = upstream.ask()
        sink.on_feed = call.pause
        await sink.until(lambda: bool(sink.feeds))
        for _ in range(3):
            shift(61)
            await until(lambda: call._timer is None)
        assert not sink.closings
        call.resume()
        shift(61)
        assert isinstance(await sink.ended(), UpstreamTimeout)


# Pause, resume, abort.


async def test_a_paused_call_leaves_the_bytes_to_the_upstream_and_resumes_without_loss() -> None:
    line = b"t " + b"a" * 65533 + b"\n"
    async with (
        RawServer([READ, SSE_HEAD, *[chunked(line)] * 256, chunked(b"end\n", b"")]) as server,
        running(server.url) as up,
    ):
        sink, call = up.ask()
        sink.on_feed = call.pause
        await sink.until(lambda: bool(sink.feeds))
        fed = len(sink.feeds)
        await asyncio.wait([asyncio.ensure_future(sink.ended())], timeout=0.1)
        assert len(sink.feeds) == fed
        assert not server.connections[0].played.is_set()
        sink.on_feed = lambda: None
        call.resume()
        assert await sink.ended() is None
        assert len(sink.text) == 256 * 65533


async def test_a_call_paused_before_it_is_connected_reads_nothing_until_resumed() -> None:
    async with RawServer([READ, _a_stream(b"end\n", b"")]) as server, running(server.url) as upstream:
        sink, call = upstream.ask()
        call.pause()
        await (await server.connected(1)).asked.wait()
        assert not sink.feeds
        call.resume()
        assert await sink.ended() is None


async def test_a_call_paused_by_its_last_frame_gives_a_usable_connection_back() -> None:
    async with RawServer([READ, _a_stream(b"end\n", b"")] * 2) as server, running(server.url) as upstream:
        sink, call = upstream.ask()
        sink.on_feed = call.pause
        assert await sink.ended() is None
        assert upstream.engine._pool.has_idle


@pytest.mark.parametrize("script", [[STALL], [READ, STALL], [READ, SSE_HEAD + chunked(b"t a\n"), STALL]])
async def test_abort_closes_the_connection_and_is_the_last_of_it(script: Script) -> None:
    async with RawServer(script) as server, running(server.url) as upstream:
        sink, call = upstream.ask()
        connection = await server.connected(1)
        if READ in script:
            await connection.asked.wait()
        if len(script) == 3:
            await sink.until(lambda: bool(sink.feeds))
        call.abort()
        call.abort()
        await connection.closed.wait()
        assert not sink.closings


async def test_abort_before_the_connection_is_made_calls_it_off() -> None:
    async with RawServer([STALL]) as server, running(server.url) as upstream:
        sink, call = upstream.ask()
        call.abort()
        call.pause()
        call.resume()
        await until(lambda: not upstream.engine._pool._open)
        assert not sink.closings


async def test_abort_from_within_a_feed_stops_at_that_frame() -> None:
    async with RawServer([READ, _a_stream(b"t a\n", b"end\n", b"")]) as server, running(server.url) as upstream:
        sink, call = upstream.ask()
        sink.on_feed = call.abort
        await sink.until(lambda: bool(sink.feeds))
        await server.connections[0].closed.wait()
        assert not sink.closings


async def test_abort_after_the_end_does_nothing() -> None:
    async with RawServer([READ, _a_stream(b"end\n", b""), STALL]) as server, running(server.url) as upstream:
        sink, call = upstream.ask()
        await sink.ended()
        call.abort()
        assert upstream.engine._pool.has_idle


# Stale connections.


class _ByHand:
    """A listening socket whose connections are served in the test's own steps."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._loop = asyncio.get_running_loop()

    async def serve(self, answer: bytes) -> socket.socket:
        """Take the next connection, read its request and answer."""
        async with asyncio.timeout(10):
            connection, _ = await self._loop.sock_accept(self._listening)
            connection.setblocking(False)
            await self._loop.sock_recv(connection, 1 << 16)
            await self._loop.sock_sendall(connection, answer)
        return connection


@asynccontextmanager
async def _just_closed() -> AsyncIterator[tuple[_ByHand, Running]]:
    """Run an upstream that has closed its connection after an answer, which nobody has noticed yet."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        server = _ByHand(listening)
        async with running(f"http://127.0.0.1:{listening.getsockname()[1]}") as upstream:
            sink, _ = upstream.ask()
            connection = await server.serve(_a_stream(b"end\n", b""))
            await sink.ended()
            await until(lambda: upstream.engine._pool.has_idle)
            connection.close()
            yield server, upstream


async def test_a_stale_connection_is_replaced_once_and_nobody_notices() -> None:
    async with _just_closed() as (server, upstream):
        sink, _ = upstream.ask()
        with await server.serve(_a_stream(b"t b\nend\n", b"")):
            await sink.ended()
        assert (sink.closings, sink.text) == ([None], "b")


async def test_a_replacement_that_fails_too_is_the_end() -> None:
    async with _just_closed() as (server, upstream):
        sink, _ = upstream.ask()
        (await server.serve(b"")).close()
        await sink.ended()
        assert isinstance(sink.closings[0], EngineUnavailable)


@pytest.mark.parametrize("ending", [[RESET], [HALF_CLOSE, STALL], []])
async def test_a_request_the_upstream_has_read_is_not_sent_again(ending: Script) -> None:
    async with RawServer([READ, _a_stream(b"end\n", b""), READ, *ending]) as server, running(server.url) as upstream:
        await upstream.answer()
        assert isinstance((await upstream.answer()).closings[0], EngineUnavailable)
        assert len(server.requests) == 2


async def test_a_warm_connection_that_had_begun_to_answer_is_not_replaced() -> None:
    script: Script = [READ, _a_stream(b"end\n", b""), READ, b"HTTP/1.1 2", RESET]
    async with RawServer(script) as server, running(server.url) as upstream:
        await upstream.answer()
        assert isinstance((await upstream.answer()).closings[0], EngineUnavailable)
        assert len(server.connections) == 1

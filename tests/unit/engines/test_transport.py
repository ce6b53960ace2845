import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from support.rawserver import HALF_CLOSE, READ, RESET, STALL, RawServer, Script, Wait, chunked, response
from support.upstreams import SSE_HEAD
from support.wait import until

from sluiceway.engine import Lane
from sluiceway.engines.rules import ResponseHead
from sluiceway.engines.shortcut import Shortcut
from sluiceway.engines.transport import HeadLimits, HttpConnection
from sluiceway.errors import BufferLimitExceeded, EngineUnavailable, RemoteProtocolError, SluicewayError
from sluiceway.usual import Around, Usual

_REQUEST = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


class _Notes:
    """Writes down what a connection says."""

    def __init__(self) -> None:
        self.head: ResponseHead | None = None
        self.reads: list[bytes] = []
        self.ends: list[SluicewayError | None] = []

    def receive_head(self, head: ResponseHead) -> None:
        self.head = head

    def receive_body(self, data: bytes) -> None:
        self.reads.append(data)

    def receive_end(self) -> None:
        self.ends.append(None)

    def receive_loss(self, error: SluicewayError) -> None:
        self.ends.append(error)

    async def end(self) -> SluicewayError | None:
        await until(lambda: bool(self.ends))
        assert len(self.ends) == 1
        return self.ends[0]


@asynccontextmanager
async def _connected(server: RawServer, max_bytes: int = 4096, max_lines: int = 20) -> AsyncIterator[HttpConnection]:
    lost = asyncio.Event()
    connection = HttpConnection(HeadLimits(max_bytes, max_lines), lambda _connection: lost.set())
    await asyncio.get_running_loop().create_connection(lambda: connection, "127.0.0.1", server.port)
    try:
        yield connection
    finally:
        connection.abort()
        await lost.wait()


async def _exchange(script: Script, max_bytes: int = 4096, max_lines: int = 20) -> _Notes:
    notes = _Notes()
    async with RawServer(script) as server, _connected(server, max_bytes, max_lines) as connection:
        connection.send(_REQUEST, notes)
        await notes.end()
    return notes


async def test_a_response_comes_as_head_body_and_end() -> None:
    notes = await _exchange([READ, response(b"hi", "text/plain", "201 Made", "X-A: 1", "x-a: 2")])
    assert notes.head == ResponseHead(201, {"content-type": "text/plain", "content-length": "2", "x-a": "1"})
    assert (notes.reads, notes.ends) == ([b"hi"], [None])


async def test_the_chunks_of_one_read_come_in_one_piece() -> None:
    notes = await _exchange([READ, SSE_HEAD + chunked(b"a", b"b", b"c", b"")])
    assert notes.reads == [b"abc"]


async def test_later_reads_are_joined_too() -> None:
    go, end = asyncio.Event(), asyncio.Event()
    notes = _Notes()
    script: Script = [READ, SSE_HEAD, Wait(go), chunked(b"a"), Wait(end), chunked(b"b", b"c"), STALL]
    async with RawServer(script) as server, _connected(server) as connection:
        connection.send(_REQUEST, notes)
        await until(lambda: notes.head is not None)
        go.set()
        await until(lambda: notes.reads == [b"a"])
        end.set()
        await until(lambda: notes.reads == [b"a", b"bc"])


async def test_a_connection_serves_one_request_after_another() -> None:
    async with (
        RawServer([READ, response(b"1"), READ, response(b"2"), STALL]) as server,
        _connected(server) as connection,
    ):
        for body in (b"1", b"2"):
            notes = _Notes()
            connection.send(_REQUEST, notes)
            was_busy = not connection.is_reusable
            assert await notes.end() is None
            assert notes.reads == [body]
            assert (was_busy, connection.is_reusable) == (True, True)


@pytest.mark.parametrize(
    "answer",
    [
        response(b"1", "text/plain", "200 OK", "Connection: close"),
        response(b"1") + b"HTTP/1.1 200 OK\r\n\r\n",
        response(b"1") + b"rubbish",
    ],
)
async def test_a_connection_with_a_doubtful_rest_is_not_used_again(answer: bytes) -> None:
    notes = _Notes()
    async with RawServer([READ, answer, STALL]) as server, _connected(server) as connection:
        connection.send(_REQUEST, notes)
        assert await notes.end() is None
        assert notes.reads == [b"1"]
        assert not connection.is_reusable


async def test_a_paused_connection_is_not_used_again_until_it_reads_on() -> None:
    async with RawServer([STALL]) as server, _connected(server) as connection:
        connection.pause()
        connection.pause()
        assert not connection.is_reusable
        connection.resume()
        connection.resume()
        assert connection.is_reusable


async def test_a_connection_whose_request_is_not_all_written_is_not_used_again() -> None:
    notes = _Notes()
    async with RawServer([response(b"1"), STALL]) as server, _connected(server) as connection:
        await server.connected(1)
        server.connections[0]._transport.pause_reading()
        connection.send(_REQUEST + b"x" * 16_000_000, notes)
        assert await notes.end() is None
        assert connection.is_complete
        assert not connection.is_reusable


async def test_bytes_nobody_asked_for_close_the_connection() -> None:
    go = asyncio.Event()
    async with (
        RawServer([Wait(go), b"HTTP/1.1 408 Too slow\r\n\r\n", STALL]) as server,
        _connected(server) as connection,
    ):
        go.set()
        await until(lambda: not connection.is_open)
        await server.connections[0].closed.wait()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"rubbish\r\n\r\n", "broke HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "broke HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "broke HTTP"),
        (b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "changed protocols"),
        (b"HTTP/1.1 101 Go\r\n\r\n", "broke HTTP"),
    ],
)
async def test_bytes_that_are_no_response_are_the_upstream_s_fault(answer: bytes, words: str) -> None:
    notes = await _exchange([READ, answer, STALL])
    assert isinstance(notes.ends[0], RemoteProtocolError)
    assert words in notes.ends[0].message
    assert notes.head is None


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"x" * 5000 + b"\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 21 + b"\r\n"],
        [b"HTTP/1.1 200 OK\r\nX-A: ", *[b"x" * 100_000] * 3],
        [b"HTTP/1.1 103 Early\r\nX-A: 1\r\n\r\n" * 100],
        [SSE_HEAD + chunked(b"hi")[:-2] + b"\r\n0\r\nX-A: ", *[b"x" * 100_000] * 3],
        [SSE_HEAD + b"0\r\n" + b"X-A: 1\r\n" * 30 + b"\r\n"],
    ],
)
async def test_header_sections_and_trailers_are_bounded(pieces: list[bytes]) -> None:
    notes = await _exchange([READ, *pieces, STALL])
    assert isinstance(notes.ends[0], BufferLimitExceeded)


async def test_a_large_body_is_not_mistaken_for_a_large_head() -> None:
    notes = await _exchange([READ, response(b"x" * 1_000_000)])
    assert len(b"".join(notes.reads)) == 1_000_000
    assert notes.ends == [None]


async def test_chunk_lines_in_reads_of_their_own_do_not_add_up() -> None:
    pieces = [piece for _ in range(30) for piece in (b"1;" + b"e" * 290 + b"\r\n", b"x\r\n")]
    events = [asyncio.Event() for _ in pieces]
    script: Script = [READ, SSE_HEAD]
    for event, piece in zip(events, pieces, strict=True):
        script += [Wait(event), piece]
    notes = _Notes()
    async with RawServer([*script, chunked(b""), STALL]) as server, _connected(server) as connection:
        connection.send(_REQUEST, notes)
        for count, event in enumerate(events):
            event.set()
            if count % 2:
                await until(lambda count=count: len(notes.reads) > count // 2)  # type: ignore[misc]
        assert await notes.end() is None


@pytest.mark.parametrize("ending", [RESET, HALF_CLOSE])
@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"", "before it answered"), (b"HTTP/1.1 200", "before it answered"), (SSE_HEAD + b"5\r\nab", "in mid-answer")],
)
async def test_a_lost_connection_says_how_far_it_had_come(ending: object, answer: bytes, words: str) -> None:
    go = asyncio.Event()
    notes = _Notes()
    script = [READ, answer, Wait(go), ending, STALL]
    async with RawServer(script) as server, _connected(server) as connection:  # type: ignore[arg-type]
        connection.send(_REQUEST, notes)
        await until(lambda: connection.is_answered == bool(answer))
        go.set()
        error = await notes.end()
    assert isinstance(error, EngineUnavailable)
    assert words in error.message


async def test_a_body_without_a_length_ends_cleanly_with_the_connection() -> None:
    notes = await _exchange([READ, b"HTTP/1.1 200 OK\r\n\r\nhi"])
    assert (b"".join(notes.reads), notes.ends) == (b"hi", [None])


async def test_a_body_without_a_length_is_cut_by_a_reset() -> None:
    go = asyncio.Event()
    notes = _Notes()
    async with (
        RawServer([READ, b"HTTP/1.1 200 OK\r\n\r\nhi", Wait(go), RESET]) as server,
        _connected(server) as connection,
    ):
        connection.send(_REQUEST, notes)
        await until(lambda: bool(notes.reads))
        go.set()
        assert isinstance(await notes.end(), EngineUnavailable)


async def test_the_rest_of_a_response_can_go_to_another_receiver() -> None:
    go = asyncio.Event()
    first, second = _Notes(), _Notes()
    script: Script = [READ, SSE_HEAD, chunked(b"a"), Wait(go), chunked(b"b", b""), STALL]
    async with RawServer(script) as server, _connected(server) as connection:
        connection.send(_REQUEST, first)
        await until(lambda: bool(first.reads))
        connection.hand_over(second)
        go.set()
        assert await second.end() is None
    assert (first.reads, second.reads, first.ends) == ([b"a"], [b"b"], [])


class _Quitter(_Notes):
    """Aborts at the first thing it hears."""

    def __init__(self, connection: HttpConnection) -> None:
        super().__init__()
        self._connection = connection

    def receive_head(self, head: ResponseHead) -> None:
        super().receive_head(head)
        self._connection.abort()


async def test_after_abort_nothing_more_is_said_even_of_the_same_read() -> None:
    async with RawServer([READ, response(b"hi"), STALL]) as server, _connected(server) as connection:
        notes = _Quitter(connection)
        connection.send(_REQUEST, notes)
        await server.connections[0].closed.wait()
        assert notes.head is not None
        assert not notes.reads
        assert not notes.ends


async def test_losing_a_connection_tells_its_receiver_and_an_idle_one_has_none() -> None:
    notes = _Notes()
    async with RawServer([STALL]) as server, _connected(server) as connection:
        connection.send(_REQUEST, notes)
        error = EngineUnavailable("over")
        connection.lose(error)
        connection.lose(error)
        assert notes.ends == [error]


class _TakesAll(Shortcut):
    """Takes every read it is asked about."""

    def __init__(self) -> None:
        super().__init__(Lane(lambda: None), Usual("", Around(b"", b"")), lambda: 0.0)
        self.taken: list[bytes] = []

    def take(self, data: bytes) -> bool:
        self.taken.append(data)
        return True


@pytest.mark.parametrize(
    ("before", "is_asked"),
    [
        (chunked(b"a"), True),
        (chunked(b"a", b"bc"), True),
        (chunked(b"a", b"bc")[:-1], False),
        (b"01\r\na\r\n", False),
    ],
)
async def test_the_short_way_is_tried_only_where_the_parser_stands_between_two_chunks(
    before: bytes, is_asked: bool
) -> None:
    first, go = asyncio.Event(), asyncio.Event()
    notes, shortcut = _Notes(), _TakesAll()
    script: Script = [READ, SSE_HEAD + chunked(b"0"), Wait(first), before, Wait(go), chunked(b"z"), STALL]
    async with RawServer(script) as server, _connected(server) as connection:
        connection.send(_REQUEST, notes)
        await until(lambda: notes.reads == [b"0"])
        first.set()
        await until(lambda: len(notes.reads) == 2)
        connection.shortcut = shortcut
        go.set()
        await until(lambda: bool(shortcut.taken or notes.ends) or len(notes.reads) == 3)
        assert bool(shortcut.taken) == is_asked

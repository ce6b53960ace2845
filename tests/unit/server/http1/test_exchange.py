"""One exchange: what its application receives, and what its connection is told to write."""

from __future__ import annotations

import asyncio

import pytest

from sluiceway.errors import LocalProtocolError
from sluiceway.server.http1.exchange import Exchange
from sluiceway.server.http1.head import Header, RequestHead, decode_target


class _Wire:
    """A connection in memory."""

    is_writable = True
    date = b"now"

    def __init__(self) -> None:
        self.written = b""
        self.drains = 0
        self.is_reading = True

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        self.drains += 1

    def backlog_bytes(self) -> int:
        return len(self.written)

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


def _exchange(wire: _Wire, *, version: str = "1.1", headers: list[Header] | None = None) -> Exchange:
    head = RequestHead("POST", decode_target(b"/"), version, headers or [])
    return Exchange(wire, head, is_persistent=True)


def _start(headers: list[Header] | None = None) -> dict[str, object]:
    return {"type": "http.response.start", "status": 200, "headers": headers or []}


async def test_pieces_of_a_body_that_came_together_are_received_together() -> None:
    exchange = _exchange(_Wire())
    exchange.feed_body(b"a")
    exchange.feed_body(b"b")
    assert await exchange.receive() == {"type": "http.request", "body": b"ab", "more_body": True}
    exchange.end_body()
    assert await exchange.receive() == {"type": "http.request", "body": b"", "more_body": False}


async def test_after_the_body_only_the_leaving_is_received() -> None:
    exchange = _exchange(_Wire())
    exchange.end_body()
    await exchange.receive()
    waiting = asyncio.ensure_future(exchange.receive())
    exchange.leave()
    assert await waiting == {"type": "http.disconnect"}


async def test_reading_pauses_while_much_of_a_body_waits() -> None:
    wire = _Wire()
    exchange = _exchange(wire)
    exchange.feed_body(b"x" * 100_000)
    assert not wire.is_reading
    await exchange.receive()
    assert wire.is_reading


async def test_a_send_waits_while_the_socket_is_full() -> None:
    wire = _Wire()
    exchange = _exchange(wire)
    exchange.end_body()
    await exchange.send(_start())
    exchange.set_writable(is_writable=False)
    await exchange.send({"type": "http.response.body", "body": b"x"})
    assert wire.drains == 1
    assert exchange.backlog_bytes() == len(wire.written)
    assert not exchange.is_writable


async def test_the_head_leaves_with_the_first_piece_of_the_body() -> None:
    wire = _Wire()
    exchange = _exchange(wire)
    await exchange.send(_start())
    assert wire.written == b""
    await exchange.send({"type": "http.response.body", "body": b"", "more_body": True})
    assert wire.written.startswith(b"HTTP/1.1 200 OK\r\n")
    assert wire.written.endswith(b"\r\n\r\n")
    exchange.write(b"x")
    assert wire.written.endswith(b"\r\n\r\n1\r\nx\r\n")


@pytest.mark.parametrize("status", [204, 304])
async def test_a_response_that_can_have_no_body_ends_with_its_head(status: int) -> None:
    wire = _Wire()
    exchange = _exchange(wire)
    exchange.end_body()
    await exchange.send({"type": "http.response.start", "status": status, "headers": []})
    await exchange.send({"type": "http.response.body", "body": b""})
    head, _, body = wire.written.partition(b"\r\n\r\n")
    assert (body, exchange.is_done, exchange.is_persistent) == (b"", True, True)
    assert b"transfer-encoding" not in head


async def test_a_body_before_its_head_is_a_bug() -> None:
    with pytest.raises(LocalProtocolError):
        await _exchange(_Wire()).send({"type": "http.response.body", "body": b"x"})


async def test_a_second_head_is_a_bug() -> None:
    exchange = _exchange(_Wire())
    await exchange.send(_start())
    with pytest.raises(LocalProtocolError):
        await exchange.send(_start())


async def test_nothing_is_written_for_a_client_that_left() -> None:
    wire = _Wire()
    exchange = _exchange(wire)
    exchange.leave()
    await exchange.send(_start())
    await exchange.send({"type": "http.response.body", "body": b"x"})
    assert wire.written == b""


async def test_a_body_shorter_than_its_length_ends_the_connection() -> None:
    exchange = _exchange(_Wire())
    exchange.end_body()
    await exchange.send(_start([(b"content-length", b"5")]))
    await exchange.send({"type": "http.response.body", "body": b"four"})
    assert not exchange.is_persistent


async def test_what_comes_of_the_request_after_the_response_is_thrown_away() -> None:
    wire = _Wire()
    exchange = _exchange(wire)
    await exchange.send(_start())
    await exchange.send({"type": "http.response.body"})
    exchange.feed_body(b"x" * 1_000_000)
    assert wire.is_reading
    assert exchange.is_done


async def test_whoever_writes_without_waiting_is_told_of_room_and_of_the_leaving() -> None:
    exchange = _exchange(_Wire())
    told: list[str] = []
    exchange.set_writable(is_writable=True)
    exchange.on_room = lambda is_writable: told.append("room" if is_writable else "no room")
    exchange.set_writable(is_writable=False)
    exchange.set_writable(is_writable=True)
    exchange.on_gone = lambda: told.append("gone")
    exchange.leave()
    assert told == ["no room", "room", "gone", "room"]

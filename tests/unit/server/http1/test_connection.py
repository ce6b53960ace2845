"""Connections: requests in, responses out, and everything a client can do wrong."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from support.http1_listener import connect, echo, listening
from support.wait import until

from sluiceway.server.http1.connection import ConnectionLimits


async def _stream(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    await send({"type": "http.response.body", "body": b"two", "more_body": False})


async def test_a_request_gets_its_response() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        await client.ask("/hello")
        answer = await client.hear(b"GET /hello ")
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" in answer


async def test_a_connection_carries_one_request_after_another() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        for path in ("/a", "/b", "/c"):
            await client.ask(path)
            await client.hear(f"GET {path} ".encode())


async def test_requests_sent_ahead_are_answered_in_their_order() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        client.say(b"GET /1 HTTP/1.1\r\nhost: x\r\n\r\n")
        client.say(b"POST /2 HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhiGET /3 HTTP/1.1\r\nhost: x\r\n\r\n")
        told = await client.hear(b"GET /3 ")
        assert told.index(b"GET /1 ") < told.index(b"POST /2 hi")


async def test_too_many_requests_sent_ahead_end_the_connection() -> None:
    limits = ConnectionLimits(max_pipelined=2)
    async with listening(echo, limits) as listener, connect(listener) as client:
        client.say(b"GET /1 HTTP/1.1\r\nhost: x\r\n\r\n" * 9)
        told = await client.hear_all()
        assert told.count(b"HTTP/1.1 200") == 1


async def test_a_request_may_come_byte_by_byte() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        for byte in b"POST /slow HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n":
            client.say(bytes([byte]))
            await client.writer.drain()
        await client.hear(b"POST /slow abc")


async def test_a_body_without_a_length_is_chunked() -> None:
    async with listening(_stream) as listener, connect(listener) as client:
        await client.ask("/")
        assert (await client.hear(b"0\r\n\r\n")).endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


async def test_an_old_client_gets_a_body_that_ends_with_the_connection() -> None:
    async with listening(_stream) as listener, connect(listener) as client:
        client.say(b"GET / HTTP/1.0\r\n\r\n")
        told = await client.hear_all()
        assert told.endswith(b"\r\n\r\nonetwo")
        assert b"connection: close" in told
        assert b"chunked" not in told


async def test_head_gets_no_body() -> None:
    async with listening(_stream) as listener, connect(listener) as client:
        client.say(b"HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert (await client.hear_all()).endswith(b"\r\n\r\n")


async def test_a_client_that_asks_to_close_is_closed() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        await client.ask("/bye", "Connection: close")
        assert (await client.hear_all()).endswith(b"GET /bye ")


async def test_an_upgrade_is_answered_as_plain_http() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        await client.ask("/up", "Connection: Upgrade", "Upgrade: h2c")
        await client.hear(b"GET /up ")
        client.say(
            b"POST /body HTTP/1.1\r\nhost: x\r\nupgrade: h2c\r\nconnection: upgrade\r\ncontent-length: 2\r\n\r\nhi"
        )
        await client.hear(b"POST /body hi")


async def test_a_tunnel_is_refused() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        client.say(b"CONNECT elsewhere:443 HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await client.hear_all()).startswith(b"HTTP/1.1 405 ")


async def _give_up_when_left(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
    while (await receive())["type"] != "http.disconnect":
        pass


async def test_a_body_that_breaks_the_rules_is_refused_though_its_application_waits_for_it() -> None:
    async with listening(_give_up_when_left) as listener, connect(listener) as client:
        client.say(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n")
        assert (await client.hear_all()).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "trailers",
    [
        b"a: " + b"b" * 300_000,
        b"a: b\r\n" * 20_000,
        b"a: " + b"b" * 70_000 + b"\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)
async def test_trailers_are_bounded(trailers: bytes) -> None:
    async with listening(_give_up_when_left) as listener, connect(listener) as client:
        client.say(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + trailers)
        assert (await client.hear_all()).startswith(b"HTTP/1.1 431 ")


async def test_trailers_are_no_headers() -> None:
    async def tell(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": scope["headers"]})
        await send({"type": "http.response.body", "body": b"."})

    async with listening(tell) as listener, connect(listener) as client:
        client.say(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\na: b\r\n\r\n0\r\nc: d\r\n\r\n")
        told = await client.hear(b"0\r\n\r\n")
        assert b"a: b" in told
        assert b"c: d" not in told


async def test_a_head_at_the_end_of_a_long_body_is_not_too_large() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        client.say(b"POST /1 HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n" + b"x" * 200_000 + b"GET /2 HT")
        await client.hear(b"POST /1 " + b"x" * 200_000)
        client.say(b"TP/1.1\r\nhost: x\r\n\r\n")
        await client.hear(b"GET /2 ")


async def test_a_client_that_waits_for_continue_is_told_to_go_on() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        client.say(b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert await client.hear(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.say(b"hi")
        await client.hear(b"POST / hi")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"GET / HTTP/3.7\r\n\r\n", 400),
        (b"GET no-target HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n", 400),
        (b"GET / HTTP/0.9\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400),
        (b"GET http://[/ HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * 300_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"b" * 300_000, 431),
        (b"GET /" + b"b" * 70_000, 431),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * 120_000, 431),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * 70_000 + b"\r\n\r\n", 431),
        (b"\r\n" * 40_000, 431),
    ],
)
async def test_what_is_no_request_gets_one_error_and_a_closed_connection(request_bytes: bytes, status: int) -> None:
    async with listening(echo) as listener, connect(listener) as client:
        client.say(request_bytes)
        told = await client.hear_all()
        assert told.startswith(b"HTTP/1.1 %d " % status)
        assert told.count(b"content-length") == 1
        async with connect(listener) as other:
            await other.ask("/still")
            await other.hear(b"GET /still ")


async def test_junk_behind_a_request_leaves_its_response_whole() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        client.say(b"GET /good HTTP/1.1\r\nhost: x\r\n\r\n\0\0\0")
        assert (await client.hear_all()).endswith(b"GET /good ")


async def test_a_large_body_waits_for_the_application() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        body = b"x" * 1_000_000
        client.say(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n" + body)
        await client.hear(b"POST / " + b"x" * 100)
        assert len(await asyncio.wait_for(client.reader.readexactly(1_000_000 - 100), 10)) == 1_000_000 - 100


async def test_a_response_before_the_body_ends_the_connection_and_is_heard() -> None:
    async def refuse(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no"})

    async with listening(refuse) as listener, connect(listener) as client:
        client.say(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\n\r\n" + b"x" * 100_000)
        told = await client.hear_all()
        assert told.endswith(b"no")
        assert b"connection: close" in told


async def test_an_application_that_fails_before_the_head_gives_500(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        raise ValueError("a bug")

    async with listening(fail) as listener, connect(listener) as client:
        await client.ask("/")
        assert (await client.hear_all()).startswith(b"HTTP/1.1 500 ")
    assert "an application failed" in caplog.text


async def test_a_response_left_unfinished_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)

    async def leave(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})

    async with listening(leave) as listener, connect(listener) as client:
        await client.ask("/")
        assert (await client.hear_all()).endswith(b"4\r\nhalf\r\n")


async def test_an_application_is_told_when_its_client_leaves() -> None:
    left = asyncio.Event()

    async def watch(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await receive()
        if (await receive())["type"] == "http.disconnect":
            left.set()

    async with listening(watch) as listener:
        async with connect(listener) as client:
            await client.ask("/")
        await asyncio.wait_for(left.wait(), 10)


async def test_a_client_that_takes_nothing_holds_its_application_and_lets_it_go_when_it_leaves() -> None:
    sent, ended = [0], asyncio.Event()

    async def pour(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            sent[0] += 1
        ended.set()

    async with listening(pour) as listener:
        async with connect(listener) as client:
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await client.ask("/")
            await until(lambda: sent[0] > 0)
            assert sent[0] < 1000
        await asyncio.wait_for(ended.wait(), 10)


async def test_body_bytes_can_be_written_at_once_and_room_is_told() -> None:
    roomy = asyncio.Event()

    async def push(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        body = scope["extensions"]["sluiceway.body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        body.on_room = lambda is_writable: roomy.set() if is_writable else None
        while body.is_writable:
            body.write(b"x" * 1_000_000)
        await roomy.wait()
        await send({"type": "http.response.body", "body": b"end"})

    async with listening(push) as listener, connect(listener) as client:
        await client.ask("/")
        await client.hear(b"\r\n\r\n")
        assert (await client.hear_some_until_end()).endswith(b"3\r\nend\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("said", "answer"),
    [(b"", b""), (b"GET / HTTP/1.1\r\nhost: x\r\na", b"HTTP/1.1 408 "), (b"PRI", b"")],
)
async def test_a_client_that_never_finishes_its_head_is_closed(said: bytes, answer: bytes) -> None:
    async with listening(echo, ConnectionLimits(head_s=0.0)) as listener, connect(listener) as client:
        client.say(said)
        assert (await client.hear_all()).startswith(answer)


async def test_a_client_that_never_finishes_its_body_is_cut() -> None:
    limits = ConnectionLimits(body_s=0.0)
    async with listening(echo, limits) as listener, connect(listener) as client:
        client.say(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc")
        assert await client.hear_all() == b""


async def test_a_request_whose_turn_has_not_come_is_not_late() -> None:
    go = asyncio.Event()

    async def first_waits(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/1":
            await go.wait()
        await echo(scope, receive, send)

    async with listening(first_waits, ConnectionLimits(body_s=0.5)) as listener, connect(listener) as client:
        head = b"GET /1 HTTP/1.1\r\nhost: x\r\n\r\nPOST /2 HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n"
        client.say(head + b"x" * 900_000)
        for _ in range(2):
            listener.date = b""
            await until(lambda: bool(listener.date))  # it looks at its connections, and at the date
        go.set()
        await client.hear(b"GET /1 ")
        await client.hear(b"POST /2 " + b"x" * 900_000)


async def test_a_response_is_heard_by_a_client_that_sends_all_of_its_body_first() -> None:
    async def refuse(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        while not go.is_set():
            await go.wait()
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no"})

    go = asyncio.Event()
    async with listening(refuse, ConnectionLimits(linger_s=3600)) as listener, connect(listener) as client:
        client.say(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 30000000\r\n\r\n")
        for _ in range(30):
            client.say(b"x" * 1_000_000)
        go.set()
        async with asyncio.timeout(10):
            await client.writer.drain()
        assert (await client.hear_all()).endswith(b"no")


async def test_an_idle_connection_is_closed() -> None:
    async with listening(echo, ConnectionLimits(idle_s=0.0)) as listener, connect(listener) as client:
        await client.ask("/")
        assert (await client.hear_all()).endswith(b"GET / ")

"""Bad input from the network: each is refused, and the server answers the next one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from support.chatanswers import Listen, streamed, unary
from support.h2client import h2_connected
from support.rawclient import chat_body, connected, encode_post
from support.serverprocess import ServerProcess, serving

PATH = "/v1/chat/completions"
POST = b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(autouse=True)
async def still_serving(server: ServerProcess, upstream: Listen) -> AsyncIterator[None]:
    """Ask for an answer after each test."""
    yield
    async with upstream(unary("one")), httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        assert (await client.post(PATH, content=chat_body(stream=False))).status_code == 200
    await server.until_live(0)


GARBAGE = {
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no target": b"GET\r\n\r\n",
    "an unknown method": b"BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a version of the future": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "a header without a colon": b"GET /healthz HTTP/1.1\r\nHost x\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "a length and chunks": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length that is no number": POST + b"Content-Length: -3\r\n\r\n",
    "a chunk that is no number": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("request_bytes", GARBAGE.values(), ids=GARBAGE.keys())
async def test_what_is_no_request_is_refused_and_the_connection_closed(
    server: ServerProcess, request_bytes: bytes
) -> None:
    async with connected(server.port) as client:
        await client.send(request_bytes)
        answer = await client.read_to_end()
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 505 "))


async def test_huge_headers_are_refused(server: ServerProcess) -> None:
    async with connected(server.port) as client:
        await client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: " + b"a" * 600_000)
        answer = await client.read_to_end()
    assert b" 200 " not in answer[:20]


async def test_many_headers_are_refused(server: ServerProcess) -> None:
    lines = b"".join(b"X-%d: 1\r\n" % number for number in range(10_000))
    async with connected(server.port) as client:
        await client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + lines)
        answer = await client.read_to_end()
    assert b" 200 " not in answer[:20]


async def test_a_long_target_is_refused(server: ServerProcess) -> None:
    async with connected(server.port) as client:
        await client.send(b"GET /" + b"a" * 150_000)
        answer = await client.read_to_end()
    assert b" 200 " not in answer[:20]


@pytest.mark.parametrize("size", [b"17000000", b"99999999999999999999999"])
async def test_an_oversized_body_is_refused_before_it_is_sent(server: ServerProcess, size: bytes) -> None:
    async with connected(server.port) as client:
        await client.send(POST + b"Content-Length: " + size + b"\r\n\r\n")
        await client.until(b"\r\n\r\n")
    assert client.received.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 "))


async def test_an_oversized_body_without_a_length_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    flags = ("--upstream", "http://127.0.0.1:1/v1", "--max-body-bytes", "1000")
    async with serving(tmp_path_factory.mktemp("small"), *flags) as small, connected(small.port) as client:
        await client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        await client.send(b"400\r\n" + b"a" * 1024 + b"\r\n")
        await client.until(b"body_too_large")
    assert client.received.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_never_comes_whole_asks_no_upstream(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(unary("one")) as source:
        async with connected(server.port) as client:
            await client.send(encode_post(chat_body())[:-5])
        assert await server.status("/healthz") == 200
        assert source.requests == []


BODIES = {
    "empty": b"",
    "not JSON": b"hello",
    "not an object": b"[]",
    "no model": b'{"messages":[{"role":"user","content":"a"}]}',
    "no messages": b'{"model":"m","messages":[]}',
    "broken UTF-8": b'{"model":"\xff","messages":[{"role":"user","content":"a"}]}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_a_body_that_is_no_request_is_told_so(server: ServerProcess, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        answer = await client.post(PATH, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/%00/..%2f", 404),
        ("GET", PATH, 405),
        ("PUT", PATH, 405),
        ("DELETE", "/v1/streams/gen-of-nobody", 404),
        ("OPTIONS", "/healthz", 405),
    ],
)
async def test_what_is_not_there_is_told_so(server: ServerProcess, method: str, path: str, status: int) -> None:
    async with connected(server.port) as client:
        await client.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = await client.read_to_end()
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


async def test_a_client_that_takes_no_form_is_told_so(server: ServerProcess) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        answer = await client.post(PATH, content=chat_body(), headers={"Accept": "image/png"})
    assert answer.status_code == 406


async def test_requests_one_after_the_other_on_one_connection(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(streamed("one"), streamed("two")), connected(server.port) as client:
        await client.send(encode_post(chat_body()) + encode_post(chat_body(), "Connection: close"))
        answer = await client.read_to_end()
    assert answer.count(b"data: [DONE]\n\n") == 2
    assert answer.index(b'"one"') < answer.index(b'"two"')


async def test_a_request_may_come_byte_by_byte(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(unary("one")), connected(server.port) as client:
        for byte in encode_post(chat_body(stream=False), "Connection: close"):
            await client.send(bytes([byte]))
        answer = await client.read_to_end()
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_body_may_wait_for_the_word_to_go_on(server: ServerProcess, upstream: Listen) -> None:
    request = encode_post(chat_body(stream=False), "Expect: 100-continue", "Connection: close")
    head, _, body = request.partition(b"\r\n\r\n")
    async with upstream(unary("one")), connected(server.port) as client:
        await client.send(head + b"\r\n\r\n")
        await client.until(b"HTTP/1.1 100 Continue\r\n\r\n")
        await client.send(body)
        answer = await client.read_to_end()
    assert b"HTTP/1.1 200 " in answer


async def test_garbage_over_http2_ends_that_connection_only(server: ServerProcess) -> None:
    async with connected(server.port) as client:
        await client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 64)
        await client.read_to_end()
    async with h2_connected(server.port) as other:
        stream = other.post("/nowhere", b"{}")
        await other.until(lambda: stream.is_ended)
    assert stream.headers[":status"] == "404"


async def test_a_request_sent_ahead_of_a_stream_that_is_left_is_dropped(
    server: ServerProcess, upstream: Listen
) -> None:
    async with upstream(streamed("one")), connected(server.port) as client:
        await client.send(encode_post(chat_body()) + encode_post(chat_body())[:40])
        await client.until(b"data: [DONE]\n\n")
        client.reset()
    async with asyncio.timeout(20):
        await server.until_live(0)

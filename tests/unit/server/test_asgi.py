from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest

from sluiceway.errors import BodyTooLarge, RequestError
from sluiceway.server.asgi import ClientGone, Receive, decode_query, header, header_fields, read_body, send_whole


def scope(**headers: str) -> dict[str, Any]:
    return {"headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]}


def piece(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def receiving(*messages: dict[str, Any]) -> Receive:
    left = list(messages)

    async def receive() -> MutableMapping[str, Any]:
        return left.pop(0)

    return receive


def test_a_header_is_found_by_name_and_joined_when_it_is_there_twice() -> None:
    fields = {"headers": [(b"accept", b"a"), (b"host", b"x"), (b"accept", b"b")]}
    assert (header(fields, b"accept"), header(fields, b"host"), header(fields, b"none")) == ("a, b", "x", "")


def test_header_fields_are_printable_ascii_by_lower_case_name() -> None:
    headers = [(b"Host", b"x"), (b"X-Bad", "ä".encode()), (b"x-worse", b"a\tb"), (b"host", b"y")]
    assert header_fields({"headers": headers}) == {"host": "y"}


def test_a_query_has_parameters_within_reason() -> None:
    assert decode_query("alt=sse&a=&a=%20b") == {"alt": "sse", "a": " b"}
    assert decode_query("") == {}
    with pytest.raises(RequestError, match="100 parameters"):
        decode_query("&".join("a=1" for _ in range(101)))


async def test_a_body_may_come_in_pieces() -> None:
    receive = receiving(piece(b"Hel", more=True), {"type": "http.request", "more_body": True}, piece(b"lo"))
    assert await read_body(scope(), receive, 5) == b"Hello"


async def test_a_body_without_more_body_is_whole() -> None:
    assert (
        await read_body(scope(content_length="5"), receiving({"type": "http.request", "body": b"Hello"}), 5)
        == b"Hello"
    )


@pytest.mark.parametrize("length", ["6", "9" * 40])
async def test_a_length_over_the_limit_is_refused_before_anything_is_read(length: str) -> None:
    with pytest.raises(BodyTooLarge, match="5 bytes"):
        await read_body(scope(content_length=length), receiving(), 5)


async def test_a_body_that_grows_over_the_limit_is_refused_at_once() -> None:
    with pytest.raises(BodyTooLarge, match="5 bytes"):
        await read_body(scope(), receiving(piece(b"Hel", more=True), piece(b"lo!", more=True)), 5)


@pytest.mark.parametrize("length", ["-1", "five", "²"])
async def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    with pytest.raises(RequestError, match="Content-Length"):
        await read_body({"headers": [(b"content-length", length.encode("latin-1"))]}, receiving(), 5)


async def test_a_client_that_leaves_has_no_body() -> None:
    with pytest.raises(ClientGone):
        await read_body(scope(), receiving(piece(b"Hel", more=True), {"type": "http.disconnect"}), 5)


async def test_a_whole_response_has_a_length_and_is_not_cached() -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await send_whole(send, 418, b"{}", headers=[(b"x-extra", b"1")])
    start, body = sent
    assert (start["status"], body["body"], body["more_body"]) == (418, b"{}", False)
    assert dict(start["headers"]) == {
        b"content-type": b"application/json",
        b"content-length": b"2",
        b"cache-control": b"no-cache, no-transform",
        b"x-extra": b"1",
    }

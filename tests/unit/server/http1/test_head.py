"""Heads become scopes, and responses get heads that cannot be broken out of."""

from __future__ import annotations

import pytest

from sluiceway.errors import LocalProtocolError, RequestError
from sluiceway.server.http1.head import (
    BodyLength,
    RequestHead,
    Target,
    decode_target,
    encode_head,
    encode_problem,
    refuse_head,
    scope_of,
)

_CHUNKED = BodyLength(is_chunked=True, is_close=False)


def test_a_target_is_taken_apart() -> None:
    assert decode_target(b"/a%20b?c=d&e") == Target(b"/a%20b", "/a b", b"c=d&e")


def test_an_absolute_target_gives_its_path() -> None:
    assert decode_target(b"http://host/v1/models").path == "/v1/models"


def test_a_target_without_a_path_is_the_root() -> None:
    assert decode_target(b"http://host").path == "/"


def test_what_is_no_target_is_refused() -> None:
    with pytest.raises(RequestError, match="no URL"):
        decode_target(b"no target")


def test_a_scope_says_what_was_asked() -> None:
    head = RequestHead("GET", decode_target(b"/x?y=1"), "1.1", [(b"host", b"h")])
    scope = scope_of(head, ("c", 1), ("s", 2))
    assert (scope["method"], scope["path"], scope["query_string"]) == ("GET", "/x", b"y=1")
    assert (scope["client"], scope["server"], scope["headers"]) == (("c", 1), ("s", 2), [(b"host", b"h")])


def test_a_response_head_has_its_headers_and_the_date() -> None:
    head = encode_head(200, [(b"content-type", b"text/plain")], b"now", _CHUNKED)
    assert head == (b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: now\r\ntransfer-encoding: chunked\r\n\r\n")


def test_a_status_nobody_knows_has_no_phrase() -> None:
    head = encode_head(599, [], b"now", BodyLength(is_chunked=False, is_close=True))
    assert head == b"HTTP/1.1 599 \r\ndate: now\r\nconnection: close\r\n\r\n"


@pytest.mark.parametrize("header", [(b"a\r\nb", b"c"), (b"a", b"b\nc"), (b"a", b"\0")])
def test_a_header_cannot_hold_a_line_end(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(LocalProtocolError):
        encode_head(200, [header], b"now", _CHUNKED)


def test_a_problem_is_a_whole_response_in_json() -> None:
    head, _, body = encode_problem(400, "bad", b"now").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"connection: close" in head
    assert b'"message":"bad"' in body
    assert b"content-length: %d" % len(body) in head


@pytest.mark.parametrize(
    ("version", "hosts", "status"),
    [("1.1", 1, None), ("1.1", 0, 400), ("1.1", 2, 400), ("1.0", 0, None), ("1.0", 2, 400), ("2.0", 1, 505)],
)
def test_a_request_has_one_host(version: str, hosts: int, status: int | None) -> None:
    refusal = refuse_head(RequestHead("GET", decode_target(b"/"), version, [(b"host", b"x")] * hosts))
    assert (refusal and refusal[0]) == status

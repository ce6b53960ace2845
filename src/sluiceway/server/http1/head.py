"""Heads of HTTP/1.1 messages: a parsed request head as an ASGI scope, a response head as bytes. No I/O.

Source: RFC 9112 (message syntax), RFC 9110 section 6.6.1 (Date); ASGI 3.0, "HTTP connection scope".
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import httptools
import msgspec

from sluiceway.errors import LocalProtocolError, RequestError

__all__ = [
    "BodyLength",
    "Header",
    "RequestHead",
    "Target",
    "decode_target",
    "encode_head",
    "encode_problem",
    "refuse_head",
    "scope_of",
]

Header = tuple[bytes, bytes]


class Target(msgspec.Struct, frozen=True):
    """A request target, taken apart: the path as it came, decoded, and the query."""

    raw_path: bytes
    path: str
    query: bytes


class RequestHead(msgspec.Struct, frozen=True):
    """A request's head.

    Attributes:
        method: such as ``POST``.
        target: what is asked for.
        version: ``1.0`` or ``1.1``.
        headers: names in lower case, in the order they came.
    """

    method: str
    target: Target
    version: str
    headers: list[Header]


class BodyLength(msgspec.Struct, frozen=True):
    """How a response's body is delimited."""

    is_chunked: bool
    is_close: bool


def decode_target(url: bytes) -> Target:
    """Take a request target apart.

    Raises:
        RequestError: it is no target.
    """
    try:
        parsed = httptools.parse_url(url)
    except httptools.HttpParserInvalidURLError:
        raise RequestError("the request target is no URL") from None
    raw_path = parsed.path or b"/"
    return Target(raw_path, unquote(raw_path.decode("latin-1")), parsed.query or b"")


def refuse_head(head: RequestHead) -> tuple[int, str] | None:
    """Return the status and the words that refuse a request for its head alone, or None.

    RFC 9112, section 3.2: a request of HTTP/1.1 has one Host, so that nobody can disagree whom it was meant for.
    """
    if head.version not in {"1.0", "1.1"}:
        return 505, f"HTTP/{head.version} is not served here"
    hosts = [name for name, _ in head.headers].count(b"host")
    if hosts > 1 or (hosts == 0 and head.version == "1.1"):
        return 400, "a request has one Host header"
    return None


def scope_of(head: RequestHead, client: object, server: object) -> dict[str, Any]:
    """Return the ASGI scope of a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": head.version,
        "method": head.method,
        "scheme": "http",
        "path": head.target.path,
        "raw_path": head.target.raw_path,
        "query_string": head.target.query,
        "root_path": "",
        "headers": head.headers,
        "client": client,
        "server": server,
        "state": {},
        "extensions": {},
    }


def encode_head(status: int, headers: Iterable[Header], date: bytes, length: BodyLength) -> bytes:
    """Return a response head.

    Raises:
        LocalProtocolError: a header would break the head: the application's fault.
    """
    lines = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d " % status]
    lines += [b"%b: %b" % header for header in headers]
    lines.append(b"date: " + date)
    if length.is_chunked:
        lines.append(b"transfer-encoding: chunked")
    if length.is_close:
        lines.append(b"connection: close")
    head = b"\r\n".join(lines)
    # As many line ends as stand between the lines: one look at all of it, not two at each header.
    if not head.count(b"\r") == head.count(b"\n") == len(lines) - 1 or b"\0" in head:
        raise LocalProtocolError("a response header holds a line end")
    return head + b"\r\n\r\n"


def encode_problem(status: int, message: str, date: bytes) -> bytes:
    """Return a whole response to a request that could not be read; the connection closes after it."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": "invalid_request"}
    body = msgspec.json.encode({"error": error})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return encode_head(status, headers, date, BodyLength(is_chunked=False, is_close=True)) + body


_STATUS_LINES = {status.value: b"HTTP/1.1 %d %b" % (status.value, status.phrase.encode()) for status in HTTPStatus}

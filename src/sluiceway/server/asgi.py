"""The ASGI callable and what is said through it: bodies read within a limit, whole responses written.

Source: ASGI specification 3.0, "HTTP" (read August 2026).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from sluiceway.errors import BodyTooLarge, RequestError

__all__ = [
    "ClientGone",
    "Header",
    "Receive",
    "Scope",
    "Send",
    "decode_query",
    "header",
    "header_fields",
    "read_body",
    "send_whole",
]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

_MAX_PARAMETERS = 100


class ClientGone(Exception):
    """The client went away while its request was read: there is nobody to answer."""


def header(scope: Scope, name: bytes) -> str:
    """Return a request header's value, several joined by a comma; empty when it is absent."""
    return ", ".join([value.decode("latin-1") for key, value in scope["headers"] if key == name])


def decode_query(query: str) -> dict[str, str]:
    """Return the parameters of a query, of several with one name the last.

    Raises:
        RequestError: there are more than anybody means.
    """
    try:
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)) if query else {}
    except ValueError:
        raise RequestError(f"the query has more than {_MAX_PARAMETERS} parameters") from None


def header_fields(scope: Scope) -> dict[str, str]:
    """Return the request's header fields of printable ASCII by lower-case name, of several with one name the last."""
    fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return {name: value for name, value in fields.items() if value.isascii() and value.isprintable()}


async def read_body(scope: Scope, receive: Receive, max_bytes: int) -> bytes:
    """Return the whole request body.

    Raises:
        BodyTooLarge: it passes ``max_bytes``; no more than that was kept.
        RequestError: its length is no number.
        ClientGone: it never came whole.
    """
    length = header(scope, b"content-length")
    if length and not (length.isascii() and length.isdigit()):
        raise RequestError("Content-Length is no number")
    if length and (len(length) > 18 or int(length) > max_bytes):
        raise BodyTooLarge(f"the request body is larger than {max_bytes} bytes")
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece = message.get("body", b"")
        size += len(piece)
        if size > max_bytes:
            raise BodyTooLarge(f"the request body is larger than {max_bytes} bytes")
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


async def send_whole(
    send: Send, status: int, body: bytes, content_type: str = "application/json", headers: Sequence[Header] = ()
) -> None:
    """Send a whole response."""
    fields = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-cache, no-transform"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body, "more_body": False})

"""One request and its response: the ``receive`` and ``send`` of an ASGI application, over a connection.

Beside ASGI it is a `BodyWriter`: an application that finds it under ``extensions["sluiceway.body"]`` may write body
bytes at once from a callback. That saves a task switch and a queue per token (`bench`: about a third of the server's
CPU per token).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from sluiceway.errors import LocalProtocolError
from sluiceway.server.http1.head import BodyLength, Header, RequestHead, encode_head
from sluiceway.wire.chunk import CHUNK

__all__ = ["Exchange", "Wire"]

_MAX_QUEUED_BODY_BYTES = 64 * 1024
"""Request body bytes that may wait for the application before reading pauses."""

_BODILESS = frozenset({204, 304})
"""Statuses whose responses end with their heads (RFC 9112, section 6.3)."""


class Wire(Protocol):
    """What an exchange needs of its connection."""

    @property
    def is_writable(self) -> bool:
        """Whether the socket takes more now."""
        ...

    @property
    def date(self) -> bytes:
        """The value of the Date header now."""
        ...

    def write(self, data: bytes) -> None:
        """Hand bytes to the socket."""
        ...

    async def drain(self) -> None:
        """Wait until the socket takes more, or is gone."""
        ...

    def backlog_bytes(self) -> int:
        """Return how many bytes the socket has not taken yet."""
        ...

    def pause_reading(self) -> None:
        """Take no more of the request's body for now."""
        ...

    def resume_reading(self) -> None:
        """Go on."""
        ...


class Exchange:
    """One request and its response.

    Args:
        wire: the connection.
        head: the request's head.
        is_persistent: whether the client lets the connection live on.

    Attributes:
        is_persistent: whether the connection may carry another request; known for good when the response is done.
        is_started: whether the response's head is known; it is out with the first piece of the body.
        is_done: whether the response is whole.
        is_gone: whether the client went away.
        is_writable: whether the socket takes more now.
        is_body_whole: whether the request has been read to its end.
        on_gone: called when the client went away, for whoever does not wait for it in `receive`.
        on_room: called when ``is_writable`` changes, and when the client leaves, for whoever writes without waiting.
    """

    __slots__ = (
        "_body",
        "_chunked",
        "_head",
        "_held_head",
        "_is_body_taken",
        "_is_plain",
        "_left_bytes",
        "_needs_continue",
        "_queued_bytes",
        "_waiter",
        "_wire",
        "_write",
        "is_body_whole",
        "is_done",
        "is_gone",
        "is_persistent",
        "is_started",
        "is_writable",
        "on_gone",
        "on_room",
    )

    def __init__(self, wire: Wire, head: RequestHead, *, is_persistent: bool) -> None:
        self.is_persistent = is_persistent
        self.is_started = False
        self.is_done = False
        self.is_gone = False
        self.on_gone: Callable[[], None] | None = None
        self.on_room: Callable[[bool], None] | None = None
        self.is_body_whole = False
        self.is_writable = wire.is_writable
        self._wire = wire
        self._write = wire.write
        self._held_head = b""
        self._is_plain = False  # every piece of the body is one chunk, and nothing else is to be thought of
        self._head = head
        self._body: deque[bytes] = deque()
        self._queued_bytes = 0
        self._is_body_taken = False
        self._waiter: asyncio.Future[None] | None = None
        self._chunked = False
        self._left_bytes: int | None = None
        self._needs_continue = (b"expect", b"100-continue") in head.headers

    # The connection's side.

    def feed_body(self, data: bytes) -> None:
        """Take a piece of the request's body."""
        if self.is_done:
            return
        self._body.append(data)
        self._queued_bytes += len(data)
        if self._queued_bytes > _MAX_QUEUED_BODY_BYTES:
            self._wire.pause_reading()
        self._wake()

    def end_body(self) -> None:
        """Take the end of the request's body."""
        self.is_body_whole = True
        self._wake()

    def leave(self) -> None:
        """Take note that the client went away."""
        self.is_gone = True
        self._is_plain = False
        self._wake()
        if self.on_gone is not None:
            self.on_gone()
        self.set_writable(is_writable=True)

    def set_writable(self, *, is_writable: bool) -> None:
        """Take note that the socket takes more, or no more for now."""
        self.is_writable = is_writable
        if self.on_room is not None:
            self.on_room(is_writable)

    # The application's side.

    async def receive(self) -> dict[str, Any]:
        """Return the next ASGI message: pieces of the body, then the client's leaving."""
        if self._needs_continue and not self.is_started and not self.is_body_whole:
            self._needs_continue = False
            self._wire.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while not (self.is_gone or self._body or (self.is_body_whole and not self._is_body_taken)):
            await self._wait()
        if self.is_gone:
            return {"type": "http.disconnect"}
        data = b"".join(self._body)
        self._body.clear()
        if self._queued_bytes > _MAX_QUEUED_BODY_BYTES:
            self._wire.resume_reading()
        self._queued_bytes = 0
        self._is_body_taken = self.is_body_whole
        return {"type": "http.request", "body": data, "more_body": not self.is_body_whole}

    async def send(self, message: Any) -> None:
        """Take an ASGI message; returns when the socket takes more."""
        if message["type"] == "http.response.start":
            self._start(message["status"], message.get("headers", []))
            return
        self.write(message.get("body", b""), is_last=not message.get("more_body", False))
        if not self.is_writable:
            await self._wire.drain()

    @property
    def write_chunk(self) -> Callable[[bytes], None] | None:
        """What takes whole chunks of the body as they are, while the body is so coded and under way; else None."""
        return self._write if self._is_plain else None

    def backlog_bytes(self) -> int:
        """Return how many bytes the socket has not taken yet."""
        return self._wire.backlog_bytes()

    def write(self, data: bytes, *, is_last: bool = False) -> None:
        """Write a piece of the response's body at once; what the socket does not take waits in memory."""
        if self._is_plain and data and not is_last:
            self._write(CHUNK % (len(data), data))
        else:
            self._write_any(data, is_last=is_last)

    def _write_any(self, data: bytes, *, is_last: bool) -> None:
        if self.is_gone or self.is_done:
            return
        if not self.is_started:
            raise LocalProtocolError("a body before its head")
        if self._left_bytes is not None:
            self._left_bytes -= len(data)
        if self._head.method == "HEAD":
            data = b""
        elif self._chunked and data:
            data = CHUNK % (len(data), data)
        if is_last:
            self.is_done = True
            self._is_plain = False
            self.is_persistent = self.is_persistent and not self._left_bytes
            if self._chunked and self._head.method != "HEAD":
                data += b"0\r\n\r\n"
        elif self._chunked and self._head.method != "HEAD":
            self._is_plain = True
        head, self._held_head = self._held_head, b""
        if head or data:
            self._write(head + data)

    def _start(self, status: int, headers: list[Header]) -> None:
        if self.is_started:
            raise LocalProtocolError("a second head")
        self.is_started = True
        lengths = [value for name, value in headers if name.lower() == b"content-length"]
        self._left_bytes = int(lengths[0]) if lengths else None
        is_bodiless = status in _BODILESS
        self._chunked = not lengths and self._head.version == "1.1" and not is_bodiless
        # A body that nothing else delimits ends with the connection; an unread one would be taken for a head.
        has_end = self._chunked or bool(lengths) or is_bodiless
        self.is_persistent = self.is_persistent and has_end and self.is_body_whole
        form = BodyLength(is_chunked=self._chunked, is_close=not self.is_persistent)
        # It leaves with the first piece of the body, in one write: ASGI's servers do not send it sooner.
        self._held_head = encode_head(status, headers, self._wire.date, form)

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

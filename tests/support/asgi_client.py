"""A client of an ASGI application in this process, which can leave at any moment and can be slow.

::

    call = AsgiCall(app, "POST", "/v1/chat/completions", body)
    await call.until_body(b"Hello")
    call.disconnect()
    await call.returned()
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from support.wait import until

__all__ = ["App", "AsgiCall", "ask"]

App = Callable[[Any, Any, Any], Any]
_TIMEOUT_S = 10.0


class AsgiCall:
    """One request, from the moment it is made.

    Args:
        app: the application.
        method: the request's method.
        path: its path, perhaps with a query.
        pieces: its body, in one message each.
        headers: its headers; names in lower case.
        is_cut: the client leaves before the body is whole.
        has_writer: offer the extension that writes a body without waiting.

    Attributes:
        status: of the response, None until it begins.
        headers: of the response.
        body: of the response, so far.
        writes: the pieces it came in, but for empty ones.
        is_whole: whether the response was ended as it should be.
    """

    def __init__(
        self,
        app: App,
        method: str,
        path: str,
        *pieces: bytes,
        headers: Mapping[str, str] | None = None,
        is_cut: bool = False,
        has_writer: bool = False,
    ) -> None:
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.writes: list[bytes] = []
        self.is_whole = False
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._open = asyncio.Event()
        self._open.set()
        self._takes_end = True
        self.writer = Writer(self)
        for number, piece in enumerate(pieces or (b"",), 1):
            has_more = is_cut or number < len(pieces)
            self._inbox.put_nowait({"type": "http.request", "body": piece, "more_body": has_more})
        if is_cut:
            self._inbox.put_nowait({"type": "http.disconnect"})
        scope = {
            "type": "http",
            "method": method,
            "path": path.partition("?")[0],
            "query_string": path.partition("?")[2].encode(),
            "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
            "extensions": {"sluiceway.body": self.writer} if has_writer else {},
        }
        self.task = asyncio.ensure_future(app(scope, self._inbox.get, self._send))

    @property
    def body(self) -> bytes:
        """Return all of the body so far."""
        return b"".join(self.writes)

    def json(self) -> Any:
        """Return the body as a JSON value."""
        return json.loads(self.body)

    def disconnect(self) -> None:
        """Leave; the server lets go of whatever it still sends."""
        self._inbox.put_nowait({"type": "http.disconnect"})
        self.writer.is_gone = True
        if self.writer.on_gone is not None:
            self.writer.on_gone()
        self.unblock()

    def say_more(self) -> None:
        """Send what nobody asked for: more of a body that is whole."""
        self._inbox.put_nowait({"type": "http.request", "body": b"more", "more_body": True})

    def block(self) -> None:
        """Take nothing more."""
        self._open.clear()
        if self.writer.on_room is not None:
            self.writer.on_room(False)

    def block_at_end(self) -> None:
        """Take everything but the message that ends the response."""
        self._takes_end = False

    def unblock(self) -> None:
        """Take again."""
        self._open.set()
        if self.writer.on_room is not None:
            self.writer.on_room(True)

    @property
    def is_blocked(self) -> bool:
        """Whether nothing is taken."""
        return not self._open.is_set()

    async def returned(self) -> AsgiCall:
        """Wait until the application is done with the request, and return the call."""
        await asyncio.wait_for(self.task, _TIMEOUT_S)
        return self

    async def started(self) -> None:
        """Wait until the response begins."""
        await until(lambda: self.status is not None)

    async def until_body(self, text: bytes) -> None:
        """Wait until the body holds ``text``."""
        await until(lambda: text in self.body)

    def take(self, data: bytes, *, is_last: bool) -> None:
        """Keep a piece of the response's body."""
        assert self.status is not None, "a head comes before its body"
        assert not self.is_whole, "nothing follows the end"
        if data:
            self.writes.append(data)
        self.is_whole = is_last
        if is_last and not self._takes_end:
            self.block()

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert self.status is None, "a response has one head"
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        self.take(message.get("body", b""), is_last=not message.get("more_body", False))
        await self._open.wait()


class Writer:
    """The extension ``sluiceway.body``: writes at once, and tells whether it had better not.

    Attributes:
        backlog: bytes that the client has not taken yet.
        looks: how often somebody wanted to know.
    """

    def __init__(self, call: AsgiCall) -> None:
        self._call = call
        self.backlog = 1
        self.looks = 0
        self.is_gone = False
        self.write_chunk: Callable[[bytes], None] | None = None
        self.on_gone: Callable[[], None] | None = None
        self.on_room: Callable[[bool], None] | None = None

    @property
    def is_writable(self) -> bool:
        """Whether the client takes."""
        return not self._call.is_blocked

    def backlog_bytes(self) -> int:
        """Return what the test says; what never shrinks is no progress."""
        self.looks += 1
        return self.backlog

    def write(self, data: bytes) -> None:
        """Write a piece of the body."""
        self._call.take(data, is_last=False)


async def ask(app: App, method: str, path: str, body: bytes = b"", **headers: str) -> AsgiCall:
    """Make a request and wait for its whole response; underscores in ``headers`` are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await AsgiCall(app, method, path, body, headers=named).returned()

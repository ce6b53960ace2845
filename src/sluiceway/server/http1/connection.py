"""One connection of a reader: bytes → requests → the application, one after another.

Requests that a client sends ahead wait for their turn. What cannot be read gets one error and a closed connection. A
response that its application leaves unfinished is cut without the mark that would call it whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, cast

import httptools
import msgspec

from sluiceway.errors import RequestError
from sluiceway.server.http1.exchange import Exchange
from sluiceway.server.http1.head import Header, RequestHead, decode_target, encode_problem, refuse_head, scope_of

__all__ = ["Application", "Connection", "ConnectionLimits", "Host"]

_log = logging.getLogger("sluiceway.http1")

Application = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]

_HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n"

_WRITE_BUFFER_BYTES = 64 * 1024
"""What may wait for the socket before writers are told to stop: the size of a socket's own buffer."""


class ConnectionLimits(msgspec.Struct, frozen=True):
    """What a client is held to.

    Attributes:
        head_s: from the first byte of a connection, or of a later request, to the end of the request's head.
        body_s: between two pieces of a request's body.
        idle_s: between a response and the next request.
        linger_s: how long a closing connection may take to take its last bytes.
        max_head_bytes: size of a request's head, its trailers included.
        max_headers: number of its lines.
        max_pipelined: requests that may wait for their turn.
    """

    head_s: float = 15.0
    body_s: float = 30.0
    idle_s: float = 75.0
    linger_s: float = 5.0
    max_head_bytes: int = 64 * 1024
    max_headers: int = 128
    max_pipelined: int = 16


class Host(Protocol):
    """What a connection needs of its listener.

    Attributes:
        app: the application.
        limits: what clients are held to.
        is_closing: whether connections end with their present response.
        date: the value of the Date header now.
    """

    app: Application
    limits: ConnectionLimits
    is_closing: bool
    date: bytes

    def now(self) -> float:
        """Return monotonic seconds."""
        ...

    def add(self, connection: Connection) -> None:
        """Take a new connection into its care."""
        ...

    def remove(self, connection: Connection) -> None:
        """Let go of one that is gone."""
        ...

    def hand_over(self, transport: asyncio.Transport, data: bytes) -> None:
        """Give a connection that speaks HTTP/2, and its first bytes, to whoever does."""
        ...


class Connection(asyncio.Protocol):
    """A protocol for `asyncio.loop.create_server`.

    Args:
        host: the listener.

    Attributes:
        is_writable: whether the socket takes more now.
        write: hands bytes to the socket; it is the transport's own method.
    """

    __slots__ = (
        "_client",
        "_deadline",
        "_exchange",
        "_fresh",
        "_head_bytes",
        "_headers",
        "_host",
        "_is_closing",
        "_is_in_head",
        "_is_quiet",
        "_is_reading",
        "_parser",
        "_pending",
        "_quiet_bytes",
        "_refusal",
        "_server",
        "_task",
        "_transport",
        "_url",
        "_waiter",
        "is_writable",
        "write",
    )

    def __init__(self, host: Host) -> None:
        self.is_writable = True
        self._host = host
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._fresh: bytes | None = b""
        self._url = b""
        self._headers: list[Header] = []
        self._head_bytes = 0
        self._quiet_bytes = 0
        self._is_quiet = True
        self._is_in_head = True
        self._is_reading = True
        self._refusal: tuple[int, str] | None = None
        self._pending: deque[tuple[Exchange, RequestHead]] = deque()
        self._exchange: Exchange | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._is_closing = False
        self._deadline: float | None = None

    # asyncio's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self.write = self._transport.write
        self._client, self._server = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self._transport.set_write_buffer_limits(_WRITE_BUFFER_BYTES)
        self._host.add(self)
        self._expect(self._host.limits.head_s)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        if self._is_closing:
            return
        if self._fresh is not None:
            data = self._fresh + data
            if data.startswith(_HTTP2_PREFACE):
                self._leave_to_http2(data)
                return
            self._fresh = data if _HTTP2_PREFACE.startswith(data) else None
            if self._fresh is not None:
                return
        self._feed(data)

    def pause_writing(self) -> None:
        """Take note that the socket's buffer is full."""
        self.is_writable = False
        if self._exchange is not None:
            self._exchange.set_writable(is_writable=False)

    def resume_writing(self) -> None:
        """Take note that it has room again."""
        self.is_writable = True
        self._release_waiter()
        if self._exchange is not None:
            self._exchange.set_writable(is_writable=True)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Take the end of the connection, whoever ended it."""
        self._is_closing = True
        self._host.remove(self)
        self._pending.clear()
        self._release_waiter()
        if self._exchange is not None:
            self._exchange.leave()

    # The parser's side: httptools calls these from `feed_data`.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._url = b""
        self._headers = []
        self._head_bytes = 0
        self._is_in_head = True
        if self._exchange is None:
            self._expect(self._host.limits.head_s)

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._url += url
        self._head_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer, which is no header: RFC 9110, section 6.5.1."""
        self._head_bytes += len(name) + len(value) + 4
        if self._is_in_head:
            self._headers.append((name.lower(), value))
        else:
            self._judge_size()

    def on_headers_complete(self) -> None:
        """Begin the exchange, or put it in the row."""
        self._is_in_head = self._is_quiet = False
        self._judge_size()
        if self._refusal is not None or self._wants_upgrade:
            return
        try:
            target = decode_target(self._url)
        except RequestError as error:
            self._refusal = (error.status, error.message)
            return
        method = self._parser.get_method().decode("latin-1")
        head = RequestHead(method, target, self._parser.get_http_version(), self._headers)
        self._refusal = refuse_head(head)
        if self._refusal is not None:
            return
        exchange = Exchange(self, head, is_persistent=self._parser.should_keep_alive())
        self._pending.append((exchange, head))
        self._expect(self._host.limits.body_s)
        if len(self._pending) > self._host.limits.max_pipelined:
            self._refusal = (429, "too many requests sent ahead")
        elif self._exchange is None:
            self._begin_next()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body of the request that came last."""
        self._is_quiet = False
        if self._refusal is None:
            self._latest.feed_body(body)

    def on_message_complete(self) -> None:
        """Take the end of a request."""
        self._is_quiet = False
        if self._refusal is None and not self._wants_upgrade:
            self._deadline = None
            self._latest.end_body()

    # The exchange's side.

    @property
    def date(self) -> bytes:
        """The value of the Date header now."""
        return self._host.date

    def backlog_bytes(self) -> int:
        """Return how many bytes the socket has not taken yet."""
        return self._transport.get_write_buffer_size()

    async def drain(self) -> None:
        """Wait until the socket takes more, or is gone."""
        while not self.is_writable and not self._is_closing:
            if self._waiter is None:
                self._waiter = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._waiter)

    def pause_reading(self) -> None:
        """Take no more of the request's body for now; meanwhile its client is not late."""
        self._is_reading = False
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on."""
        if self._is_reading:
            return
        self._is_reading = True
        if self._deadline is not None:
            self._expect(self._host.limits.body_s)
        self._transport.resume_reading()

    # The listener's side.

    def check(self, now: float) -> None:
        """End the connection if its client takes too long."""
        if self._deadline is None or now < self._deadline or not self._is_reading:
            return
        if self._is_closing or self._exchange is not None:
            self._transport.abort()
        elif self._is_amid_head:
            self._refuse(408, "the request took too long")
        else:
            self._close()

    def finish(self) -> None:
        """End the connection, at once if it is idle, else with its present response."""
        if self._exchange is not None:
            self._exchange.is_persistent = False
        elif self._is_amid_head:
            self._close()
        elif not self._is_closing:
            self._is_closing = True
            self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    @property
    def _latest(self) -> Exchange:
        if self._pending:
            return self._pending[-1][0]
        assert self._exchange is not None
        return self._exchange

    def _feed(self, data: bytes) -> None:
        self._is_quiet = True
        if self._deadline is not None and not self._is_in_head:
            self._expect(self._host.limits.body_s)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as wish:
            self._decline_upgrade(data[wish.args[0] :])
        except httptools.HttpParserError:
            self._judge_size()
            self._refusal = self._refusal or (400, "the request is no HTTP/1.1")
        # The parser keeps what it cannot tell yet, such as half a header or half a trailer.
        self._quiet_bytes = self._quiet_bytes + len(data) if self._is_quiet else 0
        self._judge_size()
        if self._refusal is not None:
            self._refuse(*self._refusal)

    @property
    def _is_amid_head(self) -> bool:
        """Whether a request has begun whose head is not whole yet."""
        return self._is_in_head and bool(self._head_bytes or self._quiet_bytes)

    @property
    def _wants_upgrade(self) -> bool:
        return bool(self._parser.should_upgrade())

    def _decline_upgrade(self, rest: bytes) -> None:
        """Read the request again without its wish, for which the parser would not take its body.

        ``curl --http2`` has one.
        """
        if self._refusal is not None:
            return
        method = self._parser.get_method()
        if method == b"CONNECT":
            self._refusal = (405, "CONNECT is not served here")
            return
        fields = [b"%b: %b" % field for field in self._headers if field[0] != b"upgrade"]
        first = b"%b %b HTTP/%b" % (method, self._url, self._parser.get_http_version().encode())
        self._parser = httptools.HttpRequestParser(self)
        self._feed(b"\r\n".join([first, *fields, b"", b""]) + rest)

    def _judge_size(self) -> None:
        """Refuse a head that is too large; one read at most goes beyond before it is."""
        limits = self._host.limits
        if self._head_bytes > limits.max_head_bytes or self._quiet_bytes > limits.max_head_bytes:
            self._refusal = self._refusal or (431, "the request's head is too large")
        elif len(self._headers) > limits.max_headers:
            self._refusal = self._refusal or (431, "too many headers")

    def _begin_next(self) -> None:
        exchange, head = self._pending.popleft()
        self._exchange = exchange
        exchange.is_writable = self.is_writable
        scope = scope_of(head, self._client, self._server)
        scope["extensions"]["sluiceway.body"] = exchange
        serving = self._host.app(scope, exchange.receive, exchange.send)
        self._task = asyncio.get_running_loop().create_task(serving)
        self._task.add_done_callback(self._end_exchange)

    def _end_exchange(self, task: asyncio.Task[None]) -> None:
        exchange = self._exchange
        assert exchange is not None
        self._exchange = self._task = None
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("an application failed", exc_info=error)
        if self._transport.is_closing():
            return
        if not exchange.is_started:
            self._refuse(*(self._refusal or (500, "internal error")))
        elif not exchange.is_done:
            self._cut()
        elif exchange.is_persistent and not self._host.is_closing:
            self._go_on()
        else:
            self._close()

    def _go_on(self) -> None:
        if self._pending:
            self._begin_next()
        elif self._is_amid_head:
            self._expect(self._host.limits.head_s)
        else:
            self._expect(self._host.limits.idle_s)

    def _expect(self, within_s: float) -> None:
        self._deadline = self._host.now() + within_s

    def _refuse(self, status: int, message: str) -> None:
        self._pending.clear()
        if self._exchange is not None:
            # A response is under way: nothing else can be said on this connection.
            self._exchange.is_persistent = False
            if not self._exchange.is_body_whole:
                self._exchange.leave()  # what cannot be read is its own body: it never comes whole
            return
        self._transport.write(encode_problem(status, message, self._host.date))
        self._close()

    def _close(self) -> None:
        """Send what waits, then end the connection.

        A socket that is closed with bytes unread resets the connection, and the client may lose the response. So the
        sending side is closed first, and what still comes is thrown away until the client closes or time is up.
        """
        self._is_closing = True
        self.resume_reading()
        self._expect(self._host.limits.linger_s)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def _cut(self) -> None:
        self._is_closing = True
        if self.is_writable:
            self._transport.close()
        else:
            self._transport.abort()

    def _leave_to_http2(self, data: bytes) -> None:
        self._host.remove(self)
        self._host.hand_over(self._transport, data)

    def _release_waiter(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        self._waiter = None

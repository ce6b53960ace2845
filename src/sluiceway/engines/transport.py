"""One HTTP/1.1 connection to an upstream: bytes in, heads and bodies out.

It opens no socket, knows no dialect and keeps no time. One response at a time; a read of the socket is handed on as
at most one `Receiver.receive_body`, and all of it before whatever went wrong later in the same read.
Source: RFC 9112; parsing is llhttp's, in its strict mode.

Plain `asyncio.Protocol` rather than `BufferedProtocol`: llhttp copies the body out anyway, and the second call into
Python for each read costs what the saved copy brings (uvloop, 200 streams, one read a token, socket and llhttp alone:
10.5 to 10.9 µs CPU a read against 10.3 to 13.2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

import httptools
import msgspec

from sluiceway.engines.rules import ResponseHead
from sluiceway.engines.shortcut import Shortcut
from sluiceway.engines.unread import has_unread
from sluiceway.errors import BufferLimitExceeded, EngineUnavailable, RemoteProtocolError, SluicewayError
from sluiceway.wire.chunk import CHUNK

__all__ = ["HeadLimits", "HttpConnection", "Receiver"]

_HEAD_TOO_LARGE = "the upstream's header section is too large"


class HeadLimits(msgspec.Struct, frozen=True):
    """What the header sections of one response may amount to, interim responses and trailers included."""

    max_bytes: int
    max_lines: int


class Receiver(Protocol):
    """What one response is pushed into: a head, body pieces, then an end or a loss."""

    def receive_head(self, head: ResponseHead) -> None:
        """Take the final response's head."""
        ...

    def receive_body(self, data: bytes) -> None:
        """Take the body bytes of one read."""
        ...

    def receive_end(self) -> None:
        """Take the end of a complete response."""
        ...

    def receive_loss(self, error: SluicewayError) -> None:
        """Take what broke the response off; the connection is gone."""
        ...


class HttpConnection(asyncio.Protocol):
    """A connection, from the moment something connects it until it is lost.

    Args:
        limits: for its responses' header sections.
        on_lost: called once when the socket is closed, whoever closed it.

    Attributes:
        is_answered: whether a byte has come since `send`.
        is_unread: whether the upstream closed before it had all of the request.
        shortcut: tried first with whole chunks of the response's body; None while there is none.
    """

    __slots__ = (
        "_fault",
        "_has_news",
        "_head",
        "_head_bytes",
        "_head_lines",
        "_headers",
        "_is_between_chunks",
        "_is_complete",
        "_is_head_told",
        "_is_kept_alive",
        "_is_paused",
        "_limits",
        "_on_lost",
        "_parser",
        "_pieces",
        "_receiver",
        "_silent_bytes",
        "_transport",
        "is_answered",
        "is_unread",
        "shortcut",
    )

    def __init__(self, limits: HeadLimits, on_lost: Callable[[HttpConnection], None]) -> None:
        self._limits = limits
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._receiver: Receiver | None = None
        self._is_paused = False
        self._reset()
        self._is_complete = self._is_kept_alive = True

    def _reset(self) -> None:
        self._parser: httptools.HttpResponseParser | None = None
        self._headers: dict[str, str] = {}
        self._head: ResponseHead | None = None
        self._is_head_told = False
        self._head_bytes = 0
        self._head_lines = 0
        self._silent_bytes = 0
        self._pieces: list[bytes] = []
        self._fault: SluicewayError | None = None
        self._has_news = True
        self._is_between_chunks = False
        self.shortcut: Shortcut | None = None
        self._is_complete = False
        self._is_kept_alive = False
        self.is_answered = self.is_unread = False

    # The user's side.

    def send(self, message: bytes, receiver: Receiver) -> None:
        """Send a request and push its response into ``receiver``. The connection must be idle."""
        assert self._transport is not None, "not connected"
        self._reset()
        self._receiver = receiver
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(message)

    def hand_over(self, receiver: Receiver) -> None:
        """Push the rest of the response into another receiver; the short way led to the one before."""
        self._receiver = receiver
        self.shortcut = None

    def pause(self) -> None:
        """Stop reading."""
        if not self._is_paused and (transport := self._live_transport):
            self._is_paused = True
            transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._is_paused and (transport := self._live_transport):
            self._is_paused = False
            transport.resume_reading()

    def rest(self) -> None:
        """Let go of the receiver; bytes that come now close the connection."""
        self._receiver = self._parser = self.shortcut = None

    def abort(self) -> None:
        """Close the socket at once, without a word to the receiver."""
        self.rest()
        if self._transport is not None:
            self._transport.abort()

    def lose(self, error: SluicewayError) -> None:
        """Close the socket at once, and tell the receiver why."""
        receiver = self._receiver
        self.abort()
        if receiver is not None:
            receiver.receive_loss(error)

    @property
    def is_complete(self) -> bool:
        """Whether no response is under way."""
        return self._is_complete

    @property
    def is_open(self) -> bool:
        """Whether there is a socket that nobody has closed yet."""
        return self._live_transport is not None

    @property
    def is_reusable(self) -> bool:
        """Whether another request may be sent: the last one is fully answered, and nothing else is in the pipe."""
        transport = self._live_transport
        return (
            self._is_complete
            and self._is_kept_alive
            and self._fault is None
            and not self._is_paused
            and transport is not None
            and not transport.get_write_buffer_size()
        )

    @property
    def _live_transport(self) -> asyncio.Transport | None:
        transport = self._transport
        return None if transport is None or transport.is_closing() else transport

    # The socket's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connected socket."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take one read. The hot path: nothing here may be done once a token, only once a read."""
        parser, receiver = self._parser, self._receiver
        if parser is None or receiver is None:
            self.abort()  # bytes that answer nothing
            return
        if self._is_between_chunks and self.shortcut is not None and self.shortcut.take(data):
            return  # llhttp stood between two chunks, need not see this one, and stands there still
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as exc:
            self._fault = _describe(exc, data)
            self._has_news = True
        pieces = self._pieces
        if pieces and not self._has_news:
            self._silent_bytes = 0
            body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            # Had llhttp not stood between two chunks before, it would have taken the size for a part of the body.
            self._is_between_chunks = data == b"".join([CHUNK % (len(piece), piece) for piece in pieces])
            pieces.clear()
            receiver.receive_body(body)
        else:
            self._is_between_chunks = False
            self._deliver(receiver, len(data))

    def eof_received(self) -> None:
        """Take the end of the upstream's sending side; Sluiceway never goes on with half a connection."""
        self.is_unread = self._transport is not None and has_unread(self._transport)
        self._break_off(is_clean=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the socket."""
        self._break_off(is_clean=exc is None)
        self._transport = None
        self._on_lost(self)

    # llhttp's side. What is raised here stops it and comes out of `feed_data`, wrapped.

    def on_message_begin(self) -> None:
        """Take the first byte of a response.

        Raises:
            RemoteProtocolError: the request is answered already.
        """
        if self._is_complete:
            raise RemoteProtocolError("the upstream answered twice")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header line, or a trailer.

        Raises:
            BufferLimitExceeded: it is one too many.
        """
        self._head_lines += 1
        self._head_bytes += len(name) + len(value) + 4
        if self._head_lines > self._limits.max_lines or self._head_bytes > self._limits.max_bytes:
            raise BufferLimitExceeded(_HEAD_TOO_LARGE)
        if self._head is None:
            self._headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        """Take the end of a header section."""
        assert self._parser is not None
        status = self._parser.get_status_code()
        # HTTP/1.1 103 Early Hints
        if status >= 200:
            self._head = ResponseHead(status, self._headers)
        self._headers = {}

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        self._pieces.append(data)

    def on_message_complete(self) -> None:
        """Take the end of a response; interim ones end too."""
        assert self._parser is not None
        if self._head is not None:
            self._is_complete = self._has_news = True
            self._is_kept_alive = self._parser.should_keep_alive()

    # Inside.

    def _deliver(self, receiver: Receiver, read_bytes: int) -> None:
        """Hand on all that a read held, in order; at each step the receiver may let go of the connection."""
        self.is_answered = True
        if self._head is not None and not self._is_head_told:
            self._is_head_told = True
            receiver.receive_head(self._head)
        if self._pieces and self._receiver is receiver:
            body = b"".join(self._pieces)
            self._pieces.clear()
            receiver.receive_body(body)
        elif self._receiver is receiver:
            self._count_silence(read_bytes)
        if self._receiver is receiver:
            self._conclude(receiver)

    def _count_silence(self, read_bytes: int) -> None:
        """Bound what llhttp gathers before it calls back: header lines and trailers without an end."""
        self._silent_bytes += read_bytes
        if self._silent_bytes > self._limits.max_bytes and not self._is_complete:
            self._fault = self._fault or BufferLimitExceeded(_HEAD_TOO_LARGE)

    def _conclude(self, receiver: Receiver) -> None:
        if self._is_complete:
            self.rest()
            receiver.receive_end()
        elif self._fault is not None:
            self.lose(self._fault)
        else:
            self._has_news = not self._is_head_told

    def _break_off(self, *, is_clean: bool) -> None:
        # A response without a length ends with its connection: RFC 9112 section 6.3, rule 8.
        if is_clean and self._receiver is not None and self._head is not None and not self._head.has_length:
            receiver = self._receiver
            self._is_complete = True
            self.abort()
            receiver.receive_end()
        elif self._head is None:
            self.lose(EngineUnavailable("the upstream closed the connection before it answered"))
        else:
            self.lose(EngineUnavailable("the upstream closed the connection in mid-answer"))


def _describe(exc: Exception, data: bytes) -> SluicewayError:
    """Return our error for one of llhttp's; what a callback raised is ours already."""
    cause = exc.__context__
    if isinstance(cause, SluicewayError):
        return cause
    if isinstance(exc, httptools.HttpParserUpgrade):
        return RemoteProtocolError("the upstream changed protocols, which was not asked for")
    return RemoteProtocolError(f"the upstream broke HTTP: {exc}", excerpt=repr(data[:100]))

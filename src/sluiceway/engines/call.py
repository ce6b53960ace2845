"""One answer of an upstream: from the request's bytes to the sink's end.

Here is decided what timeouts, losses and odd endings mean. It refuses to know sockets (`transport`) or vendors (the
dialect's decoder). Whatever happens, what had arrived is fed first and the sink is closed exactly once, or not at all
after `UpstreamCall.abort`.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

import msgspec

from sluiceway.dialects.base import Decoder, UpstreamSide
from sluiceway.engine import Sink
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.pool import Pool
from sluiceway.engines.rules import BodyKind, ResponseHead, foreign_body_error, judge_head, status_error
from sluiceway.engines.shortcut import Shortcut
from sluiceway.engines.transport import HttpConnection
from sluiceway.errors import (
    EngineError,
    EngineUnavailable,
    RemoteProtocolError,
    SluicewayError,
    UpstreamFailed,
    UpstreamTimeout,
)
from sluiceway.events import Event, Frame, StreamEnd, StreamError
from sluiceway.usual import Usual

__all__ = ["Terms", "UpstreamCall"]

_FOREIGN_BYTES = 512
_ENDINGS = (StreamEnd, StreamError)


class Terms(msgspec.Struct, frozen=True):
    """What all calls of one engine share.

    Attributes:
        options: limits and the key.
        dialect: what the upstream speaks.
        pool: its connections.
        on_over: called once for each call, when it is over for whatever reason.
    """

    options: UpstreamOptions
    dialect: UpstreamSide
    pool: Pool
    on_over: Callable[[UpstreamCall], None]


class UpstreamCall:
    """One running answer; a `sluiceway.engine.Call`, and the receiver of its connection.

    Args:
        terms: what it shares with the engine's other calls.
        message: the whole request.
        sink: where the answer goes.
        is_stream: whether a streaming answer was asked for.
    """

    __slots__ = (
        "_connection",
        "_decoder",
        "_dialing",
        "_has_begun",
        "_head",
        "_is_fresh",
        "_is_paused",
        "_is_stream",
        "_kept",
        "_kind",
        "_message",
        "_read_at",
        "_sent_at",
        "_sink",
        "_started_at",
        "_terms",
        "_time",
        "_timer",
        "_usual",
    )

    def __init__(self, terms: Terms, message: bytes, sink: Sink, *, is_stream: bool) -> None:
        self._terms = terms
        self._message = message
        self._sink: Sink | None = sink
        self._is_stream = is_stream
        self._connection: HttpConnection | None = None
        self._dialing: asyncio.Task[None] | None = None
        self._decoder: Decoder | None = None
        self._head: ResponseHead | None = None
        self._kind: BodyKind | None = None
        self._usual: Usual | None = None
        self._kept = bytearray()
        self._has_begun = False
        self._is_fresh = False
        self._is_paused = False
        loop = asyncio.get_running_loop()
        self._time = loop.time
        self._started_at = self._sent_at = self._read_at = loop.time()
        self._timer: asyncio.TimerHandle | None = None

    # The engine's side.

    def begin(self) -> None:
        """Send the request, on a warm connection if there is one."""
        connection = self._terms.pool.take()
        if connection is None:
            self._dial()
        else:
            self._send(connection)

    def fail(self, error: SluicewayError) -> None:
        """End the call, and its connection with it."""
        self._end(error, is_reusable=False)

    # The consumer's side.

    def pause(self) -> None:
        """Stop reading from the upstream."""
        self._is_paused = True
        if self._connection is not None:
            self._connection.pause()

    def resume(self) -> None:
        """Read on; the clocks that a pause stops start anew."""
        self._is_paused = False
        self._sent_at = self._read_at = self._time()
        if self._connection is not None:
            self._connection.resume()
            if self._timer is None:
                self._watch()

    def abort(self) -> None:
        """Stop at once: the socket is closed, also one that is being connected."""
        connection = self._connection
        self._let_go()
        if connection is not None:
            connection.abort()

    # The connection's side.

    def receive_head(self, head: ResponseHead) -> None:
        """Take the head, and with it the decision how to read the body."""
        self._head = head
        self._message = b""  # answered: it is not to be sent again, and may be large
        self._read_at = self._time()
        try:
            self._kind = judge_head(head, is_stream=self._is_stream)
        except RemoteProtocolError as exc:
            self.fail(exc)
            return
        is_stream = self._kind is BodyKind.STREAM
        if is_stream or self._kind is BodyKind.UNARY:
            options = self._terms.options
            max_bytes = options.max_event_bytes if is_stream else options.max_body_bytes
            self._decoder = self._terms.dialect.decoder(is_stream, max_bytes)
        if self._is_stream and self._decoder is not None:
            return  # its first frame is waited for as before
        if self._connection is not None and not self._connection.is_complete:  # else the end is here, and not late
            self._watch()

    def receive_body(self, data: bytes) -> None:
        """Take one read. The hot path: one decode and one feed, nothing a token."""
        self._read_at = self._time()
        decoder, sink = self._decoder, self._sink
        if decoder is None or sink is None:
            self._keep(data)
            return
        frames = decoder.feed(data)
        if frames:
            if not self._has_begun and any(frame.events for frame in frames):
                self._has_begun = True
                self._watch()
            sink.feed(frames)
            events = frames[-1].events
            if events and type(events[-1]) in _ENDINGS:  # twice as fast as isinstance with a union
                self._end(None, is_reusable=True)
                return
        usual = decoder.usual
        if usual is not self._usual:
            self._usual = usual
            self._open_shortcut(sink)

    def receive_end(self) -> None:
        """Take the end of the whole response."""
        if self._decoder is None:
            self._end(self._rejection(EngineUnavailable("the upstream sent no answer")), is_reusable=True)
            return
        self._feed(self._decoder.close())
        self._end(None, is_reusable=True)

    def receive_loss(self, error: SluicewayError) -> None:
        """Take the loss of the connection: once try anew if it was stale, else end with what arrived."""
        connection, self._connection = self._connection, None
        # A request that costs money is not sent twice to who may work on it: "some means to detect that the original
        # request was never applied" (RFC 9110 section 9.2.2) is that the upstream closed before it had all of it. Go
        # and nginx send a POST again only if nothing of it was written, httpx never.
        is_stale = connection is not None and connection.is_unread and not connection.is_answered
        if is_stale and not self._is_fresh:
            self._dial()
        else:
            self._break_off(error)

    def _open_shortcut(self, sink: Sink) -> None:
        if self._connection is not None:
            usual = self._usual
            self._connection.shortcut = None if usual is None else Shortcut(sink.lane, usual, time.monotonic)

    # Connecting and sending.

    def _dial(self) -> None:
        self._is_fresh = True
        self._dialing = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        try:
            connection = await self._terms.pool.dial()
        except EngineError as exc:
            self._dialing = None
            self.fail(exc)
        else:
            self._dialing = None
            self._send(connection)

    def _send(self, connection: HttpConnection) -> None:
        self._connection = connection
        self._sent_at = self._read_at = self._time()
        connection.send(self._message, self)
        if self._is_paused:
            connection.pause()
        self._watch()

    # Clocks: one timer a call, armed for the next moment it could be too late, and looked at only then.

    def _watch(self) -> None:
        self._stop_watch()
        due_at, phase, limit_s = min(self._deadlines())
        if due_at <= self._time():
            self._break_off(UpstreamTimeout(phase, limit_s))
        elif due_at < math.inf:
            self._timer = asyncio.get_running_loop().call_at(due_at, self._watch)

    def _stop_watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _deadlines(self) -> list[tuple[float, str, float]]:
        options = self._terms.options
        deadlines = [(math.inf, "", 0.0)]
        if options.total_timeout_s is not None:
            deadlines.append((self._started_at + options.total_timeout_s, "total", options.total_timeout_s))
        if not self._is_stream:
            deadlines.append((self._started_at + options.unary_timeout_s, "total", options.unary_timeout_s))
        if self._is_paused:
            return deadlines
        is_refused = self._head is not None and self._decoder is None
        if self._is_stream and not self._has_begun and not is_refused:
            limit_s = options.first_token_timeout_s
            deadlines.append((self._sent_at + limit_s, "first_token", limit_s))
        elif self._head is not None:
            deadlines.append((self._last_read_at() + options.idle_timeout_s, "idle", options.idle_timeout_s))
        return deadlines

    def _last_read_at(self) -> float:
        # What took the short way was read when it was delivered. Loops and lanes tell the same time, both monotonic.
        return self._read_at if self._sink is None else max(self._read_at, self._sink.lane.last_at)

    # Endings.

    def _feed(self, frames: list[Frame]) -> None:
        if frames and self._sink is not None:
            self._sink.feed(frames)

    def _break_off(self, error: SluicewayError) -> None:
        """End without the upstream's own ending, unless all but its last bytes had come."""
        if self._decoder is None:
            self.fail(self._rejection(error))
            return
        frames = self._decoder.close()
        if _is_conclusive(frames):
            self._feed(frames)
            self._end(None, is_reusable=False)
        else:
            self._feed(_without_ending(frames))
            self.fail(error)

    def _keep(self, data: bytes) -> None:
        """Keep the first bytes of a body that is no answer; they say why."""
        limit_bytes = self._terms.options.max_error_bytes if self._kind is BodyKind.ERROR else _FOREIGN_BYTES
        self._kept += data[: limit_bytes - len(self._kept)]
        if len(self._kept) >= limit_bytes:
            self._break_off(EngineUnavailable("the upstream sent no answer"))

    def _rejection(self, otherwise: SluicewayError) -> SluicewayError:
        """Return the error that a response without an answer stands for."""
        terms, head = self._terms, self._head
        if head is not None and self._kind is BodyKind.ERROR:
            return status_error(head, bytes(self._kept), terms.dialect.decode_error, terms.options.api_key)
        if head is not None and self._kind is BodyKind.FOREIGN:
            return foreign_body_error(head, bytes(self._kept), terms.options.api_key)
        return otherwise

    def _end(self, error: SluicewayError | None, *, is_reusable: bool) -> None:
        connection = self._connection
        sink = self._let_go()
        if sink is None:
            return
        if connection is not None and is_reusable:
            self._terms.pool.release(connection)
        elif connection is not None:
            connection.abort()
        sink.close(error)

    def _let_go(self) -> Sink | None:
        """Be over: return the sink the first time, then None."""
        sink, self._sink = self._sink, None
        self._connection = None
        self._stop_watch()
        if self._dialing is not None:
            self._dialing.cancel()
            self._dialing = None
        if sink is not None:
            self._terms.on_over(self)
        return sink


def _last_event(frames: list[Frame]) -> Event | None:
    events = frames[-1].events if frames else ()
    return events[-1] if events else None


def _is_conclusive(frames: list[Frame]) -> bool:
    """Say whether what a decoder gave at its early end is an ending of the upstream's own."""
    last = _last_event(frames)
    return isinstance(last, StreamEnd) or (isinstance(last, StreamError) and last.code == UpstreamFailed.code)


def _without_ending(frames: list[Frame]) -> list[Frame]:
    """Return the frames without the decoder's guess at why the bytes ended; the transport knows it."""
    kept: list[Event] = [event for event in frames[-1].events if not isinstance(event, StreamError)] if frames else []
    return [*frames[:-1], Frame(kept)] if kept else frames[:-1]

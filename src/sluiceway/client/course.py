"""The course of one answer over all its connections: what to ask next, and what has come. No I/O.

The first request asks for the answer and for ids; each further one asks for what follows the last event that came
whole. Events of all connections go into one decoder, so the answer is told once, as if it had never been cut. It is
over when it says so itself, not when a connection ends.

An event without an id of its own is none of the answer: it says why this one connection gets no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

import msgspec

from sluiceway.client.retry import Retry
from sluiceway.dialects.base import Decoder
from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.dialects.openai_chat.decode import stream_decoder
from sluiceway.errors import CursorExpired, EngineError, EngineUnavailable, UpstreamStatusError
from sluiceway.events import Event, StreamEnd, StreamError, UsageReport
from sluiceway.usage import Usage
from sluiceway.wire.sse import MAX_EVENT_BYTES, SSEDecoder

__all__ = ["Ask", "Course", "Order", "as_error", "encode_order"]

assert OPENAI_CHAT.upstream is not None
_UPSTREAM = OPENAI_CHAT.upstream

_PATH = "/v1/chat/completions"
_STREAMS = "/v1/streams"
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""


class Order(msgspec.Struct, frozen=True):
    """What is asked for, and where.

    Attributes:
        urls: the replicas' base URLs; the first is asked first.
        body: the request's body.
        headers: header fields of every request.
        on_disconnect: what becomes of the answer while nobody reads it; empty for the server's default.
    """

    urls: tuple[str, ...]
    body: bytes
    headers: Mapping[str, str]
    on_disconnect: str = ""


class Ask(msgspec.Struct, frozen=True):
    """One request."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""


class _Stopped(msgspec.Struct):
    usage: Usage


_STOPPED = msgspec.json.Decoder(_Stopped)


def encode_order(urls: Sequence[str], fields: Mapping[str, object], key: str = "", on_disconnect: str = "") -> Order:
    """Return an order of a chat completion.

    Args:
        urls: the replicas' base URLs.
        fields: of the request; usage is asked for in any case.
        key: the client's key.
        on_disconnect: as `Order`'s.
    """
    body = msgspec.json.encode({**fields, "stream": True, "stream_options": {"include_usage": True}})
    headers = {"content-type": "application/json", "accept": "text/event-stream"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    return Order(tuple(url.rstrip("/") for url in urls), body, headers, on_disconnect)


class Course:
    """One answer.

    Args:
        order: what is asked for.
        retry: when to give up.
        draw: gives random numbers in [0, 1).

    Attributes:
        stream_id: the server's id of the answer; empty until it has begun.
        usage: the last report.
        is_over: whether the answer has ended.
    """

    def __init__(self, order: Order, retry: Retry, draw: Callable[[], float]) -> None:
        self.stream_id = ""
        self.usage: Usage | None = None
        self.is_over = False
        self._order = order
        self._retry = retry
        self._draw = draw
        self._decoder: Decoder = stream_decoder(MAX_EVENT_BYTES)
        self._sse = SSEDecoder()
        self._place = 0
        self._last_id = ""
        self._is_resumable = True
        self._failures = 0
        self._misses = 0
        self._retry_after_s = 0.0

    def ask(self) -> Ask:
        """Return the next request."""
        order = self._order
        headers = dict(order.headers)
        if not self.stream_id:
            headers["sluiceway-resume"] = "on"
            if order.on_disconnect:
                headers["sluiceway-on-disconnect"] = order.on_disconnect
            return Ask("POST", self._url(_PATH), headers, order.body)
        if self._last_id:
            headers["last-event-id"] = self._last_id
        return Ask("GET", self._url(self._stream_path()), headers)

    def ask_to_stop(self) -> list[Ask]:
        """Return the requests that stop the answer, to be made in turn until one succeeds; none before it began."""
        if not self.stream_id:
            return []
        urls = [*self._order.urls[self._place :], *self._order.urls[: self._place]]
        return [Ask("DELETE", url + self._stream_path(), dict(self._order.headers)) for url in urls]

    def note_stopped(self, body: bytes) -> Usage:
        """Take what a stop was answered with, and return the usage so far."""
        self.usage = _STOPPED.decode(body).usage
        return self.usage

    def begin(self, headers: Mapping[str, str]) -> None:
        """Take the head of an answer, with the status 200; names in lower case."""
        self.stream_id = headers.get("sluiceway-stream-id", "")
        self._is_resumable = bool(self.stream_id) and headers.get("sluiceway-resume") == "on"
        self._sse = SSEDecoder()
        self._misses = 0

    def refuse(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Take a head with another status; `fail` comes next.

        Raises:
            CursorExpired: what comes next is no longer kept.
            UpstreamStatusError: it is of no use to ask again.
        """
        message = _UPSTREAM.decode_error(body) or f"the server answered {status}"
        self._place = (self._place + 1) % len(self._order.urls)
        if status == CursorExpired.status:
            raise CursorExpired(message)
        self._misses += 1 if self.stream_id and status == 404 else 0
        # Without a common log only the replica that began the answer knows it.
        if status not in _PASSING and not 0 < self._misses < len(self._order.urls):
            raise UpstreamStatusError(status, message, body=body, retry_after=headers.get("retry-after"))
        after = headers.get("retry-after", "")
        self._retry_after_s = float(after) if after.isdigit() and len(after) < 6 else 0.0

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes of the body, and return what they tell."""
        told: list[Event] = []
        for event in self._sse.feed(data):
            if self._is_resumable and event.id in {"", self._last_id}:
                continue
            self._last_id = event.id
            self._failures = 0
            for frame in self._decoder.feed(event.raw):
                told += frame.events
        self._note(told)
        return told

    def _note(self, told: list[Event]) -> None:
        for event in told:
            if isinstance(event, UsageReport):
                self.usage = event.usage
            elif isinstance(event, StreamEnd | StreamError):
                self.is_over = True

    def fail(self, *, is_elsewhere: bool = False) -> float:
        """Take the end of a connection before that of the answer, and return the seconds to wait before the next.

        Args:
            is_elsewhere: nobody answered there, so another replica is asked.

        Raises:
            EngineUnavailable: the answer cannot be come back to, or that failed too often.
        """
        self._failures += 1
        if not self._is_resumable:
            raise EngineUnavailable("the stream was cut, and this server does not keep it")
        if self._failures > self._retry.attempts:
            raise EngineUnavailable(f"the stream was cut, and {self._retry.attempts} attempts to go on failed")
        if is_elsewhere:
            self._place = (self._place + 1) % len(self._order.urls)
        after_s, self._retry_after_s = self._retry_after_s, 0.0
        return self._retry.delay_s(self._failures, self._draw(), after_s)

    def _url(self, path: str) -> str:
        return self._order.urls[self._place] + path

    def _stream_path(self) -> str:
        return f"{_STREAMS}/{quote(self.stream_id, safe='')}"


def as_error(event: StreamError) -> EngineError:
    """Return the exception for an answer that broke off."""
    error = EngineError(event.message)
    error.code = event.code
    return error

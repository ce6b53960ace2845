"""The payloads of a streaming completion → events: how it begins, and each way in which it ends.

``[DONE]`` or the end of the body ends an answer whose choices all have a finish reason. A body that ends without one
was cut (`EngineUnavailable`), ``[DONE]`` without one breaks the dialect (`RemoteProtocolError`).

Source: OpenAI's API reference, "Streaming" of chat completions and completions (August 2026).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from sluiceway.dialects.error_bodies import is_error
from sluiceway.dialects.openai_api.choices import DONE, Choices, Chunk, Place
from sluiceway.dialects.openai_api.errors import decode_stream_error
from sluiceway.dialects.openai_api.start import DecodeStart
from sluiceway.dialects.template import Template
from sluiceway.errors import EngineUnavailable, RemoteProtocolError, UpstreamFailed
from sluiceway.events import Event, StreamEnd, StreamError, UsageReport
from sluiceway.wire.sse import SSEEvent, encode_event

__all__ = ["Reading"]

S = TypeVar("S")


class Reading(Generic[S]):
    """What the payloads of one answer say; a `sluiceway.dialects.stream.Reading`.

    Args:
        dialect: whose answer it is.
        decode_chunk: a payload → its chunk. Raises `msgspec.DecodeError`.
        decode_start: a payload → the start of the answer.
        choices: makes events of the chunks' choices.
        template: the usual event.
        ends_with_total: whether ``[DONE]`` after the usage of the whole answer ends choices without a finish reason.
    """

    __slots__ = (
        "_choices",
        "_decode_chunk",
        "_decode_start",
        "_dialect",
        "_ends_with_total",
        "_has_total",
        "_is_started",
        "is_over",
        "template",
    )

    def __init__(
        self,
        dialect: str,
        decode_chunk: Callable[[bytes], Chunk[S]],
        decode_start: DecodeStart,
        choices: Choices[S],
        template: Template,
        *,
        ends_with_total: bool = False,
    ) -> None:
        self._dialect = dialect
        self._decode_chunk = decode_chunk
        self._decode_start = decode_start
        self._choices = choices
        self._ends_with_total = ends_with_total
        self._has_total = False  # a chunk that holds usage and no choices has come
        self._is_started = False
        self.is_over = False
        self.template: Template | None = template

    def feed(self, event: SSEEvent, events: list[Event]) -> None:
        """Append what one payload says."""
        payload = event.data
        if payload.startswith(DONE):
            self._done(events)
        elif event.event == "error":
            # Groq sends data: {"error":{"message":"Tool call validation failed","code":"tool_use_failed",…}}
            self._break(decode_stream_error(payload), events)
        elif payload:
            self._chunk(self._decode_chunk(payload), event, events)

    def _chunk(self, chunk: Chunk[S], event: SSEEvent, events: list[Event]) -> None:
        choices = chunk.choices or ()
        usage = chunk.find_usage()
        if not self._is_started:
            self._start(event.data, events, is_preface_legal=not choices and usage is None)
        place: Place | None = None
        for choice in choices:
            place = self._choices.feed(choice, events)
        if usage is not None:
            events.append(UsageReport(usage))
            self._has_total = self._has_total or not choices
        if is_error(chunk.error):
            # {"error":{"code":502,"message":"Provider returned error"},"choices":[{"delta":{"content":""},…}]}
            self._break(decode_stream_error(event.data), events)
        elif chunk.has_failed():
            raise UpstreamFailed("the upstream ended the answer with an error", upstream_code="error")
        elif place is None:
            self._choices.end(events)
        elif len(events) == 1:
            self._learn(event.raw, place, events[0])

    def _start(self, payload: bytes, events: list[Event], *, is_preface_legal: bool) -> None:
        start = self._decode_start(payload, is_preface_legal=is_preface_legal)
        if start is not None:
            self._is_started = True
            events.append(start)

    def _done(self, events: list[Event]) -> None:
        is_told = self._ends_with_total and self._has_total and self._choices.has_begun
        if not (is_told or self._choices.has_finished):
            raise RemoteProtocolError("the upstream said [DONE] without a finish reason", dialect=self._dialect)
        self._end(events)

    def _end(self, events: list[Event]) -> None:
        self._choices.end(events, is_last=True)
        events.append(StreamEnd())
        self.is_over = True

    def _learn(self, raw: bytes, place: Place, event: Event) -> None:
        assert self.template is not None
        self.template.learn(raw, place, place.kind, event)

    def close(self, events: list[Event]) -> bytes:
        """Take the end of the body."""
        if not self._choices.has_finished:
            raise EngineUnavailable("the upstream ended its answer without a finish reason")
        self._end(events)
        return encode_event(DONE)

    def break_off(self, events: list[Event]) -> None:
        """Tell what was held back."""
        self._choices.break_off(events)

    def _break(self, error: StreamError, events: list[Event]) -> None:
        self._choices.break_off(events)
        events.append(error)
        self.is_over = True

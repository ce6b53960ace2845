"""The payloads of a streaming legacy completion → events.

``[DONE]`` or the end of the body ends an answer whose choices all have a finish reason. A body that ends without one
was cut (`EngineUnavailable`), ``[DONE]`` without one breaks the dialect (`RemoteProtocolError`).

Source: OpenAI's API reference, "completion object" (August 2026).
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.error_bodies import is_error
from sluiceway.dialects.openai_api.errors import decode_stream_error
from sluiceway.dialects.openai_completions.choices import Choices, ChoiceState
from sluiceway.dialects.openai_completions.shapes import DONE, NAME, WIRE_SSE, Chunk
from sluiceway.dialects.openai_completions.start import decode_start
from sluiceway.dialects.openai_completions.usage import decode_usage
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.template import Template
from sluiceway.errors import EngineUnavailable, RemoteProtocolError
from sluiceway.events import BlockKind, Event, StreamEnd, UsageReport
from sluiceway.wire.sse import SSEDecoder, SSEEvent, encode_event

__all__ = ["stream_decoder"]

_CHUNK = msgspec.json.Decoder(Chunk)
_NAMES = MappingProxyType({BlockKind.TEXT: (b'"text"',)})


def stream_decoder(max_event_bytes: int) -> StreamDecoder[SSEEvent]:
    """Return the decoder of one streaming answer."""
    return StreamDecoder(SSEDecoder(max_event_bytes), _Reading(), WIRE_SSE, max_event_bytes)


class _Reading:
    """What the payloads of one answer say."""

    __slots__ = ("_choices", "_is_started", "is_over", "template")

    def __init__(self) -> None:
        self._choices = Choices()
        self._is_started = False
        self.is_over = False
        self.template: Template | None = Template(WIRE_SSE, _NAMES)

    def feed(self, event: SSEEvent, events: list[Event]) -> None:
        payload = event.data
        if payload.startswith(DONE):
            self._done(events)
        elif event.event == "error":
            self._break(payload, events)
        elif payload:
            self._chunk(_CHUNK.decode(payload), event, events)

    def _chunk(self, chunk: Chunk, event: SSEEvent, events: list[Event]) -> None:
        choices = chunk.choices or ()
        usage = decode_usage(chunk.usage)
        if not self._is_started:
            self._start(event.data, events, is_preface_legal=not choices and usage is None)
        state: ChoiceState | None = None
        for choice in choices:
            state = self._choices.feed(choice, events)
        if usage is not None:
            events.append(UsageReport(usage))
        if is_error(chunk.error):
            # vLLM sends {"error":{"message":"…","type":"server_error","param":null,"code":null}}
            self._break(event.data, events)
        elif state is None:
            self._choices.end(events)
        elif len(events) == 1:
            self._learn(event.raw, state, events[0])

    def _start(self, payload: bytes, events: list[Event], *, is_preface_legal: bool) -> None:
        start = decode_start(payload, is_preface_legal=is_preface_legal)
        if start is not None:
            self._is_started = True
            events.append(start)

    def _done(self, events: list[Event]) -> None:
        if not self._choices.has_finished:
            raise RemoteProtocolError("the upstream said [DONE] without a finish reason", dialect=NAME)
        self._end(events)

    def _end(self, events: list[Event]) -> None:
        self._choices.end(events)
        events.append(StreamEnd())
        self.is_over = True

    def _learn(self, raw: bytes, state: ChoiceState, event: Event) -> None:
        assert self.template is not None
        self.template.learn(raw, state, BlockKind.TEXT, event)

    def close(self, events: list[Event]) -> bytes:
        """Take the end of the body."""
        if not self._choices.has_finished:
            raise EngineUnavailable("the upstream ended its answer without a finish reason")
        self._end(events)
        return encode_event(DONE)

    def break_off(self, events: list[Event]) -> None:
        """End the choices whose finish reason was held back."""
        self._choices.end(events)

    def _break(self, payload: bytes, events: list[Event]) -> None:
        self._choices.end(events)
        events.append(decode_stream_error(payload))
        self.is_over = True

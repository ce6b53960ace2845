"""The payloads of a streaming chat completion → events.

Endings. ``[DONE]`` or the end of the body ends an answer whose choices all have a finish reason. A body that ends
without one was cut (`EngineUnavailable`), ``[DONE]`` without one breaks the dialect (`RemoteProtocolError`), with one
exception: Snowflake never sends a finish reason, but sends the usage of the whole answer before ``[DONE]``, which a
cut stream does not have; its choices end for a reason not known.

Source: OpenAI's API reference, "chat completion chunk" (August 2026), and recordings of compatible servers.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.error_bodies import is_error
from sluiceway.dialects.openai_api.errors import decode_stream_error
from sluiceway.dialects.openai_chat.blocks import Blocks, ChoiceState
from sluiceway.dialects.openai_chat.shapes import NAME, WIRE_SSE, Chunk
from sluiceway.dialects.openai_chat.start import decode_start
from sluiceway.dialects.openai_chat.usage import decode_usage, is_given
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.template import Template, silent_fields
from sluiceway.errors import EngineUnavailable, RemoteProtocolError, UpstreamFailed
from sluiceway.events import BlockKind, Event, StreamEnd, StreamError, UsageReport
from sluiceway.usage import Usage
from sluiceway.wire.sse import SSEDecoder, SSEEvent, encode_event

__all__ = ["DONE", "stream_decoder"]

DONE = b"[DONE]"
"""The payload that ends a stream."""

_CHUNK = msgspec.json.Decoder(Chunk)

# In the order in which the block decoder prefers them.
_NAMES = MappingProxyType(
    {BlockKind.TEXT: (b'"content"',), BlockKind.REASONING: (b'"reasoning_content"', b'"reasoning"')}
)

# OpenAI pads each chunk: "obfuscation":"4Oxy6YfjXTmQk"
_SILENT = silent_fields("obfuscation")


def stream_decoder(max_event_bytes: int) -> StreamDecoder[SSEEvent]:
    """Return the decoder of one streaming answer."""
    return StreamDecoder(SSEDecoder(max_event_bytes), _Reading(), WIRE_SSE, max_event_bytes)


class _Reading:
    """What the payloads of one answer say."""

    __slots__ = ("_blocks", "_has_total", "_is_started", "is_over", "template")

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._is_started = False
        self.is_over = False
        self._has_total = False  # a chunk that holds usage and no choices has come
        self.template: Template | None = Template(WIRE_SSE, _NAMES, _SILENT)

    def feed(self, event: SSEEvent, events: list[Event]) -> None:
        payload = event.data
        if payload.startswith(DONE):
            self._done(events)
        elif event.event == "error":
            # Groq sends data: {"error":{"message":"Tool call validation failed","code":"tool_use_failed",…}}
            self._break(decode_stream_error(payload), events)
        elif payload:
            self._chunk(_CHUNK.decode(payload), event, events)

    def _chunk(self, chunk: Chunk, event: SSEEvent, events: list[Event]) -> None:
        choices = chunk.choices or ()
        usage = _find_usage(chunk)
        if not self._is_started:
            self._start(event.data, events, is_preface_legal=not choices and usage is None)
        state: ChoiceState | None = None
        for choice in choices:
            state = self._blocks.feed(choice, events)
        if usage is not None:
            events.append(UsageReport(usage))
            self._has_total = self._has_total or not choices
        if is_error(chunk.error):
            # {"error":{"code":502,"message":"Provider returned error"},"choices":[{"delta":{"content":""},…}]}
            self._break(decode_stream_error(event.data), events)
        elif any(choice.finish_reason == "error" for choice in choices):
            raise UpstreamFailed("the upstream ended the answer with an error", upstream_code="error")
        elif state is None:
            self._blocks.end(events)
        elif len(events) == 1:
            self._learn(event.raw, state, events[0])

    def _start(self, payload: bytes, events: list[Event], *, is_preface_legal: bool) -> None:
        start = decode_start(payload, is_preface_legal=is_preface_legal)
        if start is not None:
            self._is_started = True
            events.append(start)

    def _done(self, events: list[Event]) -> None:
        if not self._blocks.choices or not (self._has_total or self._blocks.has_finished):
            raise RemoteProtocolError("the upstream said [DONE] without a finish reason", dialect=NAME)
        self._end(events)

    def _end(self, events: list[Event]) -> None:
        self._blocks.end(events, is_last=True)
        events.append(StreamEnd())
        self.is_over = True

    def _learn(self, raw: bytes, state: ChoiceState, event: Event) -> None:
        assert self.template is not None
        self.template.learn(raw, state, state.kind, event)

    def close(self, events: list[Event]) -> bytes:
        """Take the end of the body."""
        if not self._blocks.has_finished:
            raise EngineUnavailable("the upstream ended its answer without a finish reason")
        self._end(events)
        return encode_event(DONE)

    def break_off(self, events: list[Event]) -> None:
        """End the choices whose finish reason was held back."""
        self._blocks.end(events)

    def _break(self, error: StreamError, events: list[Event]) -> None:
        self._blocks.end(events)
        events.append(error)
        self.is_over = True


def _find_usage(chunk: Chunk) -> Usage | None:
    record = chunk.usage
    # "x_groq":{"id":"req_01","usage":{"queue_time":0.05,"prompt_tokens":21,…}}
    if chunk.x_groq is not None and not is_given(record):
        record = chunk.x_groq.usage
    return decode_usage(record) if is_given(record) else None

"""The events of a streaming message → canonical events.

Endings. The stop reason comes in a ``message_delta`` and is held back until ``message_stop``, or the end of the body,
says that no other follows. A body that ends without a reason was cut (`EngineUnavailable`); ``message_stop`` without
one breaks the dialect (`RemoteProtocolError`).

A second ``message_start`` is let through while nothing was said. After that it begins another answer, by a proxy
that went on elsewhere, and two halves of two answers are not one: the answer breaks off.

Source: Anthropic's API reference, "Streaming messages" (August 2026), and recorded answers.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.anthropic.blocks import Blocks
from sluiceway.dialects.anthropic.ends import decode_end, decode_start
from sluiceway.dialects.anthropic.errors import decode_stream_error
from sluiceway.dialects.anthropic.shapes import NAME, WIRE_SSE, EventShape, MessageShape, is_given
from sluiceway.dialects.anthropic.usage import UsageSoFar
from sluiceway.dialects.error_bodies import is_error
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.template import Template
from sluiceway.errors import EngineUnavailable, RemoteProtocolError
from sluiceway.events import BlockKind, ChoiceEnd, Event, StreamEnd, UsageReport
from sluiceway.wire.sse import SSEDecoder, SSEEvent, encode_event

__all__ = ["MESSAGE_STOP", "stream_decoder"]

MESSAGE_STOP = b'{"type":"message_stop"}'
"""The payload that ends a stream."""

_EVENT = msgspec.json.Decoder(EventShape)
_MESSAGE = msgspec.json.Decoder(MessageShape)
_NAMES = MappingProxyType({BlockKind.TEXT: (b'"text"',), BlockKind.REASONING: (b'"thinking"',)})


def stream_decoder(max_event_bytes: int) -> StreamDecoder[SSEEvent]:
    """Return the decoder of one streaming answer."""
    return StreamDecoder(SSEDecoder(max_event_bytes), _Reading(), WIRE_SSE, max_event_bytes)


class _Reading:
    """What the events of one answer say."""

    __slots__ = ("_blocks", "_end", "_is_started", "_usage", "is_over", "template")

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._usage = UsageSoFar()
        self._end: ChoiceEnd | None = None
        self._is_started = False
        self.is_over = False
        self.template: Template | None = Template(WIRE_SSE, _NAMES)

    def feed(self, event: SSEEvent, events: list[Event]) -> None:
        if not event.data:
            return
        shape = _EVENT.decode(event.data)
        kind = shape.type or event.event
        if kind == "content_block_delta":
            self._delta(shape, event, events)
        elif kind == "error" or is_error(shape.error):
            # {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},…}
            self.break_off(events)
            events.append(decode_stream_error(event.data))
            self.is_over = True
        elif kind == "message_start":
            self._start(shape, events)
        else:
            self._rest(kind, shape, event.data, events)

    def _rest(self, kind: str, shape: EventShape, payload: bytes, events: list[Event]) -> None:
        """Take anything else; {"type": "ping"}, and what is yet to be invented, says nothing."""
        match kind:
            case "content_block_start":
                self._need_start()
                self._blocks.start(_index(shape), bytes(shape.content_block), events)
            case "content_block_stop":
                self._blocks.stop(_index(shape), events)
            case "message_delta":
                self._need_start()
                self._message_delta(shape, payload, events)
            case "message_stop":
                if self._end is None:
                    raise RemoteProtocolError("the upstream ended its answer without a stop reason", dialect=NAME)
                self._finish(self._end, events)

    def _start(self, shape: EventShape, events: list[Event]) -> None:
        if self._is_started:
            if self._blocks.count or self._end is not None:
                raise RemoteProtocolError("the upstream began another answer within its answer", dialect=NAME)
            return
        raw = bytes(shape.message)
        message = _MESSAGE.decode(raw)
        self._is_started = True
        events.append(decode_start(message, raw))
        for index, block in enumerate(message.content or ()):
            self._blocks.start(index, bytes(block), events)
            self._blocks.stop(index, events)
        usage = self._usage.start(bytes(message.usage)) if is_given(message.usage) else None
        if usage is not None:
            events.append(UsageReport(usage))

    def _delta(self, shape: EventShape, event: SSEEvent, events: list[Event]) -> None:
        if shape.delta is None:
            raise RemoteProtocolError("the upstream sent a delta without a delta", dialect=NAME)
        opened = self._blocks.delta(_index(shape), shape.delta, event.data, events)
        if len(events) == 1:
            assert self.template is not None
            self.template.learn(event.raw, opened, opened.kind, events[0])

    def _message_delta(self, shape: EventShape, payload: bytes, events: list[Event]) -> None:
        if shape.delta is not None and shape.delta.stop_reason is not None:
            self._end = decode_end(shape.delta.stop_reason, payload)
            self._blocks.end(events)
        usage = self._usage.add(bytes(shape.usage)) if is_given(shape.usage) else None
        if usage is not None:
            events.append(UsageReport(usage))

    def _need_start(self) -> None:
        if not self._is_started:
            raise RemoteProtocolError("the upstream went on with an answer it had not begun", dialect=NAME)

    def _finish(self, end: ChoiceEnd, events: list[Event]) -> None:
        self._blocks.end(events)
        events += [end, StreamEnd()]
        self.is_over = True

    def close(self, events: list[Event]) -> bytes:
        """Take the end of the body."""
        if self._end is None:
            raise EngineUnavailable("the upstream ended its answer without a stop reason")
        self._finish(self._end, events)
        return encode_event(MESSAGE_STOP, "message_stop")

    def break_off(self, events: list[Event]) -> None:
        """Tell what was held back."""
        if self._end is None:
            self._blocks.break_off(events)
        else:
            self._blocks.end(events)
            events.append(self._end)


def _index(shape: EventShape) -> int:
    if shape.index is None:
        raise RemoteProtocolError("the upstream sent a block's event without its index", dialect=NAME)
    return shape.index

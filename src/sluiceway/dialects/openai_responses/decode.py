"""The events of a Responses stream → canonical events.

The type is read from the payload, for some servers name no event. Endings: ``response.completed``,
``response.incomplete`` and ``response.cancelled`` (which no server was seen to send) end the answer,
``response.failed`` and ``error`` break it off, and what follows them is not read: a ``[DONE]``, or the
``response.failed`` that may come behind an ``error``. A body that ends before was cut.

Source: OpenAI's API reference, "Streaming events" (August 2026), and recorded streams.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from sluiceway.dialects.openai_api.errors import decode_stream_error
from sluiceway.dialects.openai_responses.blocks import Blocks
from sluiceway.dialects.openai_responses.lifecycle import ResponseFields
from sluiceway.dialects.openai_responses.shapes import NAME, WIRE_SSE, Payload, is_given
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.template import Template, silent_fields
from sluiceway.errors import EngineUnavailable, RemoteProtocolError
from sluiceway.events import Event, StreamEnd, StreamError, StreamStart, UsageReport
from sluiceway.wire.sse import SSEDecoder, SSEEvent

__all__ = ["stream_decoder"]

_DONE = b"[DONE]"
_PAYLOAD = msgspec.json.Decoder(Payload)
_RECORD = msgspec.json.Decoder(dict[str, object])
_OWN_FIELDS = frozenset({"output_index", "sequence_number", "obfuscation"})

# Of pieces of reasoning the block decoder counts the characters, so none may pass it by.
_TEXT_DELTAS = frozenset({"response.output_text.delta", "response.refusal.delta"})
_SILENT = silent_fields("sequence_number", "obfuscation")


def stream_decoder(max_event_bytes: int) -> StreamDecoder[SSEEvent]:
    """Return the decoder of one streaming answer."""
    return StreamDecoder(SSEDecoder(max_event_bytes), _Reading(), WIRE_SSE, max_event_bytes)


class _Reading:
    """What the payloads of one answer say."""

    __slots__ = ("_blocks", "_start", "is_over", "template")

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._start: StreamStart | None = None
        self.is_over = False
        self.template: Template | None = Template(WIRE_SSE, {}, _SILENT)

    def feed(self, event: SSEEvent, events: list[Event]) -> None:
        data = event.data
        if data.startswith(_DONE):
            raise RemoteProtocolError("the upstream said [DONE] before its answer had ended", dialect=NAME)
        if event.event == "error":
            self._break(decode_stream_error(data), events)
        elif data:
            payload = _PAYLOAD.decode(data)
            meaning = _MEANINGS.get(payload.type)
            if meaning is not None:
                meaning(self, payload, events)
                if len(events) == 1 and payload.type in _TEXT_DELTAS:
                    self._learn(event.raw, payload, events[0])
            elif payload.type == "error" or (not payload.type and is_given(payload.error)):
                self._break(decode_stream_error(data), events)
            elif payload.output_index is not None:
                self._pass_on(payload.output_index, data, events)

    def close(self, _events: list[Event]) -> bytes:
        raise EngineUnavailable("the upstream ended its answer without a terminal event")

    def break_off(self, events: list[Event]) -> None:
        """Append nothing: nothing was held back."""

    def begin(self, payload: Payload, events: list[Event]) -> None:
        """Take ``response.created``, or where a replay begins later, what it begins with."""
        if self._start is None:
            self._start = ResponseFields(payload.response).start()
            events.append(self._start)

    def end(self, payload: Payload, events: list[Event]) -> None:
        """Take the event that ends the answer."""
        fields = ResponseFields(payload.response)
        start = self._begun(events, fields)
        self._blocks.end(fields.output() if self._blocks.needs_output else [], events)
        status = payload.type.removeprefix("response.")
        choice_end = fields.end(start, status, has_calls=self._blocks.has_calls)
        usage = fields.usage
        events += [choice_end, *([] if usage is None else [UsageReport(usage)]), StreamEnd()]
        self.is_over = True

    def fail(self, payload: Payload, events: list[Event]) -> None:
        """Take the event that says that the answer failed."""
        fields = ResponseFields(payload.response)
        self._begun(events, fields)
        usage = fields.usage
        if usage is not None:
            events.append(UsageReport(usage))
        self._break(fields.error, events)

    def blocks(self, events: list[Event]) -> Blocks:
        """Return the blocks of an answer that has begun."""
        if self._start is None:
            self._begun(events)
        return self._blocks

    def _begun(self, events: list[Event], fields: ResponseFields | None = None) -> StreamStart:
        if self._start is None:
            self._start = StreamStart() if fields is None else fields.start()
            events.append(self._start)
        return self._start

    def _learn(self, raw: bytes, payload: Payload, event: Event) -> None:
        assert self.template is not None
        self.template.learn_field(raw, self._blocks.slot(payload.output_index or 0), b'"delta"', event)

    def _break(self, error: StreamError, events: list[Event]) -> None:
        events.append(error)
        self.is_over = True

    def _pass_on(self, index: int, data: bytes, events: list[Event]) -> None:
        record = _RECORD.decode(data)
        event = {name: value for name, value in record.items() if name not in _OWN_FIELDS}
        self.blocks(events).pass_on(index, event, events)


_Meaning = Callable[[_Reading, Payload, list[Event]], None]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise RemoteProtocolError("the upstream sent something else where text belongs", dialect=NAME)


def _nothing(_reading: _Reading, _payload: Payload, _events: list[Event]) -> None:
    pass


def _item_added(reading: _Reading, payload: Payload, events: list[Event]) -> None:
    # {"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message","content":[],…}}
    # Some gateways send one without an item.
    if is_given(payload.item):
        reading.blocks(events).add(payload.output_index or 0, _RECORD.decode(payload.item), events)


def _item_done(reading: _Reading, payload: Payload, events: list[Event]) -> None:
    if is_given(payload.item):
        reading.blocks(events).finish(payload.output_index or 0, _RECORD.decode(payload.item), events)


def _part_added(reading: _Reading, payload: Payload, events: list[Event]) -> None:
    # {"type":"response.content_part.added","content_index":0,"part":{"type":"output_text","text":"",…},…}
    if is_given(payload.part):
        reading.blocks(events).add_part(payload, _RECORD.decode(payload.part), events)


def _part_done(reading: _Reading, payload: Payload, events: list[Event]) -> None:
    if is_given(payload.part):
        reading.blocks(events).finish_part(payload, _RECORD.decode(payload.part), events)


def _text_delta(kind: str) -> _Meaning:
    # {"type":"response.output_text.delta","content_index":0,"delta":"The","item_id":"msg_1","output_index":0,…}
    return lambda reading, payload, events: reading.blocks(events).add_text(
        payload, kind, _text(payload.delta), events
    )


def _text_done(reading: _Reading, payload: Payload, events: list[Event]) -> None:
    reading.blocks(events).finish_text(payload, "output_text", _text(payload.text), events)


def _refusal_done(reading: _Reading, payload: Payload, events: list[Event]) -> None:
    reading.blocks(events).finish_text(payload, "refusal", _text(payload.refusal), events)


def _annotation(reading: _Reading, payload: Payload, events: list[Event]) -> None:
    # {"type":"response.output_text.annotation.added","annotation":{"type":"file_citation","file_id":"file-9",…},…}
    reading.blocks(events).annotate(payload, events)


def _reasoning(kind: str) -> _Meaning:
    # {"type":"response.reasoning_summary_text.delta","summary_index":0,"delta":"**","output_index":0,…}
    return lambda reading, payload, events: reading.blocks(events).add_reasoning(
        payload, kind, _text(payload.delta), events
    )


def _input_delta(kind: str) -> _Meaning:
    # {"type":"response.function_call_arguments.delta","delta":"{\"","item_id":"fc_1","output_index":0,…}
    return lambda reading, payload, events: reading.blocks(events).add_input(
        payload, kind, _text(payload.delta), events
    )


def _arguments_done(reading: _Reading, payload: Payload, events: list[Event]) -> None:
    reading.blocks(events).finish_input(payload, "function_call", _text(payload.arguments), events)


def _input_done(reading: _Reading, payload: Payload, events: list[Event]) -> None:
    reading.blocks(events).finish_input(payload, "custom_tool_call", _text(payload.input), events)


_MEANINGS: Mapping[str, _Meaning] = MappingProxyType(
    {
        "response.created": _Reading.begin,
        "response.queued": _Reading.begin,
        "response.in_progress": _Reading.begin,
        "response.completed": _Reading.end,
        "response.incomplete": _Reading.end,
        "response.cancelled": _Reading.end,
        "response.failed": _Reading.fail,
        "response.output_item.added": _item_added,
        "response.output_item.done": _item_done,
        "response.content_part.added": _part_added,
        "response.content_part.done": _part_done,
        "response.reasoning_summary_part.added": _part_added,
        "response.output_text.delta": _text_delta("output_text"),
        "response.output_text.done": _text_done,
        "response.output_text.annotation.added": _annotation,
        "response.refusal.delta": _text_delta("refusal"),
        "response.refusal.done": _refusal_done,
        "response.reasoning_summary_text.delta": _reasoning("summary_text"),
        "response.reasoning_text.delta": _reasoning("reasoning_text"),
        "response.function_call_arguments.delta": _input_delta("function_call"),
        "response.function_call_arguments.done": _arguments_done,
        "response.custom_tool_call_input.delta": _input_delta("custom_tool_call"),
        "response.custom_tool_call_input.done": _input_done,
        # Nothing new: deltas or the finished item say it.
        "response.reasoning_summary_part.done": _nothing,
        "response.reasoning_summary_text.done": _nothing,
        "response.reasoning_text.done": _nothing,
        "keepalive": _nothing,
    }
)

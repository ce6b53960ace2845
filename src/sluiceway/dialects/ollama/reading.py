"""What the lines of one answer say: Ollama does not delimit its pieces, canonical events do.

An answer has one choice and at most one open block; a piece of another kind ends it and opens another. Tool calls
come whole, so their blocks open and end at once. A line may think, speak, call and be the last one, all at once.

Endings. ``"done": true`` ends an answer, an ``error`` breaks it off, and a body that ends with neither was cut.

Source: Ollama's API reference (August 2026), and recorded answers.
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.error_bodies import is_error
from sluiceway.dialects.ollama.arguments import decode_arguments
from sluiceway.dialects.ollama.ending import decode_ending
from sluiceway.dialects.ollama.errors import decode_stream_error
from sluiceway.dialects.ollama.logprobs import decode_logprobs, keep_logprobs
from sluiceway.dialects.ollama.shapes import NAME, Form, Head, Line, LogprobShape, ToolCall
from sluiceway.dialects.ollama.timestamps import decode_time
from sluiceway.dialects.template import Template, silent_fields
from sluiceway.errors import EngineUnavailable
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    StreamEnd,
    StreamStart,
    TextDelta,
    ToolInputDelta,
)
from sluiceway.usage import FinishReason, Stop
from sluiceway.wire.ndjson import NDJSONLine

__all__ = ["Reading"]

_LINE = msgspec.json.Decoder(Line)
_HEAD = msgspec.json.Decoder(Head)
_NO_BLOCK = -1

# Only the first line is asked for its time: "created_at":"2025-06-03T08:46:59.471368Z"
_SILENT = silent_fields("created_at")


class _Place:
    """Where a block is open: the whole answer."""

    __slots__ = ("block",)

    def __init__(self) -> None:
        self.block = _NO_BLOCK


class Reading:
    """Reads the lines of one answer; a `sluiceway.dialects.stream.Reading`.

    Attributes:
        form: the form of the answer, once a line has come.
        is_started: whether a line was part of an answer.
        is_over: whether a terminal event was told.
        template: the usual line of the answer.
    """

    __slots__ = ("_calls", "_kind", "_next_block", "_place", "form", "is_over", "is_started", "template")

    def __init__(self) -> None:
        self.form: Form | None = None
        self.is_started = False
        self.is_over = False
        self._place = _Place()
        self.template: Template | None = Template("", {}, _SILENT)
        self._kind = BlockKind.TEXT
        self._next_block = 0
        self._calls = 0

    def feed(self, payload: NDJSONLine, events: list[Event]) -> None:
        """Append what one line says."""
        line = self.read(payload.data, events)
        if len(events) == 1:
            self._learn(payload.raw, line, events[0])

    def read(self, payload: bytes, events: list[Event]) -> Line:
        """Append what one payload says, and return it.

        Raises:
            msgspec.DecodeError: it is not JSON, or has a field of a wrong type.
        """
        line = _LINE.decode(payload)
        if not self.is_started:
            self._start(line, payload, events)
        message = line.message
        if message is not None:
            # "message":{"role":"assistant","content":"Okay"}
            self._say(message.content, message.thinking, line.logprobs, events)
            calls = message.tool_calls
        else:
            # "response":"Okay"
            self._say(line.response, line.thinking, line.logprobs, events)
            calls = line.tool_calls
        if calls:
            for call in calls:
                self._call(call, events)
        if line.image:
            self._open(BlockKind.VENDOR, events, {NAME: {"image": line.image}})
            self._close(events)
        if line.error and is_error(line.error):
            # Sent as {"error":"an error was encountered while running the model: unexpected EOF"}
            events.append(decode_stream_error(payload))
            self.is_over = True
        elif line.done:
            self._end(decode_ending(payload, has_calls=self._calls > 0), events)
        return line

    def end_unsaid(self, events: list[Event]) -> None:
        """Append the end of an answer that is whole but does not say why it ended."""
        self._end([ChoiceEnd(0, FinishReason(Stop.TOOL_CALL if self._calls else Stop.OTHER))], events)

    def close(self, _events: list[Event]) -> bytes:
        """Take the end of the body."""
        raise EngineUnavailable("the upstream ended its answer without its last line")

    def break_off(self, events: list[Event]) -> None:
        """Append nothing: nothing is held back."""

    def _learn(self, raw: bytes, line: Line, event: Event) -> None:
        if type(event) is ReasoningDelta:
            name = b'"thinking"'
        else:
            name = b'"response"' if line.message is None else b'"content"'
        assert self.template is not None
        self.template.learn_field(raw, self._place, name, event)

    def _start(self, line: Line, payload: bytes, events: list[Event]) -> None:
        is_chat = line.message is not None
        if self.form is None:
            self.form = Form.GENERATE if line.response is not None and not is_chat else Form.CHAT
        is_part = is_chat or line.response is not None
        if not is_part and not any((line.thinking, line.tool_calls, line.image, line.logprobs, line.done)):
            return
        self.is_started = True
        head = _HEAD.decode(payload)
        # "remote_model":"gpt-oss:120b","remote_host":"https://ollama.com:443"
        extras = {name: value for name in ("remote_model", "remote_host") if (value := getattr(head, name))}
        created = decode_time(head.created_at) if head.created_at else None
        events.append(StreamStart("", head.model or "", created, {NAME: extras} if extras else {}))

    def _say(
        self, text: str | None, thinking: str | None, logprobs: list[LogprobShape] | None, events: list[Event]
    ) -> None:
        if thinking or (thinking is not None and logprobs and not text):
            if self._place.block < 0 or self._kind is not BlockKind.REASONING:
                self._open(BlockKind.REASONING, events)
            if thinking:
                events.append(ReasoningDelta(self._place.block, thinking))
        if text or (logprobs and thinking is None):
            if self._place.block < 0 or self._kind is not BlockKind.TEXT:
                self._open(BlockKind.TEXT, events)
            events.append(TextDelta(self._place.block, text or "", decode_logprobs(logprobs) if logprobs else None))
        elif logprobs:
            events.append(ExtrasDelta(self._place.block, {NAME: {"logprobs": keep_logprobs(logprobs)}}))

    def _call(self, call: ToolCall, events: list[Event]) -> None:
        # "tool_calls":[{"id":"call_x","function":{"index":0,"name":"f","arguments":{"city":"Tokyo"}}}]
        self._close(events)
        block = self._next_block
        events.append(BlockStart(block, BlockKind.TOOL, 0, call.id or f"call_{self._calls}", call.function.name))
        self._calls += 1
        self._next_block += 1
        arguments = decode_arguments(call.function.arguments)
        if arguments:
            events.append(ToolInputDelta(block, arguments))
        events.append(BlockEnd(block))

    def _end(self, ending: list[Event], events: list[Event]) -> None:
        self._close(events)
        events += ending
        events.append(StreamEnd())
        self.is_over = True

    def _open(self, kind: BlockKind, events: list[Event], extras: dict[str, dict[str, object]] | None = None) -> None:
        self._close(events)
        self._place.block = self._next_block
        self._kind = kind
        self._next_block += 1
        events.append(BlockStart(self._place.block, kind, extras=extras or {}))

    def _close(self, events: list[Event]) -> None:
        if self._place.block >= 0:
            events.append(BlockEnd(self._place.block))
            self._place.block = _NO_BLOCK

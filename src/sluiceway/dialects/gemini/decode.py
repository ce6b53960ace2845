"""The payloads of a streaming Gemini answer → events.

Endings. There is no mark for the end: the end of the body ends an answer whose candidates all have a finish reason,
or whose prompt was blocked. A body that ends without was cut (`EngineUnavailable`).

Source: Google's API reference, "streamGenerateContent" (August 2026), and recorded answers.
"""

from __future__ import annotations

from types import MappingProxyType

from sluiceway.dialects.gemini.answer import Answer, split_payload
from sluiceway.dialects.gemini.blocks import ChoiceState
from sluiceway.dialects.gemini.framer import Framer
from sluiceway.dialects.gemini.shapes import WIRE_SSE
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.template import Beside, Template
from sluiceway.errors import EngineUnavailable
from sluiceway.events import BlockKind, Event, StreamEnd, UsageReport
from sluiceway.wire.sse import SSEEvent

__all__ = ["DONE", "END", "stream_decoder"]

END = b"\r\n"
"""What stands for the end of the body: a blank line, which says nothing in SSE.

The last events are held back until then, and have been told in the bytes before it.
"""

DONE = b"[DONE]"
"""A payload that some gateways send at the end, as OpenAI does; it says nothing here."""

_NAMES = MappingProxyType({BlockKind.TEXT: (b'"text"',), BlockKind.REASONING: (b'"text"',)})

# "usageMetadata": {"promptTokenCount": 8,"candidatesTokenCount": 16,"totalTokenCount": 52,…}
_COUNTS = b'"usageMetadata"'


def stream_decoder(max_event_bytes: int) -> StreamDecoder[SSEEvent]:
    """Return the decoder of one streaming answer."""
    return StreamDecoder(Framer(max_event_bytes), _Reading(), WIRE_SSE, max_event_bytes)


class _Reading:
    """What the payloads of one answer say."""

    __slots__ = ("_answer", "is_over", "template")

    def __init__(self) -> None:
        self.is_over = False
        self._answer = Answer()
        self.template: Template | None = Template(WIRE_SSE, _NAMES)

    def feed(self, event: SSEEvent, events: list[Event]) -> None:
        payload = event.data
        # Some gateways close every stream as OpenAI's are closed; the end of the body is what counts here.
        if not payload or payload == DONE:
            return
        state: ChoiceState | None = None
        for chunk in split_payload(payload):
            state = self._answer.feed(chunk, events)
            if self._answer.is_over:
                self.is_over = True
                return
        # Google's chunks have text and counts.
        beside = {type(other) for other in events[1:]}
        is_object = payload.startswith(b"{")
        if state is not None and events and beside <= {UsageReport} and is_object:
            self._learn(event, state, events[0])

    def _learn(self, event: SSEEvent, state: ChoiceState, delta: Event) -> None:
        answer = self._answer
        counts = answer.counts
        beside = Beside(_COUNTS, counts, answer.report) if counts and _COUNTS in event.data else None
        assert self.template is not None
        self.template.learn(event.raw, state, state.kind, delta, beside)

    def close(self, events: list[Event]) -> bytes:
        """Take the end of the body."""
        if not self._answer.has_finished:
            raise EngineUnavailable("the upstream ended its answer without a finish reason")
        self._answer.end(events)
        events.append(StreamEnd())
        return END

    def break_off(self, events: list[Event]) -> None:
        """End the candidates whose finish reason was held back."""
        self._answer.end(events)

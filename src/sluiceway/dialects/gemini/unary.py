"""A whole Gemini answer as one JSON body → events: one object, or the list of a stream's chunks.

Source: Google's API reference, "generateContent" (August 2026).
"""

from __future__ import annotations

from sluiceway.dialects.gemini.answer import Answer, split_payload
from sluiceway.dialects.gemini.shapes import WIRE_JSON
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.events import Event, StreamEnd

__all__ = ["unary_decoder"]


def unary_decoder(max_body_bytes: int) -> WholeDecoder:
    """Return the decoder of one answer that comes whole."""
    return WholeDecoder(_decode_body, WIRE_JSON, max_body_bytes)


def _decode_body(body: bytes) -> list[Event]:
    events: list[Event] = []
    answer = Answer()
    for payload in split_payload(body.strip()):
        answer.feed(payload, events)
        if answer.is_over:
            return events
    answer.end(events, is_last=True)
    return [*events, StreamEnd()]

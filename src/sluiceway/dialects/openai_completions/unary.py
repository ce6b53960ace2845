"""A whole legacy completion as one JSON body → events.

Source: OpenAI's API reference, "completion object" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.openai_api.body import decode_body
from sluiceway.dialects.openai_completions.choices import Choices
from sluiceway.dialects.openai_completions.shapes import NAME, WIRE_JSON, Chunk
from sluiceway.dialects.openai_completions.start import decode_start
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.events import Event

__all__ = ["unary_decoder"]

_BODY = msgspec.json.Decoder(Chunk)


def unary_decoder(max_body_bytes: int) -> WholeDecoder:
    """Return the decoder of one answer that comes whole."""
    return WholeDecoder(_decode_body, WIRE_JSON, max_body_bytes)


def _decode_body(body: bytes) -> list[Event]:
    shape = _BODY.decode(body)
    for index, choice in enumerate(shape.choices or ()):
        if choice.index is None:
            choice.index = index
    return decode_body(NAME, body, shape, decode_start, Choices())

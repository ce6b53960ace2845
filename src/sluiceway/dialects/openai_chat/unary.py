"""A whole chat completion as one JSON body → events.

Source: OpenAI's API reference, "chat completion object" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.openai_api.body import decode_body
from sluiceway.dialects.openai_chat.blocks import Blocks
from sluiceway.dialects.openai_chat.shapes import NAME, ChoiceShape, Chunk
from sluiceway.dialects.openai_chat.start import decode_start
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.events import Event

__all__ = ["WIRE_JSON", "unary_decoder"]

WIRE_JSON = f"{NAME}/json"
"""The wire form of this frame."""

_BODY = msgspec.json.Decoder(Chunk)


def unary_decoder(max_body_bytes: int) -> WholeDecoder:
    """Return the decoder of one answer that comes whole."""
    return WholeDecoder(_decode_body, WIRE_JSON, max_body_bytes)


def _decode_body(body: bytes) -> list[Event]:
    shape = _BODY.decode(body)
    for index, choice in enumerate(shape.choices or ()):
        _number(choice, index)
    return decode_body(NAME, body, shape, decode_start, Blocks())


def _number(choice: ChoiceShape, index: int) -> None:
    """Number what came without a number: in a whole answer two calls, or choices, without one are two."""
    if choice.index is None:
        choice.index = index
    if choice.message is not None:
        for number, call in enumerate(choice.message.tool_calls or ()):
            call.index = number

"""A whole chat completion as one JSON body → events.

Source: OpenAI's API reference, "chat completion object" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.error_bodies import is_error
from sluiceway.dialects.openai_api.errors import decode_stream_error
from sluiceway.dialects.openai_chat.blocks import Blocks
from sluiceway.dialects.openai_chat.shapes import NAME, ChoiceShape, Chunk
from sluiceway.dialects.openai_chat.start import decode_start
from sluiceway.dialects.openai_chat.usage import decode_usage, is_given
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import Event, StreamEnd, UsageReport

__all__ = ["WIRE_JSON", "unary_decoder"]

WIRE_JSON = f"{NAME}/json"
"""The wire form of this frame."""

_BODY = msgspec.json.Decoder(Chunk)


def unary_decoder(max_body_bytes: int) -> WholeDecoder:
    """Return the decoder of one answer that comes whole."""
    return WholeDecoder(_decode_body, WIRE_JSON, max_body_bytes)


def _decode_body(body: bytes) -> list[Event]:
    shape = _BODY.decode(body)
    # {"error":{"message":"…","type":"invalid_request_error"}} with status 200
    if is_error(shape.error):
        return [decode_stream_error(body)]
    if not shape.choices:
        raise RemoteProtocolError("the upstream's answer has no choices", dialect=NAME)
    start = decode_start(body, is_preface_legal=False)
    assert start is not None
    events: list[Event] = [start]
    blocks = Blocks()
    for index, choice in enumerate(shape.choices):
        _number(choice, index)
        blocks.feed(choice, events)
    blocks.end(events, is_last=True)
    usage = decode_usage(shape.usage) if is_given(shape.usage) else None
    if usage is not None:
        events.append(UsageReport(usage))
    return [*events, StreamEnd()]


def _number(choice: ChoiceShape, index: int) -> None:
    """Number what came without a number: in a whole answer two calls, or choices, without one are two."""
    if choice.index is None:
        choice.index = index
    if choice.message is not None:
        for number, call in enumerate(choice.message.tool_calls or ()):
            call.index = number

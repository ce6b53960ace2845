"""A whole message as one JSON body → events.

Source: Anthropic's API reference, "Create a message" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.anthropic.blocks import Blocks
from sluiceway.dialects.anthropic.ends import decode_message_end, decode_start
from sluiceway.dialects.anthropic.errors import decode_stream_error
from sluiceway.dialects.anthropic.shapes import NAME, WIRE_JSON, MessageShape, is_given
from sluiceway.dialects.anthropic.usage import decode_usage
from sluiceway.dialects.error_bodies import is_error
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import Event, StreamEnd, UsageReport

__all__ = ["unary_decoder"]

_BODY = msgspec.json.Decoder(MessageShape)


def unary_decoder(max_body_bytes: int) -> WholeDecoder:
    """Return the decoder of one answer that comes whole."""
    return WholeDecoder(_decode_body, WIRE_JSON, max_body_bytes)


def _decode_body(body: bytes) -> list[Event]:
    shape = _BODY.decode(body)
    # {"type":"error","error":{"type":"api_error","message":"…"}} with status 200
    if is_error(shape.error):
        return [decode_stream_error(body)]
    if shape.content is None:
        raise RemoteProtocolError("the upstream's answer has no content", dialect=NAME)
    events: list[Event] = [decode_start(shape, body, is_whole=True)]
    blocks = Blocks()
    for index, block in enumerate(shape.content):
        blocks.start(index, bytes(block), events)
        blocks.stop(index, events)
    events.append(decode_message_end(shape.stop_reason, body))
    usage = decode_usage(bytes(shape.usage)) if is_given(shape.usage) else None
    if usage is not None:
        events.append(UsageReport(usage))
    return [*events, StreamEnd()]

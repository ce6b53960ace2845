"""A whole response as one JSON body → events.

A response that still waits or runs (``"background": true``) is an answer too, which ended for no reason known here.
Source: OpenAI's API reference, "The response object" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.openai_api.errors import decode_stream_error
from sluiceway.dialects.openai_responses.blocks import Blocks
from sluiceway.dialects.openai_responses.lifecycle import ResponseFields
from sluiceway.dialects.openai_responses.shapes import NAME, WIRE_JSON, is_given
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import Event, StreamEnd, UsageReport

__all__ = ["unary_decoder"]


class _Head(msgspec.Struct):
    output: msgspec.Raw = msgspec.Raw(b"")
    error: msgspec.Raw = msgspec.Raw(b"")


_HEAD = msgspec.json.Decoder(_Head)


def unary_decoder(max_body_bytes: int) -> WholeDecoder:
    """Return the decoder of one answer that comes whole."""
    return WholeDecoder(_decode_body, WIRE_JSON, max_body_bytes)


def _decode_body(body: bytes) -> list[Event]:
    head = _HEAD.decode(body)
    if not head.output:
        # {"error":{"message":"…","type":"invalid_request_error"}} with status 200
        if is_given(head.error):
            return [decode_stream_error(body)]
        raise RemoteProtocolError("the upstream's answer has no output", dialect=NAME)
    fields = ResponseFields(body)
    start = fields.start()
    events: list[Event] = [start]
    blocks = Blocks()
    blocks.end(fields.output(), events)
    usage = fields.usage
    if usage is not None:
        events.append(UsageReport(usage))
    if fields.status == "failed":
        return [*events, fields.error]
    return [*events, fields.end(start, "completed", has_calls=blocks.has_calls), StreamEnd()]

"""A whole legacy completion as one JSON body → events.

Source: OpenAI's API reference, "completion object" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.error_bodies import is_error
from sluiceway.dialects.openai_api.errors import decode_stream_error
from sluiceway.dialects.openai_completions.choices import Choices
from sluiceway.dialects.openai_completions.shapes import NAME, WIRE_JSON, Chunk
from sluiceway.dialects.openai_completions.start import decode_start
from sluiceway.dialects.openai_completions.usage import decode_usage
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import Event, StreamEnd, UsageReport

__all__ = ["unary_decoder"]

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
    choices = Choices()
    for index, choice in enumerate(shape.choices):
        if choice.index is None:
            choice.index = index
        choices.feed(choice, events)
    choices.end(events, is_last=True)
    usage = decode_usage(shape.usage)
    if usage is not None:
        events.append(UsageReport(usage))
    return [*events, StreamEnd()]

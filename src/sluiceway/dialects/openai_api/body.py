"""A whole completion as one JSON body → events.

Source: OpenAI's API reference, "chat completion object" and "completion object" (August 2026).
"""

from __future__ import annotations

from typing import TypeVar

from sluiceway.dialects.error_bodies import is_error
from sluiceway.dialects.openai_api.choices import Choices, Chunk
from sluiceway.dialects.openai_api.errors import decode_stream_error
from sluiceway.dialects.openai_api.start import DecodeStart
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import Event, StreamEnd, UsageReport

__all__ = ["decode_body"]

S = TypeVar("S")


def decode_body(
    dialect: str, body: bytes, shape: Chunk[S], decode_start: DecodeStart, choices: Choices[S]
) -> list[Event]:
    """Return all that an answer says.

    Args:
        dialect: whose answer it is.
        body: its bytes.
        shape: what was read of them; its choices are numbered.
        decode_start: a body → the start of the answer.
        choices: makes events of the choices.

    Raises:
        RemoteProtocolError: it has no choices, or two in the place of one.
    """
    # {"error":{"message":"…","type":"invalid_request_error"}} with status 200
    if is_error(shape.error):
        return [decode_stream_error(body)]
    if not shape.choices:
        raise RemoteProtocolError("the upstream's answer has no choices", dialect=dialect)
    start = decode_start(body, is_preface_legal=False)
    assert start is not None
    events: list[Event] = [start]
    for choice in shape.choices:
        choices.feed(choice, events)
    choices.end(events, is_last=True)
    usage = shape.find_usage()
    if usage is not None:
        events.append(UsageReport(usage))
    return [*events, StreamEnd()]

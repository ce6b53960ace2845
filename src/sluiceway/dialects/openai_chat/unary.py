"""A whole chat completion as one JSON body → one frame.

It is decoded at the end of the body, for it means nothing before. Source: OpenAI's API reference, "chat completion
object" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import Usual
from sluiceway.dialects.openai_chat.blocks import Blocks
from sluiceway.dialects.openai_chat.errors import decode_stream_error, is_error, malformed
from sluiceway.dialects.openai_chat.shapes import NAME, ChoiceShape, Chunk
from sluiceway.dialects.openai_chat.start import decode_start
from sluiceway.dialects.openai_chat.usage import decode_usage, is_given
from sluiceway.errors import BufferLimitExceeded, EngineUnavailable, RemoteProtocolError, SluicewayError
from sluiceway.events import Event, Frame, StreamEnd, StreamError, UsageReport

__all__ = ["WIRE_JSON", "UnaryDecoder"]

WIRE_JSON = f"{NAME}/json"
"""The wire form of this frame."""

_BODY = msgspec.json.Decoder(Chunk)


class UnaryDecoder:
    """Decodes one answer that comes whole.

    Args:
        max_body_bytes: the limit of the body.
    """

    __slots__ = ("_body", "_is_over", "_max_body_bytes", "usual")

    def __init__(self, max_body_bytes: int) -> None:
        self.usual: Usual | None = None
        self._max_body_bytes = max_body_bytes
        self._body = bytearray()
        self._is_over = False

    def feed(self, data: bytes) -> list[Frame]:
        """Take a slice of the body; a frame comes only when it is too large."""
        if self._is_over:
            return []
        self._body += data
        if len(self._body) <= self._max_body_bytes:
            return []
        self._body.clear()
        limit = f"the upstream's answer is larger than {self._max_body_bytes} bytes"
        return [self._fail(BufferLimitExceeded(limit, dialect=NAME))]

    def close(self) -> list[Frame]:
        """Take the end of the body and return the answer."""
        if self._is_over:
            return []
        self._is_over = True
        body = bytes(self._body)
        if not body.strip():
            return [self._fail(EngineUnavailable("the upstream ended its answer before it began"))]
        try:
            events = _decode_body(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return [self._fail(malformed(error))]
        except RemoteProtocolError as error:
            return [self._fail(error)]
        return [Frame(events, WIRE_JSON, body)]

    def _fail(self, error: SluicewayError) -> Frame:
        self._is_over = True
        return Frame([StreamError(error.code, error.message)])


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

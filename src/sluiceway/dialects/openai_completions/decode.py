"""The payloads of a streaming legacy completion → events.

How an answer ends, `sluiceway.dialects.openai_api.reading` says.

Source: OpenAI's API reference, "completion object" (August 2026).
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.openai_api.reading import Reading
from sluiceway.dialects.openai_completions.choices import Choices
from sluiceway.dialects.openai_completions.shapes import NAME, WIRE_SSE, Chunk
from sluiceway.dialects.openai_completions.start import decode_start
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.template import Template
from sluiceway.events import BlockKind
from sluiceway.wire.sse import SSEDecoder, SSEEvent

__all__ = ["stream_decoder"]

_CHUNK = msgspec.json.Decoder(Chunk)
_NAMES = MappingProxyType({BlockKind.TEXT: (b'"text"',)})


def stream_decoder(max_event_bytes: int) -> StreamDecoder[SSEEvent]:
    """Return the decoder of one streaming answer."""
    reading = Reading(NAME, _CHUNK.decode, decode_start, Choices(), Template(WIRE_SSE, _NAMES))
    return StreamDecoder(SSEDecoder(max_event_bytes), reading, WIRE_SSE, max_event_bytes)

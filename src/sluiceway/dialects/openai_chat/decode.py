"""The payloads of a streaming chat completion → events.

How an answer ends, `sluiceway.dialects.openai_api.reading` says. Snowflake never sends a finish reason, but sends the
usage of the whole answer before ``[DONE]``, which a cut stream does not have; its choices end for a reason not known.

Source: OpenAI's API reference, "chat completion chunk" (August 2026), and recordings of compatible servers.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.openai_api.reading import Reading
from sluiceway.dialects.openai_chat.blocks import Blocks
from sluiceway.dialects.openai_chat.shapes import NAME, WIRE_SSE, Chunk
from sluiceway.dialects.openai_chat.start import decode_start
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.template import Template, silent_fields
from sluiceway.events import BlockKind
from sluiceway.wire.sse import SSEDecoder, SSEEvent

__all__ = ["stream_decoder"]

_CHUNK = msgspec.json.Decoder(Chunk)

# In the order in which the block decoder prefers them.
_NAMES = MappingProxyType(
    {BlockKind.TEXT: (b'"content"',), BlockKind.REASONING: (b'"reasoning_content"', b'"reasoning"')}
)

# OpenAI pads each chunk: "obfuscation":"4Oxy6YfjXTmQk"
_SILENT = silent_fields("obfuscation")


def stream_decoder(max_event_bytes: int) -> StreamDecoder[SSEEvent]:
    """Return the decoder of one streaming answer."""
    template = Template(WIRE_SSE, _NAMES, _SILENT)
    blocks = Blocks(max_event_bytes)
    reading = Reading(NAME, _CHUNK.decode, decode_start, blocks, template, ends_with_total=True)
    return StreamDecoder(SSEDecoder(max_event_bytes), reading, WIRE_SSE, max_event_bytes)

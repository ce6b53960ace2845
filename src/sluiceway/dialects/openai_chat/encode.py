"""Frames → the bytes of a Chat Completions answer, as server-sent events, NDJSON or one JSON body.

How a stream is framed, `sluiceway.dialects.openai_api.encode` says.

Source: OpenAI's API reference, "Create chat completion" and "Streaming" (August 2026).
"""

from __future__ import annotations

from sluiceway.dialects.base import EncodeOptions, Encoder, Framing
from sluiceway.dialects.openai_api.encode import StreamEncoder
from sluiceway.dialects.openai_chat.chunks import ChunkWriter
from sluiceway.dialects.openai_chat.completion import unary_encoder
from sluiceway.dialects.openai_chat.shapes import WIRE_SSE

__all__ = ["encoder"]


def encoder(options: EncodeOptions, custom_names: frozenset[str] = frozenset()) -> Encoder:
    """Return the encoder for the framing asked for; ``custom_names`` are those of the reader's custom tools."""
    if options.framing is Framing.JSON:
        return unary_encoder(options, custom_names)
    return StreamEncoder(options, ChunkWriter(options, custom_names), WIRE_SSE)

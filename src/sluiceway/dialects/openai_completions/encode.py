"""Frames → the bytes of a legacy Completions answer, as server-sent events, NDJSON or one JSON body.

How a stream is framed, `sluiceway.dialects.openai_api.encode` says. What this dialect cannot hold:

- reasoning, tool calls and whatever only one vendor has: left out;
- a refusal as such: it is told as text;
- borders between the texts of a choice: they are joined;
- why an answer ended beyond ``stop``, ``length`` and ``content_filter``;
- the bytes of tokens in log probabilities, and two alternatives of one spelling; ``text_offset`` counts what was
  told from events only.

Source: OpenAI's API reference, "Create completion" (August 2026).
"""

from __future__ import annotations

from sluiceway.dialects.base import EncodeOptions, Encoder, Framing
from sluiceway.dialects.openai_api.encode import StreamEncoder
from sluiceway.dialects.openai_completions.chunks import ChunkWriter
from sluiceway.dialects.openai_completions.completion import unary_encoder
from sluiceway.dialects.openai_completions.shapes import WIRE_SSE

__all__ = ["encoder"]


def encoder(options: EncodeOptions) -> Encoder:
    """Return the encoder for the framing asked for."""
    if options.framing is Framing.JSON:
        return unary_encoder(options)
    return StreamEncoder(options, ChunkWriter(options), WIRE_SSE)

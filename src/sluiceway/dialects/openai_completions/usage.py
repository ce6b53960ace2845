"""Finish reasons of legacy Completions, in both directions, and which of its token counts count.

Source: OpenAI's API reference, "completion object" (August 2026).
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.openai_api.usage import decode_usage as decode_counts
from sluiceway.dialects.openai_api.usage import is_given
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["decode_finish_reason", "decode_usage", "encode_finish_reason"]

_STOP_OF = MappingProxyType({"stop": Stop.END, "length": Stop.LENGTH, "content_filter": Stop.CONTENT_FILTER})
_REASON_OF = MappingProxyType({Stop.LENGTH: "length", Stop.CONTENT_FILTER: "content_filter"})


def decode_finish_reason(word: str) -> FinishReason:
    """Return what the vendor's word means; an unknown word is `Stop.OTHER`."""
    return FinishReason(_STOP_OF.get(word, Stop.OTHER), word)


def encode_finish_reason(reason: FinishReason) -> str:
    """Return one of OpenAI's three words; whatever else ended the answer is a ``stop``."""
    return _REASON_OF.get(reason.stop, "stop")


def decode_usage(record: msgspec.Raw) -> Usage | None:
    """Return the counts of a usage record, or None when there are none, or they cannot be read."""
    usage = decode_counts(record) if is_given(record) else None
    # Ollama's null: "usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}
    return None if usage is None or usage.input_tokens == usage.output_tokens == 0 else usage

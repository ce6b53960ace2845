"""Token counts and finish reasons of legacy Completions, in both directions.

Source: OpenAI's API reference, "completion object" (August 2026). Prompt tokens include the cached ones and
completion tokens include reasoning, as the canonical counts do.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.openai_completions.shapes import UsageDetails, UsageShape
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["decode_finish_reason", "decode_usage", "encode_finish_reason", "encode_usage"]

_STOP_OF = MappingProxyType({"stop": Stop.END, "length": Stop.LENGTH, "content_filter": Stop.CONTENT_FILTER})
_REASON_OF = MappingProxyType({Stop.LENGTH: "length", Stop.CONTENT_FILTER: "content_filter"})
_NOTHING = (b"", b"null")
_USAGE = msgspec.json.Decoder(UsageShape)


def decode_finish_reason(word: str) -> FinishReason:
    """Return what the vendor's word means; an unknown word is `Stop.OTHER`."""
    return FinishReason(_STOP_OF.get(word, Stop.OTHER), word)


def encode_finish_reason(reason: FinishReason) -> str:
    """Return one of OpenAI's three words; whatever else ended the answer is a ``stop``."""
    return _REASON_OF.get(reason.stop, "stop")


def decode_usage(record: msgspec.Raw) -> Usage | None:
    """Return the counts of a usage record, or None when there are none, or they cannot be read.

    A count that is no number of tokens spoils the record, not the answer.
    """
    if bytes(record) in _NOTHING:
        return None
    try:
        shape = _USAGE.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    # Ollama's null: "usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}
    if shape.prompt_tokens == 0 and shape.completion_tokens == 0:
        return None
    prompt = shape.prompt_tokens_details or UsageDetails()
    completion = shape.completion_tokens_details or UsageDetails()
    return Usage(
        shape.prompt_tokens,
        shape.completion_tokens,
        prompt.cached_tokens,
        prompt.cache_write_tokens,
        completion.reasoning_tokens,
        bool(shape.is_estimate),
        raw=bytes(record).decode(),
    )


def encode_usage(usage: Usage) -> dict[str, object]:
    """Return the usage record; an unknown count is null, an unknown part is left out, an estimate is marked."""
    record: dict[str, object] = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
    prompt = {"cached_tokens": usage.cache_read_tokens, "cache_write_tokens": usage.cache_write_tokens}
    completion = {"reasoning_tokens": usage.reasoning_tokens}
    for name, details in (("prompt_tokens_details", prompt), ("completion_tokens_details", completion)):
        known = {key: tokens for key, tokens in details.items() if tokens is not None}
        if known:
            record[name] = known
    if usage.is_estimate:
        record["is_estimate"] = True
    return record

"""Token counts and finish reasons of Chat Completions, in both directions.

Source: OpenAI's API reference, "usage" and "finish_reason" of chat completion objects (August 2026).
Prompt tokens include the cached ones and completion tokens include reasoning, as the canonical counts do.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.openai_chat.shapes import UsageDetails, UsageShape
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["decode_finish_reason", "decode_usage", "encode_finish_reason", "encode_usage", "is_given"]

_STOP_OF = MappingProxyType(
    {
        "stop": Stop.END,
        "length": Stop.LENGTH,
        "tool_calls": Stop.TOOL_CALL,
        "function_call": Stop.TOOL_CALL,
        "content_filter": Stop.CONTENT_FILTER,
    }
)

# Whatever else ended the answer is a "stop": readers know five words, and the three others make some of them raise or
# wait for a tool's result.
_REASON_OF = MappingProxyType(
    {Stop.LENGTH: "length", Stop.TOOL_CALL: "tool_calls", Stop.CONTENT_FILTER: "content_filter"}
)

_USAGE = msgspec.json.Decoder(UsageShape)


def decode_finish_reason(word: str) -> FinishReason:
    """Return what the vendor's word means; an unknown word is `Stop.OTHER`."""
    return FinishReason(_STOP_OF.get(word, Stop.OTHER), word)


def encode_finish_reason(reason: FinishReason) -> str:
    """Return one of OpenAI's words; a cancelled answer is a ``stop``, which every client takes for a proper end."""
    return _REASON_OF.get(reason.stop, "stop")


def is_given(record: msgspec.Raw) -> bool:
    """Return whether a usage record is there: servers send null with every chunk but one."""
    return bool(record) and bytes(record) != b"null"


def decode_usage(record: msgspec.Raw) -> Usage | None:
    """Return the counts of a usage record, or None when it cannot be read.

    A count that is no number of tokens spoils the record, not the answer.
    """
    try:
        shape = _USAGE.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
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
    """Return the usage record; an unknown count is null, an unknown part is left out, and an estimate says so."""
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

"""Token counts and finish reasons of Gemini, in both directions.

Source: Google's API reference, "UsageMetadata" and "FinishReason" (August 2026). The prompt's tokens include cached
ones and leave out those of the results of hosted tools; the candidates' tokens leave out thoughts.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.gemini.shapes import UsageShape
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["decode_block_reason", "decode_finish_reason", "decode_usage", "encode_finish_reason", "encode_usage"]

_STOP_OF = MappingProxyType(
    {
        "STOP": Stop.END,
        "MAX_TOKENS": Stop.LENGTH,
        "SAFETY": Stop.CONTENT_FILTER,
        "RECITATION": Stop.CONTENT_FILTER,
        "BLOCKLIST": Stop.CONTENT_FILTER,
        "PROHIBITED_CONTENT": Stop.CONTENT_FILTER,
        "SPII": Stop.CONTENT_FILTER,
        "MODEL_ARMOR": Stop.CONTENT_FILTER,
        "IMAGE_SAFETY": Stop.CONTENT_FILTER,
        "IMAGE_PROHIBITED_CONTENT": Stop.CONTENT_FILTER,
        "IMAGE_RECITATION": Stop.CONTENT_FILTER,
        "IMAGE_OTHER": Stop.CONTENT_FILTER,
        "CONTINUATION": Stop.PAUSED,
        "OTHER": Stop.OTHER,
        "LANGUAGE": Stop.OTHER,
        "NO_IMAGE": Stop.OTHER,
        "MALFORMED_FUNCTION_CALL": Stop.OTHER,
        "UNEXPECTED_TOOL_CALL": Stop.OTHER,
        "TOO_MANY_TOOL_CALLS": Stop.OTHER,
        "MISSING_THOUGHT_SIGNATURE": Stop.OTHER,
        "MALFORMED_RESPONSE": Stop.OTHER,
        "ESCALATION": Stop.OTHER,
        "PUP_LIMITED_DISABLED": Stop.OTHER,
        "FINISH_REASON_UNSPECIFIED": Stop.OTHER,
    }
)

# Gemini has one word for the natural end, stop sequences and calls; a cancelled answer says it too, which every
# client takes for a proper end.
_REASON_OF = MappingProxyType(
    {
        Stop.LENGTH: "MAX_TOKENS",
        Stop.CONTENT_FILTER: "SAFETY",
        Stop.PAUSED: "CONTINUATION",
        Stop.OTHER: "OTHER",
    }
)

_USAGE = msgspec.json.Decoder(UsageShape)


def decode_finish_reason(word: str, *, has_called: bool) -> FinishReason:
    """Return what the vendor's word means; an unknown word is `Stop.OTHER`.

    Args:
        word: the vendor's word.
        has_called: whether the candidate called a function, for which there is no word.
    """
    stop = _STOP_OF.get(word, Stop.OTHER)
    return FinishReason(Stop.TOOL_CALL if stop is Stop.END and has_called else stop, word)


def decode_block_reason(word: str) -> FinishReason:
    """Return what it means that the prompt was blocked, whatever for."""
    return FinishReason(Stop.CONTENT_FILTER, word)


def encode_finish_reason(reason: FinishReason) -> str:
    """Return one of Google's words: the one that came, where it is one and means the same."""
    raw = reason.raw
    if raw is not None and _STOP_OF.get(raw) is reason.stop:
        return raw
    return _REASON_OF.get(reason.stop, "STOP")


def decode_usage(record: bytes) -> Usage | None:
    """Return the counts of a usage record, or None when it cannot be read.

    A count that is no number of tokens spoils the record, not the answer.
    """
    try:
        shape = _USAGE.decode(record)
        text = record.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # "promptTokenCount":15,"candidatesTokenCount":18,"toolUsePromptTokenCount":770,"thoughtsTokenCount":742
    prompt, of_tools = shape.prompt_token_count, shape.tool_use_prompt_token_count
    said, thoughts = shape.candidates_token_count, shape.thoughts_token_count
    return Usage(
        prompt if of_tools is None else of_tools + (prompt or 0),
        said if thoughts is None else thoughts + (said or 0),
        shape.cached_content_token_count,
        None,
        thoughts,
        shape.is_estimate is True,
        text,
    )


def encode_usage(usage: Usage) -> dict[str, object]:
    """Return the usage record; an unknown count is left out, as Google leaves it out.

    Counts of what hosted tools put in the prompt, which are no canonical count, are part of the prompt's.
    """
    output = usage.output_tokens
    if output is not None and usage.reasoning_tokens is not None:
        output = max(output - usage.reasoning_tokens, 0)
    record: dict[str, object] = {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": output,
        "totalTokenCount": usage.total_tokens,
        "thoughtsTokenCount": usage.reasoning_tokens,
        "cachedContentTokenCount": usage.cache_read_tokens,
        "is_estimate": usage.is_estimate or None,
    }
    return {name: value for name, value in record.items() if value is not None}

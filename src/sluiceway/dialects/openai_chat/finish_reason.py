"""Finish reasons of Chat Completions, in both directions.

Source: OpenAI's API reference, "finish_reason" of chat completion objects (August 2026).
"""

from __future__ import annotations

from types import MappingProxyType

from sluiceway.usage import FinishReason, Stop

__all__ = ["decode_finish_reason", "encode_finish_reason"]

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


def decode_finish_reason(word: str) -> FinishReason:
    """Return what the vendor's word means; an unknown word is `Stop.OTHER`."""
    return FinishReason(_STOP_OF.get(word, Stop.OTHER), word)


def encode_finish_reason(reason: FinishReason) -> str:
    """Return one of OpenAI's words; a cancelled answer is a ``stop``, which every client takes for a proper end."""
    return _REASON_OF.get(reason.stop, "stop")

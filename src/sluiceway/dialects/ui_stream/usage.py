"""Token counts and finish reasons in the AI SDK's words.

The stream has no place of its own for usage, so it travels in ``messageMetadata``, in the names of the SDK's
``LanguageModelUsage``. An unknown count is left out.

Source: vercel/ai, ``packages/ai/src/types/usage.ts`` and ``ui-message-stream/ui-message-chunks.ts`` (August 2026).
"""

from __future__ import annotations

from types import MappingProxyType

from sluiceway.usage import Stop, Usage

__all__ = ["encode_finish_reason", "encode_usage"]

# The SDK takes a paused turn for a proper end too.
_REASON_OF = MappingProxyType(
    {
        Stop.END: "stop",
        Stop.STOP_SEQUENCE: "stop",
        Stop.PAUSED: "stop",
        Stop.LENGTH: "length",
        Stop.TOOL_CALL: "tool-calls",
        Stop.CONTENT_FILTER: "content-filter",
    }
)


def encode_finish_reason(stop: Stop, *, is_refused: bool) -> str:
    """Return the SDK's word; a natural end after a refusal is a ``content-filter``, since refusals have no part."""
    if is_refused and stop is Stop.END:
        return "content-filter"
    return _REASON_OF.get(stop, "other")


def encode_usage(usage: Usage) -> dict[str, object]:
    """Return the usage record; an estimate is marked."""
    input_details = {"cacheReadTokens": usage.cache_read_tokens, "cacheWriteTokens": usage.cache_write_tokens}
    record: dict[str, object] = {
        "inputTokens": usage.input_tokens,
        "inputTokenDetails": _known(input_details) or None,
        "outputTokens": usage.output_tokens,
        "outputTokenDetails": _known({"reasoningTokens": usage.reasoning_tokens}) or None,
        "totalTokens": usage.total_tokens,
        "is_estimate": usage.is_estimate or None,
    }
    return _known(record)


def _known(record: dict[str, object] | dict[str, int | None]) -> dict[str, object]:
    return {name: value for name, value in record.items() if value is not None}

"""Token counts and the ways an answer ends, in both directions.

Responses has no finish reason: it has a status, and a reason where the status is ``incomplete``. A call of a tool is
an answer that is ``completed`` and holds the call.

An answer that was stopped ends with the event ``response.incomplete`` whose response has the status ``cancelled``:
there is no event of that name, ``response.incomplete`` is one that every client takes for an end, and the status is
the vendor's own word. OpenAI's client keeps its ``get_final_response`` for answers that are ``completed``.

An unknown count is left out: clients of several languages add up what they find, and null is no number.

Source: OpenAI's API reference, "The response object", "usage" and "incomplete_details" (August 2026).
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.openai_responses.shapes import UsageDetails, UsageShape
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["decode_finish_reason", "decode_usage", "encode_finish_reason", "encode_usage", "is_cut"]

_STOP_OF = MappingProxyType({"max_output_tokens": Stop.LENGTH, "content_filter": Stop.CONTENT_FILTER})
_REASON_OF = MappingProxyType({stop: reason for reason, stop in _STOP_OF.items()})

_USAGE = msgspec.json.Decoder(UsageShape)


def decode_finish_reason(status: str, reason: str | None, *, has_calls: bool) -> FinishReason:
    """Return what the status of a response means.

    Args:
        status: the status.
        reason: why it is incomplete, where it says so.
        has_calls: whether it holds a call of one of the asker's tools.
    """
    if status == "completed":
        return FinishReason(Stop.TOOL_CALL if has_calls else Stop.END, status)
    if status == "cancelled":
        return FinishReason(Stop.CANCELLED, status)
    return FinishReason(_STOP_OF.get(reason or "", Stop.OTHER), reason or status)


def encode_finish_reason(reason: FinishReason) -> tuple[str, dict[str, object] | None]:
    """Return the status of an answer and its ``incomplete_details``."""
    if reason.stop is Stop.CANCELLED:
        return "cancelled", None
    word = _REASON_OF.get(reason.stop)
    return ("completed", None) if word is None else ("incomplete", {"reason": word})


def is_cut(reason: FinishReason) -> bool:
    """Return whether an answer that ended so stands there unfinished."""
    return encode_finish_reason(reason)[0] != "completed"


def decode_usage(record: msgspec.Raw) -> Usage | None:
    """Return the counts of a usage record, or None when it cannot be read.

    A count that is no number of tokens spoils the record, not the answer.
    """
    try:
        shape = _USAGE.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    read = shape.input_tokens_details or UsageDetails()
    written = shape.output_tokens_details or UsageDetails()
    return Usage(
        shape.input_tokens,
        shape.output_tokens,
        read.cached_tokens,
        read.cache_write_tokens,
        written.reasoning_tokens,
        bool(shape.is_estimate),
        raw=bytes(record).decode(),
    )


def encode_usage(usage: Usage) -> dict[str, object] | None:
    """Return the usage record, or None when no count is known; one that was made here says so."""
    read = {"cached_tokens": usage.cache_read_tokens, "cache_write_tokens": usage.cache_write_tokens}
    record: dict[str, object] = {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": _known(read),
        "output_tokens": usage.output_tokens,
        "output_tokens_details": _known({"reasoning_tokens": usage.reasoning_tokens}),
        "total_tokens": usage.total_tokens,
    }
    known = _known(record)
    if not any(count or count == 0 for count in known.values()):
        return None
    return {**known, "is_estimate": True} if usage.is_estimate else known


def _known(counts: dict[str, object] | dict[str, int | None]) -> dict[str, object]:
    return {name: count for name, count in counts.items() if count is not None}

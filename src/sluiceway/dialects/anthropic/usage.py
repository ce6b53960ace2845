"""Token counts and finish reasons of the Messages API, in both directions.

Input tokens leave out what was read from a cache or written to one; the canonical count takes all three together.
Output tokens include thinking, as the canonical count does. Counts in a stream are cumulative: those at its end take
the place of those at its start, where both are given. The output count at the start is a number to begin with and
says nothing yet, so it is not read.

Clients demand two numbers: ``input_tokens`` and ``output_tokens``. One that is not known is written as 0, in a record
that says ``"is_estimate": true``. In the record at a stream's end ``input_tokens`` may be left out, and is.

The record at its start is there to be replaced, and says nothing of estimates, since clients keep of it whatever they
do not know. No prompt is empty, so one without input tokens is not read.

Source: Anthropic's API reference, "usage" and "stop_reason" of messages (August 2026).
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.anthropic.shapes import UsageDetails, UsageShape
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = [
    "UsageSoFar",
    "decode_finish_reason",
    "decode_usage",
    "encode_end_usage",
    "encode_finish_reason",
    "encode_start_usage",
    "encode_whole_usage",
    "is_known_reason",
]

_STOP_OF = MappingProxyType(
    {
        "end_turn": Stop.END,
        "stop_sequence": Stop.STOP_SEQUENCE,
        "max_tokens": Stop.LENGTH,
        "model_context_window_exceeded": Stop.LENGTH,
        "tool_use": Stop.TOOL_CALL,
        "refusal": Stop.CONTENT_FILTER,
        "pause_turn": Stop.PAUSED,
        "compaction": Stop.OTHER,
    }
)

# Whatever else ended the answer is the end of a turn: clients go on by themselves after "pause_turn", and wait for a
# tool's result after "tool_use".
_REASON_OF = MappingProxyType(
    {
        Stop.STOP_SEQUENCE: "stop_sequence",
        Stop.LENGTH: "max_tokens",
        Stop.TOOL_CALL: "tool_use",
        Stop.CONTENT_FILTER: "refusal",
        Stop.PAUSED: "pause_turn",
    }
)

_USAGE = msgspec.json.Decoder(UsageShape)
_RECORD = msgspec.json.Decoder(dict[str, object])


def is_known_reason(word: str) -> bool:
    """Return whether it is one of Anthropic's words known here."""
    return word in _STOP_OF


def decode_finish_reason(word: str) -> FinishReason:
    """Return what the vendor's word means; an unknown word is `Stop.OTHER`."""
    return FinishReason(_STOP_OF.get(word, Stop.OTHER), word)


def encode_finish_reason(reason: FinishReason, *, has_tool_call: bool, has_refusal: bool) -> str:
    """Return one of Anthropic's words, the very word that came if it was one.

    Args:
        reason: why the answer ended.
        has_tool_call: whether it holds a tool call. Some vendors end it for no other reason than a plain answer;
            here a call counts only with ``tool_use``.
        has_refusal: whether it holds a refusal, which this dialect knows as a reason only.
    """
    if reason.raw is not None and _STOP_OF.get(reason.raw) is reason.stop:
        return reason.raw
    if reason.stop is Stop.END and has_tool_call:
        return "tool_use"
    if reason.stop is Stop.END and has_refusal:
        return "refusal"
    return _REASON_OF.get(reason.stop, "end_turn")


def decode_usage(record: bytes) -> Usage | None:
    """Return the counts of a usage record, or None when it cannot be read.

    A count that is no number of tokens spoils the record, not the answer.
    """
    try:
        shape = _USAGE.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    read, written = shape.cache_read_input_tokens, shape.cache_creation_input_tokens
    fresh = shape.input_tokens
    return Usage(
        None if fresh is None else fresh + (read or 0) + (written or 0),
        shape.output_tokens,
        read,
        written,
        (shape.output_tokens_details or UsageDetails()).thinking_tokens,
        is_estimate=bool(shape.is_estimate),
        raw=record.decode(),
    )


class UsageSoFar:
    """The counts of one stream, whose records come in pieces."""

    __slots__ = ("_record",)

    def __init__(self) -> None:
        self._record: dict[str, object] = {}

    def start(self, record: bytes) -> Usage | None:
        """Take the record of the stream's start and return what it says, if anything.

        {"input_tokens":25,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}
        """
        usage = decode_usage(record)
        if usage is None or not usage.input_tokens:
            return None
        left_out = ("output_tokens", "is_estimate")
        self._record = {name: value for name, value in _RECORD.decode(record).items() if name not in left_out}
        return msgspec.structs.replace(usage, output_tokens=None)

    def add(self, record: bytes) -> Usage | None:
        """Take a later record and return all counts so far, or None when it cannot be read.

        {"output_tokens":15}
        """
        if decode_usage(record) is None:
            return None
        self._record |= {name: value for name, value in _RECORD.decode(record).items() if value is not None}
        return decode_usage(msgspec.json.encode(self._record))


def encode_start_usage(usage: Usage | None) -> dict[str, object]:
    """Return the record of a stream's start, when ``usage`` is what is known then."""
    known = _counts(usage or Usage())
    known.pop("is_estimate", None)
    return {"input_tokens": 0, "output_tokens": 0, **known}


def encode_end_usage(usage: Usage | None) -> dict[str, object]:
    """Return the record of a stream's end."""
    known = _counts(usage or Usage())
    return known if "output_tokens" in known else {**known, "output_tokens": 0, "is_estimate": True}


def encode_whole_usage(usage: Usage | None) -> dict[str, object]:
    """Return the record of a whole message."""
    known = _counts(usage or Usage())
    record: dict[str, object] = {"input_tokens": 0, "output_tokens": 0, **known}
    return record if {"input_tokens", "output_tokens"} <= known.keys() else {**record, "is_estimate": True}


def _counts(usage: Usage) -> dict[str, object]:
    """Return the fields whose counts are known."""
    read, written, reasoning = usage.cache_read_tokens, usage.cache_write_tokens, usage.reasoning_tokens
    fresh = None if usage.input_tokens is None else max(usage.input_tokens - (read or 0) - (written or 0), 0)
    fields: dict[str, object] = {
        "input_tokens": fresh,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "output_tokens": usage.output_tokens,
        "output_tokens_details": None if reasoning is None else {"thinking_tokens": reasoning},
        "is_estimate": usage.is_estimate or None,
    }
    return {name: value for name, value in fields.items() if value is not None}

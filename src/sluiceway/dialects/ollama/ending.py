"""The done line: why an answer ended, its token counts and durations, in both directions.

Counts of zero are left out on the wire, so a count that is missing is not known. Everything else on the line that has
no canonical place (durations in nanoseconds, ``context``, what newer servers add) travels as extras of the choice's
end, and is put back.

Source: ``api/types.go`` of Ollama, "Metrics", and recorded answers (August 2026).
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.ollama.shapes import NAME, Head, Line
from sluiceway.events import ChoiceEnd, Event, UsageReport
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["decode_ending", "encode_ending"]

_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANY = msgspec.json.Decoder()

_MAX_COUNT = 2**53

_STOP_OF = MappingProxyType({"stop": Stop.END, "length": Stop.LENGTH})

# Who was stopped on request has a proper end here as well. For the others there is no word, and Ollama leaves the
# field out when it does not know the reason.
_REASON_OF = MappingProxyType(
    {
        Stop.END: "stop",
        Stop.STOP_SEQUENCE: "stop",
        Stop.TOOL_CALL: "stop",
        Stop.CANCELLED: "stop",
        Stop.LENGTH: "length",
    }
)

_OWN_WORDS = frozenset({"load", "unload"})

# What stands on other lines too, or is decoded elsewhere.
_NO_EXTRAS = frozenset({*Line.__struct_fields__, *Head.__struct_fields__})


def decode_ending(payload: bytes, *, has_calls: bool) -> list[Event]:
    """Return the end of the choice that a done line tells of, and the usage if it has any.

    A count or duration that cannot be read is left out: it does not spoil the answer.

    Args:
        payload: the line, which is known to be JSON.
        has_calls: whether the answer holds a tool call; Ollama ends those with ``stop`` too.
    """
    fields = {name: _decode(value) for name, value in _FIELDS.decode(payload).items() if name not in _NO_EXTRAS}
    word = fields.pop("done_reason", None)
    usage = Usage(_count(fields.pop("prompt_eval_count", None)), _count(fields.pop("eval_count", None)))
    # Of Sluiceway's own, where the counts were made by one.
    is_estimate = fields.pop("is_estimate", None) is True
    extras = {name: value for name, value in fields.items() if value is not None}
    events: list[Event] = [ChoiceEnd(0, _reason(word, has_calls=has_calls), {NAME: extras} if extras else {})]
    # "prompt_eval_count":16,"eval_count":22
    if usage != Usage():
        events.append(UsageReport(msgspec.structs.replace(usage, is_estimate=is_estimate)))
    return events


def encode_ending(end: ChoiceEnd, usage: Usage | None) -> dict[str, object]:
    """Return the fields that end an answer; what is not known is left out."""
    word = _word(end.reason)
    fields: dict[str, object] = {"done": True, **({"done_reason": word} if word else {}), **end.extras.get(NAME, {})}
    if usage is None:
        return fields
    counts = {"prompt_eval_count": usage.input_tokens, "eval_count": usage.output_tokens}
    fields |= {name: count for name, count in counts.items() if count is not None}
    if usage.is_estimate:
        fields["is_estimate"] = True
    return fields


def _reason(word: object, *, has_calls: bool) -> FinishReason:
    if not isinstance(word, str) or not word:
        return FinishReason(Stop.TOOL_CALL if has_calls else Stop.OTHER)
    stop = _STOP_OF.get(word, Stop.OTHER)
    return FinishReason(Stop.TOOL_CALL if stop is Stop.END and has_calls else stop, word)


def _word(reason: FinishReason) -> str | None:
    if reason.stop is Stop.OTHER and reason.raw in _OWN_WORDS:
        return reason.raw
    return _REASON_OF.get(reason.stop)


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MAX_COUNT else None


def _decode(value: msgspec.Raw) -> object:
    try:
        return _ANY.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None

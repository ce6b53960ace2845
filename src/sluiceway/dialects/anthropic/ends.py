"""What only this vendor says of an answer's start and end: the extras of `StreamStart` and `ChoiceEnd`.

Source: Anthropic's API reference, "message_start" and "message_delta" (August 2026), and recorded answers.
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.anthropic.shapes import NAME, MessageShape
from sluiceway.dialects.anthropic.usage import decode_finish_reason, is_known_reason
from sluiceway.events import ChoiceEnd, StreamStart
from sluiceway.usage import FinishReason, Stop

__all__ = ["BESIDE_DELTA", "decode_end", "decode_message_end", "decode_start"]

BESIDE_DELTA = frozenset({"context_management", "input_transformations"})
"""What a stream's end says beside its delta and not in it."""

_RECORD = msgspec.json.Decoder(dict[str, object])

_TOLD_AT_START = frozenset({"id", "type", "role", "model", "content", "stop_reason", "usage"})

# Of a whole message; the rest of it belongs to the start.
_OF_END = frozenset({"stop_sequence", "stop_details", "container", "context_management"})


def decode_start(shape: MessageShape, message: bytes, *, is_whole: bool = False) -> StreamStart:
    """Return the start that a message tells of.

    {"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{…}}

    Args:
        shape: what was read of it.
        message: all of it, as JSON.
        is_whole: whether it is a whole answer, which also says how it ended.
    """
    left_out = _TOLD_AT_START | _OF_END if is_whole else _TOLD_AT_START
    extras = _given(_RECORD.decode(message), left_out)
    return StreamStart(shape.id or "", shape.model or "", extras={NAME: extras} if extras else {})


def decode_end(reason: str, payload: bytes) -> ChoiceEnd:
    """Return the end that a ``message_delta`` tells of.

    {"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":{"output_tokens":1}}
    """
    record = _RECORD.decode(payload)
    delta = record.pop("delta")
    assert isinstance(delta, dict)
    return _end(reason, {**_given(record, {"type", "usage"}), **_given(delta, {"stop_reason"})})


def decode_message_end(reason: str | None, message: bytes) -> ChoiceEnd:
    """Return the end that a whole message tells of; one without a reason ended for none that is known."""
    extras = {name: value for name, value in _given(_RECORD.decode(message), ()).items() if name in _OF_END}
    return _end(reason, extras)


def _end(reason: str | None, extras: dict[str, object]) -> ChoiceEnd:
    if reason is not None and not is_known_reason(reason):
        extras = {"stop_reason": reason, **extras}
    known = FinishReason(Stop.OTHER) if reason is None else decode_finish_reason(reason)
    return ChoiceEnd(0, known, {NAME: extras} if extras else {})


def _given(record: dict[str, object], left_out: frozenset[str] | set[str] | tuple[()]) -> dict[str, object]:
    return {name: value for name, value in record.items() if name not in left_out and value is not None}

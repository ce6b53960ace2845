from __future__ import annotations

import json

import msgspec
from support.messages import message, message_delta

from sluiceway.dialects.anthropic.ends import decode_end, decode_message_end, decode_start
from sluiceway.dialects.anthropic.shapes import MessageShape
from sluiceway.events import ChoiceEnd, StreamStart
from sluiceway.usage import FinishReason, Stop


def start_of(*, is_whole: bool = False, **fields: object) -> StreamStart:
    raw = json.dumps(message(**fields)).encode()
    return decode_start(msgspec.json.decode(raw, type=MessageShape), raw, is_whole=is_whole)


def test_a_start_names_the_answer_and_its_model() -> None:
    assert start_of() == StreamStart("msg_1", "m")
    assert start_of(id=None, model=None) == StreamStart()


def test_what_only_the_vendor_says_at_the_start_is_kept() -> None:
    assert start_of(container={"id": "c"}, stop_details=None).extras == {"anthropic": {"container": {"id": "c"}}}


def test_the_start_of_a_whole_answer_leaves_its_end_out() -> None:
    start = start_of(is_whole=True, container={"id": "c"}, stop_sequence="END", diagnostics={"a": 1})
    assert start.extras == {"anthropic": {"diagnostics": {"a": 1}}}


def test_an_end_gives_its_reason() -> None:
    assert decode_end("end_turn", message_delta()) == ChoiceEnd(0, FinishReason(Stop.END, "end_turn"))


def test_what_only_the_vendor_says_at_the_end_is_kept() -> None:
    payload = message_delta("stop_sequence", stop_sequence="END", stop_details=None)
    beside = payload[:-1] + b',"context_management":{"applied_edits":[]}}'
    assert decode_end("stop_sequence", beside) == ChoiceEnd(
        0,
        FinishReason(Stop.STOP_SEQUENCE, "stop_sequence"),
        {"anthropic": {"stop_sequence": "END", "context_management": {"applied_edits": []}}},
    )


def test_a_reason_yet_to_be_invented_is_kept() -> None:
    assert decode_end("bored", message_delta("bored")).extras == {"anthropic": {"stop_reason": "bored"}}


def test_the_end_of_a_whole_answer_is_read_of_the_message() -> None:
    body = json.dumps(message(stop_reason="refusal", stop_details={"type": "refusal"}, service_tier="x")).encode()
    assert decode_message_end("refusal", body) == ChoiceEnd(
        0, FinishReason(Stop.CONTENT_FILTER, "refusal"), {"anthropic": {"stop_details": {"type": "refusal"}}}
    )


def test_a_whole_answer_without_a_reason_ended_for_none_that_is_known() -> None:
    assert decode_message_end(None, b"{}") == ChoiceEnd(0, FinishReason(Stop.OTHER))

from __future__ import annotations

import json

import pytest

from sluiceway.dialects.anthropic.usage import (
    UsageSoFar,
    decode_finish_reason,
    decode_usage,
    encode_end_usage,
    encode_finish_reason,
    encode_start_usage,
    encode_whole_usage,
    is_known_reason,
)
from sluiceway.usage import FinishReason, Stop, Usage


def record(**counts: object) -> bytes:
    return json.dumps(counts, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("word", "stop"),
    [
        ("end_turn", Stop.END),
        ("stop_sequence", Stop.STOP_SEQUENCE),
        ("max_tokens", Stop.LENGTH),
        ("model_context_window_exceeded", Stop.LENGTH),
        ("tool_use", Stop.TOOL_CALL),
        ("refusal", Stop.CONTENT_FILTER),
        ("pause_turn", Stop.PAUSED),
        ("compaction", Stop.OTHER),
    ],
)
def test_every_known_reason_comes_back_as_the_same_word(word: str, stop: Stop) -> None:
    reason = decode_finish_reason(word)
    assert reason == FinishReason(stop, word)
    assert is_known_reason(word)
    assert encode_finish_reason(reason, has_tool_call=True, has_refusal=True) == word


def test_a_reason_yet_to_be_invented_is_another() -> None:
    assert decode_finish_reason("bored") == FinishReason(Stop.OTHER, "bored")
    assert not is_known_reason("bored")


@pytest.mark.parametrize(
    ("stop", "word"),
    [
        (Stop.END, "end_turn"),
        (Stop.STOP_SEQUENCE, "stop_sequence"),
        (Stop.LENGTH, "max_tokens"),
        (Stop.TOOL_CALL, "tool_use"),
        (Stop.CONTENT_FILTER, "refusal"),
        (Stop.PAUSED, "pause_turn"),
        (Stop.CANCELLED, "end_turn"),
        (Stop.OTHER, "end_turn"),
    ],
)
def test_every_reason_has_a_word(stop: Stop, word: str) -> None:
    assert encode_finish_reason(FinishReason(stop, "STOP"), has_tool_call=False, has_refusal=False) == word


def test_another_vendors_word_is_not_taken_for_ours() -> None:
    reason = FinishReason(Stop.LENGTH, "tool_use")
    assert encode_finish_reason(reason, has_tool_call=False, has_refusal=False) == "max_tokens"


def test_an_answer_that_ended_with_a_call_or_a_refusal_says_so() -> None:
    reason = FinishReason(Stop.END, "stop")
    assert encode_finish_reason(reason, has_tool_call=True, has_refusal=True) == "tool_use"
    assert encode_finish_reason(reason, has_tool_call=False, has_refusal=True) == "refusal"


def test_the_input_takes_in_what_was_cached() -> None:
    raw = record(
        input_tokens=25,
        cache_read_input_tokens=3,
        cache_creation_input_tokens=4,
        output_tokens=9,
        output_tokens_details={"thinking_tokens": 5},
    )
    assert decode_usage(raw) == Usage(32, 9, 3, 4, 5, raw=raw.decode())


def test_what_is_not_said_is_not_known() -> None:
    assert decode_usage(record(output_tokens_details=None)) == Usage(raw='{"output_tokens_details":null}')


@pytest.mark.parametrize("raw", [b"[]", b"{", b'{"input_tokens":-1}', b'"\xff"'])
def test_a_record_that_cannot_be_read_is_none(raw: bytes) -> None:
    assert decode_usage(raw) is None


def test_later_counts_take_the_place_of_earlier_ones() -> None:
    so_far = UsageSoFar()
    start = so_far.start(record(input_tokens=25, cache_read_input_tokens=1, output_tokens=8, service_tier="standard"))
    assert start is not None
    assert (start.input_tokens, start.output_tokens) == (26, None)
    last = so_far.add(record(input_tokens=30, cache_read_input_tokens=None, output_tokens=15))
    assert last is not None
    assert (last.input_tokens, last.output_tokens, last.cache_read_tokens) == (31, 15, 1)
    assert json.loads(last.raw or "")["service_tier"] == "standard"


def test_the_output_counted_at_the_start_is_not_read() -> None:
    so_far = UsageSoFar()
    so_far.start(record(input_tokens=25, output_tokens=8))
    usage = so_far.add(record(server_tool_use=None))
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (25, None)


@pytest.mark.parametrize("raw", [b"[]", b'{"input_tokens":0,"output_tokens":0}', b'{"output_tokens":1}'])
def test_a_start_that_says_nothing_gives_nothing(raw: bytes) -> None:
    so_far = UsageSoFar()
    assert so_far.start(raw) is None
    usage = so_far.add(record(output_tokens=1))
    assert usage is not None
    assert (usage.input_tokens, usage.is_estimate) == (None, False)


def test_an_estimate_at_the_start_says_nothing_of_the_end() -> None:
    so_far = UsageSoFar()
    start = so_far.start(record(input_tokens=3, is_estimate=True))
    last = so_far.add(record(output_tokens=1))
    assert start is not None
    assert last is not None
    assert (start.is_estimate, last.is_estimate, last.input_tokens) == (True, False, 3)


def test_a_later_record_that_cannot_be_read_changes_nothing() -> None:
    so_far = UsageSoFar()
    assert so_far.add(b"7") is None


KNOWN = Usage(32, 9, 3, 4, 5)
WRITTEN = {
    "input_tokens": 25,
    "cache_creation_input_tokens": 4,
    "cache_read_input_tokens": 3,
    "output_tokens": 9,
    "output_tokens_details": {"thinking_tokens": 5},
}


def test_known_counts_are_written_everywhere() -> None:
    assert encode_start_usage(KNOWN) == encode_end_usage(KNOWN) == encode_whole_usage(KNOWN) == WRITTEN


def test_numbers_clients_demand_are_there_and_called_estimates() -> None:
    assert encode_start_usage(None) == {"input_tokens": 0, "output_tokens": 0}
    assert encode_start_usage(Usage(3, is_estimate=True)) == {"input_tokens": 3, "output_tokens": 0}
    assert encode_end_usage(None) == {"output_tokens": 0, "is_estimate": True}
    assert encode_end_usage(Usage(None, 3)) == {"output_tokens": 3}
    assert encode_whole_usage(Usage(None, 3)) == {"input_tokens": 0, "output_tokens": 3, "is_estimate": True}
    assert encode_whole_usage(Usage(3)) == {"input_tokens": 3, "output_tokens": 0, "is_estimate": True}


def test_an_estimate_says_so() -> None:
    assert encode_end_usage(Usage(3, 4, is_estimate=True))["is_estimate"] is True


def test_counts_that_do_not_add_up_are_not_negative() -> None:
    assert encode_end_usage(Usage(3, 4, 5))["input_tokens"] == 0

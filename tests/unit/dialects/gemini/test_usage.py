from __future__ import annotations

import json

import pytest

from sluiceway.dialects.gemini.usage import (
    decode_block_reason,
    decode_finish_reason,
    decode_usage,
    encode_finish_reason,
    encode_usage,
)
from sluiceway.usage import FinishReason, Stop, Usage


def decoded(**counts: object) -> Usage:
    usage = decode_usage(json.dumps(counts).encode())
    assert usage is not None
    return usage


def test_tool_results_are_input_and_thoughts_are_output() -> None:
    usage = decoded(
        promptTokenCount=15,
        candidatesTokenCount=18,
        toolUsePromptTokenCount=770,
        thoughtsTokenCount=742,
        cachedContentTokenCount=4,
    )
    assert (usage.input_tokens, usage.output_tokens) == (785, 760)
    assert (usage.cache_read_tokens, usage.cache_write_tokens, usage.reasoning_tokens) == (4, None, 742)
    assert usage.raw is not None
    assert json.loads(usage.raw)["promptTokenCount"] == 15


def test_absent_counts_are_unknown() -> None:
    usage = decoded(totalTokenCount=8)
    assert (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens) == (None, None, None)
    assert decoded(candidatesTokenCount=3).output_tokens == 3
    assert decoded(thoughtsTokenCount=3).output_tokens == 3


@pytest.mark.parametrize(
    "record",
    [b'{"promptTokenCount":-1}', b'{"promptTokenCount":"many"}', b"[]", b'{"x":"\xff"}', b'{"x":' + b"[" * 5000],
)
def test_a_record_that_cannot_be_read_is_no_report(record: bytes) -> None:
    assert decode_usage(record) is None


def test_counts_are_written_as_google_writes_them() -> None:
    usage = Usage(10, 7, 2, 1, 3)
    assert encode_usage(usage) == {
        "promptTokenCount": 10,
        "candidatesTokenCount": 4,
        "totalTokenCount": 17,
        "thoughtsTokenCount": 3,
        "cachedContentTokenCount": 2,
    }


def test_unknown_counts_are_left_out_and_estimates_say_so() -> None:
    assert encode_usage(Usage(is_estimate=True, output_tokens=0)) == {"candidatesTokenCount": 0, "is_estimate": True}


def test_no_count_is_negative() -> None:
    assert encode_usage(Usage(output_tokens=1, reasoning_tokens=3))["candidatesTokenCount"] == 0


@pytest.mark.parametrize(
    ("word", "stop"),
    [
        ("STOP", Stop.END),
        ("MAX_TOKENS", Stop.LENGTH),
        ("SAFETY", Stop.CONTENT_FILTER),
        ("SPII", Stop.CONTENT_FILTER),
        ("IMAGE_SAFETY", Stop.CONTENT_FILTER),
        ("CONTINUATION", Stop.PAUSED),
        ("MALFORMED_FUNCTION_CALL", Stop.OTHER),
        ("A_NEW_ONE", Stop.OTHER),
    ],
)
def test_finish_reasons_have_a_meaning_and_keep_their_word(word: str, stop: Stop) -> None:
    assert decode_finish_reason(word, has_called=False) == FinishReason(stop, word)


def test_a_natural_end_after_a_call_is_a_tool_call() -> None:
    assert decode_finish_reason("STOP", has_called=True) == FinishReason(Stop.TOOL_CALL, "STOP")
    assert decode_finish_reason("MAX_TOKENS", has_called=True).stop is Stop.LENGTH


def test_a_blocked_prompt_is_a_content_filter() -> None:
    assert decode_block_reason("OTHER") == FinishReason(Stop.CONTENT_FILTER, "OTHER")


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (FinishReason(Stop.END, "end_turn"), "STOP"),
        (FinishReason(Stop.TOOL_CALL, "tool_calls"), "STOP"),
        (FinishReason(Stop.STOP_SEQUENCE), "STOP"),
        (FinishReason(Stop.CANCELLED), "STOP"),
        (FinishReason(Stop.LENGTH, "length"), "MAX_TOKENS"),
        (FinishReason(Stop.CONTENT_FILTER, "refusal"), "SAFETY"),
        (FinishReason(Stop.CONTENT_FILTER, "RECITATION"), "RECITATION"),
        (FinishReason(Stop.END, "MAX_TOKENS"), "STOP"),
        (FinishReason(Stop.PAUSED), "CONTINUATION"),
        (FinishReason(Stop.OTHER), "OTHER"),
    ],
)
def test_finish_reasons_are_written_in_googles_words(reason: FinishReason, word: str) -> None:
    assert encode_finish_reason(reason) == word


def test_an_estimate_comes_back_as_one() -> None:
    usage = decode_usage(json.dumps(encode_usage(Usage(1, 2, is_estimate=True))).encode())
    assert usage is not None
    assert usage.is_estimate

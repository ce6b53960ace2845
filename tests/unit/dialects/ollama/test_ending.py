from __future__ import annotations

import json

import pytest

from sluiceway.dialects.ollama.ending import decode_ending, encode_ending
from sluiceway.dialects.ollama.shapes import NAME
from sluiceway.events import ChoiceEnd, UsageReport
from sluiceway.usage import FinishReason, Stop, Usage


def reason_of(fields: dict[str, object], *, has_calls: bool = False) -> FinishReason:
    end = decode_ending(json.dumps(fields).encode(), has_calls=has_calls)[0]
    assert isinstance(end, ChoiceEnd)
    return end.reason


@pytest.mark.parametrize(
    ("fields", "has_calls", "reason"),
    [
        ({"done_reason": "stop"}, False, FinishReason(Stop.END, "stop")),
        ({"done_reason": "stop"}, True, FinishReason(Stop.TOOL_CALL, "stop")),
        ({"done_reason": "length"}, True, FinishReason(Stop.LENGTH, "length")),
        ({"done_reason": "load"}, False, FinishReason(Stop.OTHER, "load")),
        ({"done_reason": "unload"}, False, FinishReason(Stop.OTHER, "unload")),
        ({"done_reason": ""}, False, FinishReason(Stop.OTHER)),
        ({"done_reason": 7}, False, FinishReason(Stop.OTHER)),
        ({}, False, FinishReason(Stop.OTHER)),
        ({}, True, FinishReason(Stop.TOOL_CALL)),
    ],
)
def test_a_reason_is_understood(fields: dict[str, object], has_calls: bool, reason: FinishReason) -> None:
    assert reason_of(fields, has_calls=has_calls) == reason


def test_durations_and_unknown_fields_are_kept_and_what_every_line_has_is_not() -> None:
    line = {
        "model": "m",
        "created_at": "t",
        "message": {},
        "done": True,
        "total_duration": 5,
        "context": [1],
        "new": None,
    }
    assert decode_ending(json.dumps(line).encode(), has_calls=False) == [
        ChoiceEnd(0, FinishReason(Stop.OTHER), {NAME: {"total_duration": 5, "context": [1]}})
    ]


@pytest.mark.parametrize(
    ("fields", "usage"),
    [
        ('"prompt_eval_count":16,"eval_count":22', Usage(16, 22)),
        ('"eval_count":22', Usage(None, 22)),
        ('"prompt_eval_count":-1,"eval_count":22', Usage(None, 22)),
        ('"prompt_eval_count":"16","eval_count":22', Usage(None, 22)),
        ('"prompt_eval_count":true,"eval_count":22', Usage(None, 22)),
        (f'"prompt_eval_count":{2**54},"eval_count":22', Usage(None, 22)),
        ('"prompt_eval_count":1e999,"eval_count":22', Usage(None, 22)),
    ],
)
def test_a_count_that_is_missing_or_no_count_is_not_known(fields: str, usage: Usage) -> None:
    events = decode_ending(f"{{{fields}}}".encode(), has_calls=False)
    assert events[1:] == [UsageReport(usage)]


def test_without_counts_there_is_no_report() -> None:
    assert len(decode_ending(b'{"eval_duration":1}', has_calls=False)) == 1


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (FinishReason(Stop.END), {"done_reason": "stop"}),
        (FinishReason(Stop.STOP_SEQUENCE, "stop_sequence"), {"done_reason": "stop"}),
        (FinishReason(Stop.TOOL_CALL, "tool_calls"), {"done_reason": "stop"}),
        (FinishReason(Stop.CANCELLED), {"done_reason": "stop"}),
        (FinishReason(Stop.LENGTH, "max_tokens"), {"done_reason": "length"}),
        (FinishReason(Stop.OTHER, "load"), {"done_reason": "load"}),
        (FinishReason(Stop.OTHER, "compaction"), {}),
        (FinishReason(Stop.CONTENT_FILTER, "SAFETY"), {}),
        (FinishReason(Stop.PAUSED), {}),
    ],
)
def test_a_reason_is_told_where_there_is_a_word_for_it(reason: FinishReason, told: dict[str, object]) -> None:
    assert encode_ending(ChoiceEnd(0, reason), None) == {"done": True, **told}


def test_known_counts_and_own_extras_are_put_back() -> None:
    end = ChoiceEnd(0, FinishReason(Stop.END), {NAME: {"total_duration": 5}, "anthropic": {"stop_sequence": "x"}})
    assert encode_ending(end, Usage(3, None, is_estimate=True)) == {
        "done": True,
        "done_reason": "stop",
        "total_duration": 5,
        "prompt_eval_count": 3,
        "is_estimate": True,
    }


def test_an_estimate_comes_back_as_one() -> None:
    record = encode_ending(ChoiceEnd(0, FinishReason(Stop.END)), Usage(3, 4, is_estimate=True))
    end, *reports = decode_ending(json.dumps(record).encode(), has_calls=False)
    assert reports == [UsageReport(Usage(3, 4, is_estimate=True))]
    assert isinstance(end, ChoiceEnd)
    assert end.extras == {}

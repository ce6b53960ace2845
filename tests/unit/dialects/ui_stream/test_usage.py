from __future__ import annotations

import pytest

from sluiceway.dialects.ui_stream.usage import encode_finish_reason, encode_usage
from sluiceway.usage import Stop, Usage


@pytest.mark.parametrize(
    ("stop", "word"),
    [
        (Stop.END, "stop"),
        (Stop.STOP_SEQUENCE, "stop"),
        (Stop.PAUSED, "stop"),
        (Stop.LENGTH, "length"),
        (Stop.TOOL_CALL, "tool-calls"),
        (Stop.CONTENT_FILTER, "content-filter"),
        (Stop.OTHER, "other"),
        (Stop.CANCELLED, "other"),
    ],
)
def test_every_end_has_one_of_the_sdks_words(stop: Stop, word: str) -> None:
    assert encode_finish_reason(stop, is_refused=False) == word


def test_a_natural_end_after_a_refusal_is_a_filter() -> None:
    assert encode_finish_reason(Stop.END, is_refused=True) == "content-filter"
    assert encode_finish_reason(Stop.LENGTH, is_refused=True) == "length"


def test_counts_have_the_sdks_names() -> None:
    assert encode_usage(Usage(10, 5, 3, 1, 2)) == {
        "inputTokens": 10,
        "inputTokenDetails": {"cacheReadTokens": 3, "cacheWriteTokens": 1},
        "outputTokens": 5,
        "outputTokenDetails": {"reasoningTokens": 2},
        "totalTokens": 15,
    }


def test_unknown_counts_are_left_out_and_an_estimate_says_so() -> None:
    assert encode_usage(Usage(output_tokens=0, is_estimate=True)) == {"outputTokens": 0, "is_estimate": True}

from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_completions.usage import (
    decode_finish_reason,
    decode_usage,
    encode_finish_reason,
)
from sluiceway.usage import FinishReason, Stop, Usage

RECORD = (
    '{"prompt_tokens":14,"completion_tokens":16,"prompt_tokens_details":{"cached_tokens":3},'
    '"completion_tokens_details":{"reasoning_tokens":2}}'
)


@pytest.mark.parametrize(
    ("word", "stop"),
    [("stop", Stop.END), ("length", Stop.LENGTH), ("content_filter", Stop.CONTENT_FILTER), ("abort", Stop.OTHER)],
)
def test_finish_reasons_keep_the_vendors_word(word: str, stop: Stop) -> None:
    assert decode_finish_reason(word) == FinishReason(stop, word)


@pytest.mark.parametrize("stop", Stop)
def test_every_end_has_one_of_three_words(stop: Stop) -> None:
    words = {Stop.LENGTH: "length", Stop.CONTENT_FILTER: "content_filter"}
    assert encode_finish_reason(FinishReason(stop, "x")) == words.get(stop, "stop")


def test_counts_are_read_with_their_parts() -> None:
    assert decode_usage(msgspec.Raw(RECORD.encode())) == Usage(14, 16, 3, None, 2, raw=RECORD)


@pytest.mark.parametrize("record", ["", "null", '{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}'])
def test_a_record_that_counts_nothing_is_none(record: str) -> None:
    assert decode_usage(msgspec.Raw(record.encode())) is None


@pytest.mark.parametrize("record", ['{"prompt_tokens":-1}', '{"prompt_tokens":"many"}', "[]"])
def test_a_record_that_cannot_be_read_spoils_no_answer(record: str) -> None:
    assert decode_usage(msgspec.Raw(record.encode())) is None

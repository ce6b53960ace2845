from __future__ import annotations

import pytest

from sluiceway.dialects.openai_chat.finish_reason import decode_finish_reason, encode_finish_reason
from sluiceway.usage import FinishReason, Stop


@pytest.mark.parametrize(
    ("word", "stop"),
    [
        ("stop", Stop.END),
        ("length", Stop.LENGTH),
        ("tool_calls", Stop.TOOL_CALL),
        ("function_call", Stop.TOOL_CALL),
        ("content_filter", Stop.CONTENT_FILTER),
        ("eos", Stop.OTHER),
    ],
)
def test_a_finish_reason_keeps_the_vendors_word(word: str, stop: Stop) -> None:
    assert decode_finish_reason(word) == FinishReason(stop, word)


@pytest.mark.parametrize("stop", Stop)
def test_every_end_has_one_of_openais_words(stop: Stop) -> None:
    expected = {Stop.LENGTH: "length", Stop.TOOL_CALL: "tool_calls", Stop.CONTENT_FILTER: "content_filter"}
    assert encode_finish_reason(FinishReason(stop)) == expected.get(stop, "stop")

from __future__ import annotations

import pytest
from support.completionchunks import UPSTREAM

from sluiceway.dialects.openai_completions.rules import RULES, SPELLING
from sluiceway.errors import UnsupportedFeature
from sluiceway.features import FEATURES, Rule, judge
from sluiceway.request import ImagePart, Message, Request, Role, TextPart, Tool

HI = [Message(Role.USER, [TextPart("hi")])]


def test_rules_and_words_are_about_features() -> None:
    assert RULES.keys() | SPELLING.keys() <= set(FEATURES)
    assert UPSTREAM.rules is RULES


@pytest.mark.parametrize(
    "request_",
    [
        Request("m", HI, tools=[Tool("f", input_schema={})]),
        Request("m", [Message(Role.USER, [ImagePart("data:image/png;base64,")])]),
    ],
)
def test_what_a_prompt_cannot_hold_is_refused(request_: Request) -> None:
    with pytest.raises(UnsupportedFeature):
        judge(request_, "openai_completions", RULES, SPELLING)


def test_what_leaves_the_text_as_it_is_may_be_left_out() -> None:
    request = Request("m", HI, reasoning_effort="low", parallel_tool_calls=True, seed=1, logprobs=True, n=2)
    assert judge(request, "openai_completions", RULES, SPELLING) == ["parallel_tool_calls", "reasoning_effort"]
    assert RULES["tool_choice"] is Rule.DROP

from __future__ import annotations

import pytest

from sluiceway.dialects.openai_completions.logprobs import decode_logprobs, encode_logprobs
from sluiceway.dialects.openai_completions.shapes import Logprobs
from sluiceway.events import TokenLogprob

ROWS = [
    TokenLogprob(" a", -0.5, None, [TokenLogprob(" a", -0.5), TokenLogprob("b", -2.0)]),
    TokenLogprob("é", -1.0),
]


def test_columns_become_rows_with_the_best_alternative_first() -> None:
    shape = Logprobs([" a", "é"], [-0.5, -1.0], [{"b": -2.0, " a": -0.5}, None])
    assert decode_logprobs(shape) == ROWS


def test_rows_become_columns_whose_offsets_go_on() -> None:
    assert encode_logprobs(ROWS, 3) == {
        "tokens": [" a", "é"],
        "token_logprobs": [-0.5, -1.0],
        "top_logprobs": [{" a": -0.5, "b": -2.0}, {}],
        "text_offset": [3, 5],
    }


def test_alternatives_may_be_missing() -> None:
    assert decode_logprobs(Logprobs(["a"], [-1.0])) == [TokenLogprob("a", -1.0)]


def test_an_echoed_prompts_first_token_has_no_probability_and_is_left_out() -> None:
    assert decode_logprobs(Logprobs(["The", " a"], [None, -1.0], [None, {}])) == [TokenLogprob(" a", -1.0)]


@pytest.mark.parametrize("shape", [None, Logprobs(), Logprobs([]), Logprobs(["a"]), Logprobs(["a"], [None])])
def test_no_probabilities_are_none(shape: Logprobs | None) -> None:
    assert decode_logprobs(shape) is None
    assert encode_logprobs(None, 0) is None

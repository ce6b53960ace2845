from __future__ import annotations

from sluiceway.dialects.ollama.logprobs import decode_logprobs, encode_logprobs, keep_logprobs
from sluiceway.dialects.ollama.shapes import LogprobShape
from sluiceway.events import TokenLogprob

SHAPES = [LogprobShape("a", -0.5, [97], [LogprobShape("b", -1.5)]), LogprobShape("c", -2.0)]
TOKENS = [TokenLogprob("a", -0.5, [97], [TokenLogprob("b", -1.5)]), TokenLogprob("c", -2.0)]
RECORDS = [
    {"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": [{"token": "b", "logprob": -1.5}]},
    {"token": "c", "logprob": -2.0},
]


def test_tokens_are_decoded_with_their_alternatives() -> None:
    assert decode_logprobs(SHAPES) == TOKENS


def test_tokens_are_encoded_without_what_is_not_known() -> None:
    assert encode_logprobs(TOKENS) == RECORDS


def test_those_of_thinking_are_kept_as_they_came() -> None:
    assert keep_logprobs(SHAPES) == RECORDS

from __future__ import annotations

import msgspec

from sluiceway.dialects.gemini.logprobs import decode_logprobs, encode_logprobs
from sluiceway.dialects.gemini.shapes import LogprobsShape
from sluiceway.events import TokenLogprob

RECORD = {
    "chosenCandidates": [{"token": "The", "logProbability": -0.25}, {"token": "a", "logProbability": -1.0}],
    "topCandidates": [{"candidates": [{"token": "A", "logProbability": -2.0}]}, {"candidates": []}],
}
TOKENS = [TokenLogprob("The", -0.25, None, [TokenLogprob("A", -2.0)]), TokenLogprob("a", -1.0)]


def decode(record: object) -> list[TokenLogprob] | None:
    return decode_logprobs(msgspec.convert(record, LogprobsShape))


def test_tokens_come_with_their_alternatives() -> None:
    assert decode(RECORD) == TOKENS
    assert encode_logprobs(TOKENS) == RECORD


def test_what_is_left_out_is_certain() -> None:
    assert decode({"chosenCandidates": [{"token": "a"}], "topCandidates": [{}]}) == [TokenLogprob("a", 0.0)]


def test_places_without_alternatives_have_none() -> None:
    assert decode({"chosenCandidates": [{"token": "a"}, {"token": "b"}]}) == [
        TokenLogprob("a", 0.0),
        TokenLogprob("b", 0.0),
    ]
    assert encode_logprobs([TokenLogprob("a", 0.0)]) == {"chosenCandidates": [{"token": "a", "logProbability": 0.0}]}


def test_no_tokens_are_none() -> None:
    assert decode({"chosenCandidates": []}) is None

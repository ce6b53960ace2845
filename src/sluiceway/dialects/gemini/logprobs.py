"""Log probabilities of tokens, in both directions.

Gemini gives a token's number where others give its bytes; neither can be had from the other, so bytes are left out.
Source: Google's API reference, "LogprobsResult" (August 2026).
"""

from __future__ import annotations

from sluiceway.dialects.gemini.shapes import LogprobsShape, TokenShape
from sluiceway.events import TokenLogprob

__all__ = ["decode_logprobs", "encode_logprobs"]


def decode_logprobs(shape: LogprobsShape) -> list[TokenLogprob] | None:
    """Return the tokens of a chunk, or None when there are none."""
    # {"chosenCandidates":[{"token":"The","tokenId":651,"logProbability":-0.2}],"topCandidates":[{"candidates":[…]}]}
    if not shape.chosen_candidates:
        return None
    places = shape.top_candidates or []
    tops = [[_decode(token) for token in place.candidates or ()] for place in places]
    tops += [[] for _ in shape.chosen_candidates[len(tops) :]]
    return [
        TokenLogprob(token.token, token.log_probability, None, top)
        for token, top in zip(shape.chosen_candidates, tops, strict=False)
    ]


def encode_logprobs(tokens: list[TokenLogprob]) -> dict[str, object]:
    """Return the record of some tokens."""
    record: dict[str, object] = {"chosenCandidates": [_encode(token) for token in tokens]}
    if any(token.top for token in tokens):
        record["topCandidates"] = [{"candidates": [_encode(other) for other in token.top]} for token in tokens]
    return record


def _decode(shape: TokenShape) -> TokenLogprob:
    return TokenLogprob(shape.token, shape.log_probability)


def _encode(token: TokenLogprob) -> dict[str, object]:
    return {"token": token.token, "logProbability": token.logprob}

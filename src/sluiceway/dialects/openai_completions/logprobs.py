"""Log probabilities of legacy Completions, columns on the wire and rows here.

A token without a probability of its own, such as the first of an echoed prompt, has no canonical form and is left
out. ``text_offset`` is where a token begins in its choice's text, in characters, and is counted anew. What cannot be
written: a token's bytes, and two alternatives of one spelling.

Source: OpenAI's API reference, "completion object", "logprobs" (August 2026).
"""

from __future__ import annotations

from itertools import chain, repeat

from sluiceway.dialects.openai_completions.shapes import Logprobs
from sluiceway.events import TokenLogprob

__all__ = ["decode_logprobs", "encode_logprobs"]


def decode_logprobs(shape: Logprobs | None) -> list[TokenLogprob] | None:
    """Return the tokens' rows, or None when there are none."""
    if shape is None or not shape.tokens:
        return None
    tops = chain(shape.top_logprobs or (), repeat(None))
    columns = zip(shape.tokens, shape.token_logprobs or (), tops, strict=False)
    rows = [TokenLogprob(token, logprob, None, _top(top)) for token, logprob, top in columns if logprob is not None]
    return rows or None


def _top(record: dict[str, float] | None) -> list[TokenLogprob]:
    alternatives = [TokenLogprob(token, logprob) for token, logprob in (record or {}).items()]
    return sorted(alternatives, key=lambda token: -token.logprob)


def encode_logprobs(tokens: list[TokenLogprob] | None, offset: int) -> dict[str, object] | None:
    """Return the columns of a piece of text that begins ``offset`` characters into its choice, or None for none."""
    if tokens is None:
        return None
    offsets = []
    for token in tokens:
        offsets.append(offset)
        offset += len(token.token)
    return {
        "tokens": [token.token for token in tokens],
        "token_logprobs": [token.logprob for token in tokens],
        "top_logprobs": [{other.token: other.logprob for other in token.top} for token in tokens],
        "text_offset": offsets,
    }

"""Log probabilities of tokens, in both directions.

Source: ``api/types.go`` of Ollama, "Logprob" (August 2026).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sluiceway.dialects.ollama.shapes import LogprobShape
from sluiceway.events import TokenLogprob

__all__ = ["decode_logprobs", "encode_logprobs", "keep_logprobs"]


def decode_logprobs(shapes: Iterable[LogprobShape]) -> list[TokenLogprob]:
    """Return the tokens of a line."""
    return [_decode(shape) for shape in shapes]


def keep_logprobs(shapes: Iterable[LogprobShape]) -> list[object]:
    """Return the records of a line as plain values, for extras: canonical reasoning has none of its own."""
    return [record for shape in shapes for record in encode_logprobs([_decode(shape)])]


def encode_logprobs(tokens: Iterable[TokenLogprob]) -> list[object]:
    """Return the records of tokens; alternatives are left out where there are none."""
    return [
        {**_encode(token), **({"top_logprobs": [_encode(other) for other in token.top]} if token.top else {})}
        for token in tokens
    ]


def _decode(shape: LogprobShape) -> TokenLogprob:
    top = [TokenLogprob(other.token, other.logprob, other.bytes) for other in shape.top_logprobs or ()]
    return TokenLogprob(shape.token, shape.logprob, shape.bytes, top)


def _encode(token: TokenLogprob) -> dict[str, object]:
    record = msgspec.structs.asdict(token)
    return {name: record[name] for name in ("token", "logprob", "bytes") if record[name] is not None}

"""Token counts of Chat Completions and legacy Completions, in both directions.

Source: OpenAI's API reference, "usage" of chat completion and completion objects (August 2026). Prompt tokens include
the cached ones and completion tokens include reasoning, as the canonical counts do.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from sluiceway.usage import Usage

__all__ = ["Count", "TokenParts", "decode_usage", "encode_usage", "is_given"]

# Larger numbers are nothing any server means, and could not be written again.
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A number of tokens."""


class TokenParts(msgspec.Struct, gc=False):
    """The parts of the tokens that were read or written."""

    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    reasoning_tokens: Count | None = None


class _Counts(msgspec.Struct, gc=False):
    """``is_estimate`` is Sluiceway's own: the counts were made by a Sluiceway, for a model that gives none."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    prompt_tokens_details: TokenParts | None = None
    completion_tokens_details: TokenParts | None = None
    is_estimate: bool | None = None


_COUNTS = msgspec.json.Decoder(_Counts)


def is_given(record: msgspec.Raw) -> bool:
    """Return whether a usage record is there: servers send null with every chunk but one."""
    return bool(record) and bytes(record) != b"null"


def decode_usage(record: msgspec.Raw) -> Usage | None:
    """Return the counts of a usage record, or None when it cannot be read.

    A count that is no number of tokens spoils the record, not the answer.
    """
    try:
        counts = _COUNTS.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    prompt = counts.prompt_tokens_details or TokenParts()
    completion = counts.completion_tokens_details or TokenParts()
    return Usage(
        counts.prompt_tokens,
        counts.completion_tokens,
        prompt.cached_tokens,
        prompt.cache_write_tokens,
        completion.reasoning_tokens,
        bool(counts.is_estimate),
        raw=bytes(record).decode(),
    )


def encode_usage(usage: Usage) -> dict[str, object]:
    """Return the usage record; an unknown count is null, an unknown part is left out, and an estimate says so."""
    record: dict[str, object] = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
    prompt = {"cached_tokens": usage.cache_read_tokens, "cache_write_tokens": usage.cache_write_tokens}
    completion = {"reasoning_tokens": usage.reasoning_tokens}
    for name, parts in (("prompt_tokens_details", prompt), ("completion_tokens_details", completion)):
        known = {key: tokens for key, tokens in parts.items() if tokens is not None}
        if known:
            record[name] = known
    if usage.is_estimate:
        record["is_estimate"] = True
    return record

"""The wire shapes of legacy Completions answers: what is read of a chunk or of a whole completion, which look alike.

Fields that no decoder looks at are not listed, so their types cannot break an answer; the raw bytes carry them on.
Source: OpenAI's API reference, "completion object" (August 2026), and what vLLM, Ollama and llama.cpp make of it.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = [
    "DONE",
    "NAME",
    "WIRE_JSON",
    "WIRE_SSE",
    "ChoiceShape",
    "Chunk",
    "Head",
    "Logprobs",
    "UsageDetails",
    "UsageShape",
]

NAME = "openai_completions"
"""The dialect's name, which is also the key of its extras."""

WIRE_SSE = f"{NAME}/sse"
"""The wire form of a stream's frames."""

WIRE_JSON = f"{NAME}/json"
"""The wire form of a whole answer."""

DONE = b"[DONE]"
"""The payload that ends a stream."""

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

# A choice's number is its prompt's place times `n`, and its own place among the prompt's choices.
_Index = Annotated[int, msgspec.Meta(ge=0, le=4095)]

_ABSENT = msgspec.Raw(b"")


class Logprobs(msgspec.Struct, gc=False):
    """Log probabilities as columns; those of the first token of an echoed prompt are null."""

    tokens: list[str] | None = None
    token_logprobs: list[float | None] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None


class ChoiceShape(msgspec.Struct, gc=False):
    """One choice; ``stop_reason`` is vLLM's: the text or the token that stopped it."""

    text: str | None = None
    index: _Index | None = None
    logprobs: Logprobs | None = None
    finish_reason: str | None = None
    stop_reason: str | int | None = None


class Chunk(msgspec.Struct, gc=False):
    """One payload of a stream, or a whole answer."""

    choices: list[ChoiceShape] | None = None
    usage: msgspec.Raw = _ABSENT
    error: msgspec.Raw = _ABSENT


class Head(msgspec.Struct, gc=False):
    """The constant part of chunks and completions; read once per answer."""

    id: str | None = None
    model: str | None = None
    created: int | float | str | None = None
    system_fingerprint: str | None = None


class UsageDetails(msgspec.Struct, gc=False):
    """The parts of prompt or completion tokens."""

    cached_tokens: _Count | None = None
    cache_write_tokens: _Count | None = None
    reasoning_tokens: _Count | None = None


class UsageShape(msgspec.Struct, gc=False):
    """Token counts; ``prompt_tokens`` holds the cached ones, ``completion_tokens`` the reasoning.

    ``is_estimate`` is Sluiceway's own: the counts were made by a Sluiceway, for a model that gives none.
    """

    prompt_tokens: _Count | None = None
    completion_tokens: _Count | None = None
    prompt_tokens_details: UsageDetails | None = None
    completion_tokens_details: UsageDetails | None = None
    is_estimate: bool | None = None

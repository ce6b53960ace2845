"""The wire shapes of legacy Completions answers: what is read of a chunk or of a whole completion, which look alike.

Fields that no decoder looks at are not listed, so their types cannot break an answer; the raw bytes carry them on.
Source: OpenAI's API reference, "completion object" (August 2026), and what vLLM, Ollama and llama.cpp make of it.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from sluiceway.dialects.openai_completions.usage import decode_usage
from sluiceway.usage import Usage

__all__ = [
    "NAME",
    "OBJECT",
    "WIRE_JSON",
    "WIRE_SSE",
    "ChoiceShape",
    "Chunk",
    "Logprobs",
]

NAME = "openai_completions"
"""The dialect's name, which is also the key of its extras."""

OBJECT = "text_completion"
"""What its chunks and whole answers call themselves."""

WIRE_SSE = f"{NAME}/sse"
"""The wire form of a stream's frames."""

WIRE_JSON = f"{NAME}/json"
"""The wire form of a whole answer."""

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

    def find_usage(self) -> Usage | None:
        """Return the token counts it tells, if it tells any that can be read."""
        return decode_usage(self.usage)

    def has_failed(self) -> bool:
        """Return False: an error is always told."""
        return False

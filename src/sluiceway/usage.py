"""What an answer used and why it ended: token counts and finish reasons, free of any vendor's words.

Each dialect maps its own words to these.
"""

from __future__ import annotations

import enum

import msgspec

__all__ = ["FinishReason", "Stop", "Usage"]


class Stop(enum.Enum):
    """Why a choice ended, in one closed set; the vendor's own word travels beside it."""

    END = "end"
    """The model came to its natural end, or met a stop sequence the vendor does not report apart."""
    STOP_SEQUENCE = "stop_sequence"
    LENGTH = "length"
    """A token limit or the context window was reached."""
    TOOL_CALL = "tool_call"
    CONTENT_FILTER = "content_filter"
    """Filtered or refused."""
    PAUSED = "paused"
    """The vendor paused a long turn; send the content back to go on."""
    CANCELLED = "cancelled"
    """Stopped on request before the model ended."""
    OTHER = "other"


class FinishReason(msgspec.Struct, frozen=True, gc=False):
    """A finish reason as a pair: what it means, and the word the vendor sent (None when Sluiceway made it)."""

    stop: Stop
    raw: str | None = None


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Token counts of one answer. Unknown is None, never 0.

    Attributes:
        input_tokens: all of the prompt, cached parts included.
        output_tokens: all that was generated, reasoning included.
        cache_read_tokens: the part of the input read from a cache.
        cache_write_tokens: the part of the input written to a cache.
        reasoning_tokens: the part of the output that was reasoning.
        is_estimate: the counts were made here because the vendor sent none.
        raw: the vendor's own usage record as JSON text.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    is_estimate: bool = False
    raw: str | None = None

    @property
    def total_tokens(self) -> int | None:
        """Input and output together, or None while either is unknown."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens

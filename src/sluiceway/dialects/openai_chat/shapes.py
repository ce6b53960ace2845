"""The wire shapes of Chat Completions answers: what is read of a chunk and of a whole completion, and nothing else.

Fields that no decoder looks at are not listed, so their types cannot break an answer; the raw bytes carry them on.
Source: OpenAI's API reference for chat completion objects and chunks, and recorded answers of compatible servers
(August 2026).
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from sluiceway.dialects.openai_api.start import Head
from sluiceway.dialects.openai_api.usage import decode_usage, is_given
from sluiceway.usage import Usage

__all__ = [
    "NAME",
    "WIRE_SSE",
    "ChatHead",
    "ChoiceShape",
    "Chunk",
    "ContentPart",
    "CustomCall",
    "Delta",
    "FunctionCall",
    "Logprobs",
    "ReasoningDetail",
    "TokenShape",
    "ToolCall",
    "VendorData",
]

NAME = "openai_chat"
"""The dialect's name, which is also the key of its extras."""

WIRE_SSE = f"{NAME}/sse"
"""The wire form of a stream's frames."""

# OpenAI gives 128 choices at most.
_Index = Annotated[int, msgspec.Meta(ge=0, le=127)]
_Byte = Annotated[int, msgspec.Meta(ge=0, le=255)]

_ABSENT = msgspec.Raw(b"")


class FunctionCall(msgspec.Struct, gc=False):
    """``{"name": …, "arguments": …}``; later fragments leave the name out, or send it empty."""

    name: str | None = None
    arguments: str | None = None


class CustomCall(msgspec.Struct, gc=False):
    """The call of a custom tool, whose input is free text."""

    name: str | None = None
    input: str | None = None


class ToolCall(msgspec.Struct, gc=False):
    """A tool call or a fragment of one."""

    index: int | None = None
    id: str | None = None
    function: FunctionCall | None = None
    custom: CustomCall | None = None


class ContentPart(msgspec.Struct, gc=False):
    """A piece of content sent as a list (Mistral); ``thinking`` is a list of text pieces, or text."""

    type: str = "text"
    text: str | None = None
    thinking: list[ContentPart] | str | None = None


class ReasoningDetail(msgspec.Struct, gc=False):
    """A piece of reasoning as OpenRouter and Snowflake send it; ``data`` is encrypted."""

    text: str | None = None
    summary: str | None = None
    data: str | None = None
    signature: str | None = None


class TokenShape(msgspec.Struct, gc=False):
    """The log probability of one token."""

    token: str
    logprob: float
    bytes: list[_Byte] | None = None
    top_logprobs: list[TokenShape] | None = None


class Logprobs(msgspec.Struct, gc=False):
    """Log probabilities of what a delta adds to content or refusal."""

    content: list[TokenShape] | None = None
    refusal: list[TokenShape] | None = None


class Delta(msgspec.Struct, gc=False):
    """What a chunk adds to a choice; a whole message has the same fields."""

    content: str | list[ContentPart] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[ReasoningDetail] | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: FunctionCall | None = None


class ChoiceShape(msgspec.Struct, gc=False):
    """One choice of a chunk (``delta``) or of a completion (``message``)."""

    index: _Index | None = None
    delta: Delta | None = None
    message: Delta | None = None
    logprobs: Logprobs | None = None
    finish_reason: str | None = None


class VendorData(msgspec.Struct, gc=False):
    """Groq's own corner of a chunk."""

    usage: msgspec.Raw = _ABSENT


class Chunk(msgspec.Struct, gc=False):
    """One payload of a stream, or a whole answer, whose choices have messages for deltas."""

    choices: list[ChoiceShape] | None = None
    usage: msgspec.Raw = _ABSENT
    error: msgspec.Raw = _ABSENT
    x_groq: VendorData | None = None

    def find_usage(self) -> Usage | None:
        """Return the token counts it tells, if it tells any that can be read."""
        record = self.usage
        # "x_groq":{"id":"req_01","usage":{"queue_time":0.05,"prompt_tokens":21,…}}
        if self.x_groq is not None and not is_given(record):
            record = self.x_groq.usage
        return decode_usage(record) if is_given(record) else None

    def has_failed(self) -> bool:
        """Return whether it says that the answer ended with an error it does not tell."""
        return any(choice.finish_reason == "error" for choice in self.choices or ())


class ChatHead(Head, gc=False):
    """The constant part of chunks and completions; read once per answer."""

    service_tier: str | None = None

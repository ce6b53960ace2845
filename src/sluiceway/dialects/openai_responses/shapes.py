"""The wire shapes of Responses answers: what is read of a stream's events and of a whole response, and nothing else.

Fields that only one kind of event has are read as they are and checked where they are used, so that an event not
known here cannot break an answer by spelling one of them another way.
Source: OpenAI's API reference, "Responses" and "Streaming events" (August 2026), and recorded answers.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = [
    "CALLS",
    "ECHOED",
    "NAME",
    "WIRE_JSON",
    "WIRE_SSE",
    "Payload",
    "Seen",
    "TokenShape",
    "UsageDetails",
    "UsageShape",
    "is_given",
]

NAME = "openai_responses"
"""The dialect's name, which is also the key of its extras."""

WIRE_SSE = f"{NAME}/sse"
"""The wire form of a stream's frames."""

WIRE_JSON = f"{NAME}/json"
"""The wire form of a whole answer's frame."""

CALLS = frozenset({"function_call", "custom_tool_call"})
"""The items that call a tool of the asker's."""

ECHOED = frozenset(
    {
        "conversation",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "parallel_tool_calls",
        "previous_response_id",
        "prompt",
        "prompt_cache_key",
        "reasoning",
        "safety_identifier",
        "store",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    }
)
"""The fields of a response that say again what was asked for."""

# Larger numbers are nothing any server means, and could not be written again.
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Index = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
_Byte = Annotated[int, msgspec.Meta(ge=0, le=255)]

_ABSENT = msgspec.Raw(b"")


class Seen(msgspec.Struct, gc=False):
    """What is looked at of an event that goes to a reader as it came."""

    type: str = ""
    sequence_number: object = None
    output_index: _Index | None = None
    item: msgspec.Raw = _ABSENT


class Payload(Seen, gc=False):
    """One event of a stream."""

    content_index: _Index | None = None
    summary_index: _Index | None = None
    item_id: str | None = None
    delta: object = None
    text: object = None
    refusal: object = None
    arguments: object = None
    input: object = None
    annotation: object = None
    logprobs: msgspec.Raw = _ABSENT
    part: msgspec.Raw = _ABSENT
    response: msgspec.Raw = _ABSENT
    error: msgspec.Raw = _ABSENT


class TokenShape(msgspec.Struct, gc=False):
    """The log probability of one token."""

    token: str = ""
    logprob: float = 0.0
    bytes: list[_Byte] | None = None
    top_logprobs: list[TokenShape] | None = None


class UsageDetails(msgspec.Struct, gc=False):
    """The parts of input or output tokens."""

    cached_tokens: _Count | None = None
    cache_write_tokens: _Count | None = None
    reasoning_tokens: _Count | None = None


class UsageShape(msgspec.Struct, gc=False):
    """Token counts; ``input_tokens`` holds the cached ones, ``output_tokens`` the reasoning.

    ``is_estimate`` is Sluiceway's own: the counts were made by a Sluiceway, for a model that gives none.
    """

    input_tokens: _Count | None = None
    output_tokens: _Count | None = None
    input_tokens_details: UsageDetails | None = None
    output_tokens_details: UsageDetails | None = None
    is_estimate: bool | None = None


def is_given(field: msgspec.Raw) -> bool:
    """Return whether a field is there and says something."""
    return bool(field) and bytes(field) not in (b"null", b"[]")

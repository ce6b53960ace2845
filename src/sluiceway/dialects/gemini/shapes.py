"""The wire shapes of Gemini's answers: what is read of a GenerateContentResponse, and nothing else.

Fields that no decoder looks at are not listed, so their types cannot break an answer; the raw bytes carry them on.
Source: Google's API reference, "GenerateContentResponse" of the Gemini API and of Vertex AI, and recorded answers
(August 2026). Protocol buffers leave out what has its default value, so every field may be absent.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = [
    "NAME",
    "WIRE_JSON",
    "WIRE_SSE",
    "CandidateShape",
    "ChunkShape",
    "ContentShape",
    "FunctionCallShape",
    "LogprobsShape",
    "PartShape",
    "PartialArgShape",
    "TokenShape",
    "TopShape",
    "UsageShape",
    "is_given",
]

NAME = "gemini"
"""The dialect's name, which is also the key of its extras."""

WIRE_SSE = f"{NAME}/sse"
"""The wire form of a stream's frames."""

WIRE_JSON = f"{NAME}/json"
"""The wire form of an answer that comes whole."""

# Larger numbers are nothing any server means, and could not be written again. Google gives 8 candidates at most.
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Index = Annotated[int, msgspec.Meta(ge=0, le=127)]

_ABSENT = msgspec.Raw(b"")


class PartialArgShape(msgspec.Struct, gc=False, rename="camel"):
    """``{"jsonPath": "$.steps[1]", "stringValue": "Bo", "willContinue": true}``: a value, or a piece of a string."""

    json_path: str = ""
    string_value: str | None = None
    number_value: msgspec.Raw = _ABSENT
    bool_value: bool | None = None


class FunctionCallShape(msgspec.Struct, gc=False, rename="camel"):
    """A whole call, or with ``willContinue`` or ``partialArgs`` a piece of one."""

    id: str | None = None
    name: str | None = None
    args: msgspec.Raw = _ABSENT
    partial_args: list[PartialArgShape] | None = None
    will_continue: bool | None = None


class PartShape(msgspec.Struct, gc=False, rename="camel"):
    """One piece of content; one that is neither text nor a call is a record only Gemini has."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCallShape | None = None


class ContentShape(msgspec.Struct, gc=False, rename="camel"):
    """What a chunk adds to a candidate, or all of it."""

    parts: list[PartShape] | None = None


class TokenShape(msgspec.Struct, gc=False, rename="camel"):
    """One token; a log probability that is not there is 0."""

    token: str = ""
    log_probability: float = 0.0


class TopShape(msgspec.Struct, gc=False, rename="camel"):
    """The likeliest tokens at one place."""

    candidates: list[TokenShape] | None = None


class LogprobsShape(msgspec.Struct, gc=False, rename="camel"):
    """The tokens of a chunk, and what might have stood in their places."""

    chosen_candidates: list[TokenShape] | None = None
    top_candidates: list[TopShape] | None = None


class CandidateShape(msgspec.Struct, gc=False, rename="camel"):
    """One candidate of a chunk; the fields kept raw are Gemini's own."""

    index: _Index | None = None
    content: ContentShape | None = None
    finish_reason: str | None = None
    logprobs_result: LogprobsShape | None = None
    citation_metadata: msgspec.Raw = _ABSENT
    grounding_metadata: msgspec.Raw = _ABSENT
    safety_ratings: msgspec.Raw = _ABSENT
    url_context_metadata: msgspec.Raw = _ABSENT
    avg_logprobs: msgspec.Raw = _ABSENT
    finish_message: msgspec.Raw = _ABSENT
    token_count: msgspec.Raw = _ABSENT


class ChunkShape(msgspec.Struct, gc=False, rename="camel"):
    """One payload of a stream, or a whole answer."""

    candidates: Annotated[list[CandidateShape], msgspec.Meta(max_length=128)] | None = None
    prompt_feedback: msgspec.Raw = _ABSENT
    usage_metadata: msgspec.Raw = _ABSENT
    response_id: str | None = None
    model_version: str | None = None
    create_time: str | None = None
    error: msgspec.Raw = _ABSENT


class UsageShape(msgspec.Struct, gc=False, rename="camel"):
    """Token counts: the prompt's hold the cached ones, the candidates' leave thoughts out.

    ``is_estimate`` is Sluiceway's own: the counts were made by a Sluiceway, for a model that gives none.
    """

    prompt_token_count: _Count | None = None
    tool_use_prompt_token_count: _Count | None = None
    cached_content_token_count: _Count | None = None
    candidates_token_count: _Count | None = None
    thoughts_token_count: _Count | None = None
    is_estimate: bool | None = msgspec.field(default=None, name="is_estimate")


def is_given(record: msgspec.Raw) -> bool:
    """Return whether a raw field is there and not null."""
    return bool(record) and bytes(record) != b"null"

"""The wire shapes of a Gemini request, strict in the fields that have a meaning here.

Fields that are not listed are kept as they are; see `decode_request`. Where a list is expected, one item alone will
do, as Google's own examples have it.
Source: Google's API reference, "generateContent" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from sluiceway.dialects.strays import Known, known

__all__ = [
    "KNOWN",
    "BlobShape",
    "BodyShape",
    "CallShape",
    "CallingConfigShape",
    "ConfigShape",
    "DeclarationShape",
    "FileShape",
    "ResultShape",
    "SaidShape",
    "ThinkingShape",
    "ToolConfigShape",
    "TurnShape",
]

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

_ABSENT = msgspec.Raw(b"")


class BlobShape(msgspec.Struct, rename="camel"):
    """``{"mimeType": "image/png", "data": "iVBORw0…"}``."""

    mime_type: str = ""
    data: str = ""
    display_name: str | None = None


class FileShape(msgspec.Struct, rename="camel"):
    """``{"mimeType": "video/mp4", "fileUri": "gs://bucket/a.mp4"}``."""

    file_uri: str
    mime_type: str = ""
    display_name: str | None = None


class CallShape(msgspec.Struct, rename="camel"):
    """``{"name": "f", "args": {"city": "Paris"}, "id": "1"}``."""

    name: str
    id: str | None = None
    args: msgspec.Raw = _ABSENT


class ResultShape(msgspec.Struct, rename="camel"):
    """``{"name": "f", "response": {"output": "sunny"}, "id": "1"}``; ``parts`` hold what is no text."""

    name: str
    id: str | None = None
    response: msgspec.Raw = _ABSENT
    parts: list[SaidShape] | None = None


class SaidShape(msgspec.Struct, rename="camel"):
    """One part; one that is none of these is a record only Gemini has."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    inline_data: BlobShape | None = None
    file_data: FileShape | None = None
    function_call: CallShape | None = None
    function_response: ResultShape | None = None


class TurnShape(msgspec.Struct, rename="camel"):
    """One content: what one side says."""

    role: str | None = None
    parts: list[SaidShape] | SaidShape | None = None


class DeclarationShape(msgspec.Struct, rename="camel"):
    """A function; its parameters in Google's schema, or in JSON Schema."""

    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None
    parameters_json_schema: dict[str, object] | None = None


class CallingConfigShape(msgspec.Struct, rename="camel"):
    """Whether functions may or must be called."""

    mode: str = "AUTO"
    allowed_function_names: list[str] | None = None


class ToolConfigShape(msgspec.Struct, rename="camel"):
    """What holds for all tools."""

    function_calling_config: CallingConfigShape | None = None


class ThinkingShape(msgspec.Struct, rename="camel"):
    """How much to think; a budget of -1 leaves it to the model."""

    include_thoughts: bool | None = None
    thinking_budget: Annotated[int, msgspec.Meta(ge=-1, le=2**53)] | None = None
    thinking_level: str | None = None


class ConfigShape(msgspec.Struct, rename="camel"):
    """How to generate."""

    candidate_count: Annotated[int, msgspec.Meta(ge=1, le=128)] | None = None
    max_output_tokens: Count | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    seed: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    response_logprobs: bool | None = None
    logprobs: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    response_mime_type: str | None = None
    response_schema: dict[str, object] | None = None
    response_json_schema: dict[str, object] | None = None
    thinking_config: ThinkingShape | None = None
    response_modalities: list[str] | None = None


class BodyShape(msgspec.Struct, rename="camel"):
    """The whole request; its model stands in the path."""

    contents: list[TurnShape] | TurnShape | None = None
    system_instruction: TurnShape | str | None = None
    tools: list[dict[str, msgspec.Raw]] | dict[str, msgspec.Raw] | None = None
    tool_config: ToolConfigShape | None = None
    generation_config: ConfigShape | None = None


def _part(record: Mapping[str, object]) -> Known | None:
    """Return what is read of a part; of one that only Gemini has, that is all of it."""
    return _SAID if record.keys() & _CONTENT else None


def _tool(record: Mapping[str, object]) -> Known:
    return {**dict.fromkeys(record), "functionDeclarations": _DECLARATION}


_CONTENT = frozenset({"text", "inlineData", "fileData", "functionCall", "functionResponse"})
_DECLARATION = known(DeclarationShape)
_SHOWN = known(SaidShape, functionResponse=None)
_SAID = known(SaidShape, functionResponse=known(ResultShape, parts=_SHOWN))
_TURN = known(TurnShape, parts=_part)

KNOWN = known(BodyShape, contents=_TURN, systemInstruction=_TURN, tools=_tool)
"""What is read of a body; see `sluiceway.dialects.strays`."""

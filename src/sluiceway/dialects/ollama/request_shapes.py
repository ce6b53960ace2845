"""The wire shapes of Ollama's requests, strict in the fields that have a meaning here.

Fields that are not listed are kept as they are; see `decode_request`.
Source: Ollama's API reference, "Generate a completion" and "Generate a chat completion" (August 2026).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sluiceway.dialects.strays import known

__all__ = [
    "KNOWN",
    "BodyShape",
    "CallShape",
    "CalledShape",
    "ChatShape",
    "FunctionShape",
    "GenerateShape",
    "OptionsShape",
    "ToolShape",
    "TurnShape",
]

# Go reads a whole number from 10.0 too.
_Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | float


class CalledShape(msgspec.Struct):
    """``{"name": "f", "arguments": {…}}``."""

    name: str
    arguments: msgspec.Raw = msgspec.Raw(b"")


class CallShape(msgspec.Struct):
    """A tool call of an earlier turn; old clients give no id."""

    function: CalledShape
    id: str | None = None


class TurnShape(msgspec.Struct):
    """One message; ``images`` are base64."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | None = None
    thinking: str | None = None
    images: list[str] | None = None
    tool_calls: list[CallShape] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None


class FunctionShape(msgspec.Struct):
    """A function the model may call."""

    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None


class ToolShape(msgspec.Struct):
    """A tool; there are functions only."""

    function: FunctionShape


class OptionsShape(msgspec.Struct):
    """The options that other dialects know as well."""

    num_predict: _Whole | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: _Whole | None = None
    seed: _Whole | None = None
    stop: str | list[str] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None


class BodyShape(msgspec.Struct, kw_only=True):
    """What both requests have."""

    model: str = ""
    stream: bool | None = None
    format: str | dict[str, object] | None = None
    think: bool | str | None = None
    options: OptionsShape | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None


class ChatShape(BodyShape):
    """The body of ``/api/chat``."""

    messages: list[TurnShape] | None = None
    tools: list[ToolShape] | None = None


class GenerateShape(BodyShape):
    """The body of ``/api/generate``."""

    prompt: str | None = None
    system: str | None = None
    images: list[str] | None = None


KNOWN = known(
    ChatShape,
    messages=known(
        TurnShape, tool_calls=known(CallShape, "type", function=known(CalledShape, "index", arguments=None))
    ),
    tools=known(ToolShape, "type"),
)
"""What is read of a chat's body; see `sluiceway.dialects.strays`. Of the other one, the options are nested alone."""

"""The wire shapes of Ollama's answers: what is read of a line or of a whole answer, and nothing else.

``/api/chat`` and ``/api/generate`` answer in two forms that differ in where the text stands; one shape reads both.
Fields that no decoder looks at are not listed, so their types cannot break an answer; the raw bytes carry them on.
Source: Ollama's API reference and ``api/types.go`` (August 2026), and recorded answers.
"""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

__all__ = ["NAME", "CallFunction", "Form", "Head", "Line", "LogprobShape", "MessageShape", "ToolCall"]

NAME = "ollama"
"""The dialect's name, which is also the key of its extras."""

_Byte = Annotated[int, msgspec.Meta(ge=0, le=255)]

_ABSENT = msgspec.Raw(b"")


class Form(enum.Enum):
    """The form of an answer; raw bytes pass between equal forms only.

    Attributes:
        wire_ndjson: the wire form of a line.
        wire_json: the wire form of a whole answer.
    """

    CHAT = "ollama"
    GENERATE = "ollama_generate"

    def __init__(self, name: str) -> None:
        self.wire_ndjson = f"{name}/ndjson"
        self.wire_json = f"{name}/json"


class CallFunction(msgspec.Struct, gc=False):
    """``{"index": 0, "name": "f", "arguments": {…}}``; the index may repeat, and says nothing."""

    name: str = ""
    arguments: msgspec.Raw = _ABSENT


class ToolCall(msgspec.Struct, gc=False):
    """A whole tool call; old servers give no id."""

    function: CallFunction
    id: str | None = None


class LogprobShape(msgspec.Struct, gc=False):
    """The log probability of one token."""

    token: str
    logprob: float
    bytes: list[_Byte] | None = None
    top_logprobs: list[LogprobShape] | None = None


class MessageShape(msgspec.Struct, gc=False):
    """What a line adds to the answer of a chat."""

    content: str | None = None
    thinking: str | None = None
    tool_calls: list[ToolCall] | None = None


class Line(msgspec.Struct, gc=False):
    """One line, or a whole answer; ``message`` is a chat's, what stands beside it belongs to ``/api/generate``."""

    message: MessageShape | None = None
    response: str | None = None
    thinking: str | None = None
    tool_calls: list[ToolCall] | None = None
    image: str | None = None
    logprobs: list[LogprobShape] | None = None
    done: bool | None = None
    error: msgspec.Raw = _ABSENT


class Head(msgspec.Struct, gc=False):
    """What every line repeats; read once per answer."""

    model: str | None = None
    created_at: str | None = None
    remote_model: str | None = None
    remote_host: str | None = None

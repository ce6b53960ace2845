"""What every client of the matrix can be told to do, and does as its own users would write it."""

from __future__ import annotations

from typing import Protocol

import msgspec

__all__ = ["PROMPT", "SCHEMA", "Ask", "Client", "ToolCall"]

PROMPT = "Tell me a story about a river."
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Bonn", "Lisbon", "Paris"]}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
"""The schema of `Client.json`."""


def _any_object() -> dict[str, object]:
    return {"type": "object", "properties": {}, "additionalProperties": True}


class Ask(msgspec.Struct, frozen=True):
    """Where a client is to ask.

    Attributes:
        url: the server's, without a path.
        model: the model's name.
        max_tokens: a limit for models that would talk on; None sets none where the API allows it.
        tool_name: the one function to offer in `Client.tools`.
        parameters: the schema of what it takes.
        is_forced: whether it must be called, where the client's API can say so.
    """

    url: str
    model: str
    max_tokens: int | None = None
    tool_name: str = "f"
    parameters: dict[str, object] = msgspec.field(default_factory=_any_object)
    is_forced: bool = True


class ToolCall(msgspec.Struct, frozen=True):
    """A tool call as the client gathered it."""

    name: str
    arguments: dict[str, object]


class Client(Protocol):
    """One client, speaking one API.

    Attributes:
        name: its row in the matrix.
    """

    name: str

    async def text(self, ask: Ask) -> str:
        """Stream an answer to `PROMPT` and return its text."""
        ...

    async def whole(self, ask: Ask) -> str:
        """Ask for the same without streaming."""
        ...

    async def tools(self, ask: Ask) -> ToolCall:
        """Stream an answer with one function at hand, and return its call."""
        ...

    async def json(self, ask: Ask) -> str:
        """Stream an answer that follows `SCHEMA` and return its text."""
        ...

    async def error(self, ask: Ask) -> int:
        """Stream an answer that is refused, return the status in the exception; fail if none is raised."""
        ...

    async def cut(self, ask: Ask) -> str:
        """Stream an answer that breaks off with an exception, and return the text before; fail if none is raised."""
        ...

    async def stop(self, ask: Ask) -> None:
        """Stream an answer, and leave after its first text."""
        ...

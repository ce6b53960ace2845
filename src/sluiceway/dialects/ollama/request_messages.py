"""The messages of a chat request → canonical messages.

Calls without an id are numbered in the order in which they stand, and a result without one answers the first call of
its tool that has no answer yet.

Source: Ollama's API reference, "Generate a chat completion", "messages" (August 2026).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from sluiceway.dialects.ollama.arguments import decode_arguments
from sluiceway.dialects.ollama.images import decode_image
from sluiceway.dialects.ollama.request_shapes import CallShape, TurnShape
from sluiceway.request import (
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

__all__ = ["decode_content", "decode_messages"]


def decode_messages(turns: Iterable[TurnShape]) -> list[Message]:
    """Return the conversation; the arguments of its calls are known to be JSON."""
    calls = _Calls()
    return [_decode_turn(turn, calls) for turn in turns]


def decode_content(text: str | None, images: Iterable[str] | None) -> list[TextPart | ImagePart]:
    """Return a message's text and its images."""
    parts: list[TextPart | ImagePart] = [TextPart(text)] if text else []
    return parts + [ImagePart(decode_image(image)) for image in images or ()]


class _Calls:
    """The tool calls so far, and the ids that wait for an answer: by the tool's name, and all of them under none."""

    def __init__(self) -> None:
        self._count = 0
        self._ids: set[str] = set()
        self._waiting: defaultdict[str, deque[str]] = defaultdict(deque)

    def call(self, shape: CallShape) -> ToolCallPart:
        name = shape.function.name
        call_id = shape.id or self._make_id()
        self._ids.add(call_id)
        self._count += 1
        self._waiting[name].append(call_id)
        self._waiting[""].append(call_id)
        return ToolCallPart(call_id, name, decode_arguments(shape.function.arguments))

    def _make_id(self) -> str:
        """Return an id that no call before has; what Sluiceway gave to a call of an earlier answer may come back."""
        while f"call_{self._count}" in self._ids:
            self._count += 1
        return f"call_{self._count}"

    def answer(self, turn: TurnShape) -> str:
        """Return the id of the call that a result answers."""
        name = turn.tool_name or ""
        waiting = self._waiting.get(name)
        found = waiting.popleft() if waiting else name
        return turn.tool_call_id or found


def _decode_turn(turn: TurnShape, calls: _Calls) -> Message:
    content = decode_content(turn.content, turn.images)
    # Sent as {"role":"tool","tool_name":"get_weather","content":"11 degrees celsius"}
    if turn.role == "tool":
        return Message(Role.TOOL, [ToolResultPart(calls.answer(turn), [*content])])
    parts: list[Part] = [ReasoningPart(turn.thinking)] if turn.thinking else []
    parts += content
    parts += [calls.call(shape) for shape in turn.tool_calls or ()]
    return Message(Role(turn.role), parts or [TextPart("")])

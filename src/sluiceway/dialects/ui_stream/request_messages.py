"""UI messages → canonical messages.

An assistant's UI message is a whole run: steps of text, reasoning and tool calls with their results inside them. Each
step becomes one message of what the assistant said, and one message for each result.

Source: vercel/ai, ``packages/ai/src/ui/convert-to-model-messages.ts`` (August 2026).
"""

from __future__ import annotations

from collections.abc import Iterator

from sluiceway.dialects.ui_stream.request_parts import decode_part, decode_result, is_tool
from sluiceway.dialects.ui_stream.request_shapes import MessageShape, PartShape
from sluiceway.request import Message, Part, Role

__all__ = ["decode_message"]

_Placed = tuple[PartShape, str]
"""A part and its path."""


def decode_message(shape: MessageShape, field: str) -> list[Message]:
    """Return the messages that one UI message stands for; none when it says nothing to the model.

    Args:
        shape: what was sent.
        field: the message's path, for errors.

    Raises:
        RequestError: a field that a part needs is missing.
    """
    parts = shape.parts
    if parts is None:
        parts = [PartShape("text", shape.content)]
    placed = [(part, f"{field}.parts[{index}]") for index, part in enumerate(parts)]
    if shape.role == "assistant":
        return [message for step in _steps(placed) for message in _decode_step(step)]
    return _said(Role(shape.role), [decode_part(part, path) for part, path in placed if part.type != "step-start"])


def _steps(placed: list[_Placed]) -> Iterator[list[_Placed]]:
    step: list[_Placed] = []
    for part, path in placed:
        if part.type == "step-start":
            yield step
            step = []
        else:
            step.append((part, path))
    yield step


def _decode_step(step: list[_Placed]) -> list[Message]:
    said = _said(Role.ASSISTANT, [decode_part(part, path) for part, path in step])
    results = [decode_result(part) for part, _ in step if is_tool(part)]
    return said + [Message(Role.TOOL, [result]) for result in results if result is not None]


def _said(role: Role, parts: list[Part | None]) -> list[Message]:
    told = [part for part in parts if part is not None]
    return [Message(role, told)] if told else []

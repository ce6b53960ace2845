"""Canonical messages → the messages of a chat request.

Source: Ollama's API reference, "Generate a chat completion", "messages" (August 2026).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sluiceway.dialects.ollama.arguments import encode_arguments
from sluiceway.dialects.ollama.images import encode_image
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import (
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    RefusalPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

__all__ = ["encode_messages"]


def encode_messages(messages: Sequence[Message]) -> list[dict[str, object]]:
    """Return the messages that say a conversation; a tool's results come first, each in one of its own.

    Raises:
        UnsupportedFeature: an image is not inline, or the arguments of a call are no JSON object.
    """
    names: dict[str, str] = {}  # by id; answers of servers without ids have the same ones, turn after turn
    turns: list[dict[str, object]] = []
    for index, message in enumerate(messages):
        names |= {part.id: part.name for part in message.parts if isinstance(part, ToolCallPart)}
        turns += _encode_message(message, names, f"messages[{index}]")
    return turns


def _encode_message(message: Message, names: dict[str, str], field: str) -> list[dict[str, object]]:
    results = [part for part in message.parts if isinstance(part, ToolResultPart)]
    others = [part for part in message.parts if not isinstance(part, ToolResultPart)]
    turns = [_encode_result(result, names, field) for result in results]
    if others or not results:
        turns.append(_encode_turn(message.role, others, field))
    return turns


def _encode_result(result: ToolResultPart, names: dict[str, str], field: str) -> dict[str, object]:
    """Return the message of a result: new servers go by the call's id, old ones by the tool's name."""
    name = names.get(result.id)
    named: dict[str, object] = {"tool_name": name} if name else {}
    return {"role": "tool", **_encode_content(result.content, field), **named, "tool_call_id": result.id}


def _encode_turn(role: Role, parts: Sequence[Part], field: str) -> dict[str, object]:
    word = Role.SYSTEM if role is Role.DEVELOPER else role
    between = "\n\n" if word is Role.SYSTEM else ""
    turn: dict[str, object] = {"role": word.value, **_encode_content(parts, field, between)}
    thinking = "".join(part.text for part in parts if isinstance(part, ReasoningPart))
    if thinking:
        turn["thinking"] = thinking
    calls = [_encode_call(part, field) for part in parts if isinstance(part, ToolCallPart)]
    if calls:
        turn["tool_calls"] = calls
    return turn


def _encode_content(parts: Iterable[Part], field: str, between: str = "") -> dict[str, object]:
    """Return one text and the images; ``between`` sets the texts apart."""
    texts: list[str] = []
    images: list[str] = []
    for part in parts:
        if isinstance(part, TextPart | RefusalPart):
            texts.append(part.text)
        elif isinstance(part, ImagePart):
            images.append(_encode_image(part, field))
    return {"content": between.join(texts), **({"images": images} if images else {})}


def _encode_image(part: ImagePart, field: str) -> str:
    data = encode_image(part.url)
    if data is None:
        raise UnsupportedFeature("an image must be inline, as base64", field=field)
    return data


def _encode_call(part: ToolCallPart, field: str) -> dict[str, object]:
    arguments = encode_arguments(part.json)
    if arguments is None:
        raise UnsupportedFeature("the arguments of a tool call must be a JSON object", field=field)
    return {"id": part.id, "function": {"name": part.name, "arguments": arguments}}

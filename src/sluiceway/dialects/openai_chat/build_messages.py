"""Canonical messages → the messages of a Chat Completions body.

Source: OpenAI's API reference, "Create chat completion", "messages" (August 2026).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from sluiceway.errors import UnsupportedFeature
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    ReasoningPart,
    RefusalPart,
    Request,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    VendorPart,
)

__all__ = ["encode_message", "find_custom_names"]

_Content = TextPart | ImagePart | AudioPart | FilePart | RefusalPart
_Said = _Content | ToolCallPart


def find_custom_names(request: Request) -> frozenset[str]:
    """Return the names of the custom tools that are asked for: their input is text rather than JSON."""
    return frozenset(tool.name for tool in request.tools if tool.input_schema is None and not tool.is_hosted)


def encode_message(message: Message, field: str, custom_names: frozenset[str]) -> list[dict[str, object]]:
    """Return the messages that say it: one for each tool result, which come first, and one for everything else.

    Args:
        message: the canonical message.
        field: its path, for errors.
        custom_names: the names of the asker's custom tools.

    Raises:
        UnsupportedFeature: a tool result holds more than text, or a file is told by its URL only.
    """
    results = [part for part in message.parts if isinstance(part, ToolResultPart)]
    others = [part for part in message.parts if not isinstance(part, ToolResultPart | ReasoningPart | VendorPart)]
    encoded = [_encode_result(result, field) for result in results]
    if others or not results:
        encoded.append(_encode_turn(message, others, field, custom_names))
    return encoded


def _encode_result(result: ToolResultPart, field: str) -> dict[str, object]:
    texts = [part.text for part in result.content if isinstance(part, TextPart)]
    if len(texts) != len(result.content):
        raise UnsupportedFeature("A tool result can hold text only here.", field=field)
    return {"role": "tool", "tool_call_id": result.id, "content": "".join(texts)}


def _encode_turn(
    message: Message, parts: Sequence[_Said], field: str, custom_names: frozenset[str]
) -> dict[str, object]:
    calls = [part for part in parts if isinstance(part, ToolCallPart)]
    contents = [part for part in parts if not isinstance(part, ToolCallPart)]
    turn: dict[str, object] = {"role": message.role.value, "content": _encode_contents(contents, field)}
    if message.name is not None:
        turn["name"] = message.name
    if calls:
        turn["tool_calls"] = [_encode_call(call, custom_names) for call in calls]
    if message.role is not Role.ASSISTANT and not contents:
        turn["content"] = ""
    return turn


def _encode_contents(parts: Sequence[_Content], field: str) -> object:
    """Return one text as a string, which every server takes, and anything else as a list."""
    match parts:
        case []:
            return None
        case [TextPart(text=text)]:
            return text
        case _:
            return [_encode_part(part, field) for part in parts]


def _encode_call(call: ToolCallPart, custom_names: frozenset[str]) -> dict[str, object]:
    if call.name in custom_names:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.json}}
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.json}}


def _encode_part(part: _Content, field: str) -> dict[str, object]:
    match part:
        case TextPart(text=text):
            return {"type": "text", "text": text}
        case RefusalPart(text=text):
            return {"type": "refusal", "refusal": text}
        case ImagePart(url=url, detail=detail):
            return {"type": "image_url", "image_url": {"url": url, **({"detail": detail} if detail else {})}}
        case AudioPart(data=data, format=form):
            return {"type": "input_audio", "input_audio": {"data": data, "format": form}}
        case FilePart(file_id=None, data=None):
            raise UnsupportedFeature("A file has to be inline, or told by its id, here.", field=field)
        case FilePart():
            fields = {"file_id": part.file_id, "file_data": part.data, "filename": part.filename}
            return {"type": "file", "file": {name: value for name, value in fields.items() if value is not None}}
        case _:
            assert_never(part)

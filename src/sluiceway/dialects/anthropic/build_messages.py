"""Canonical messages → ``system`` and ``messages`` of a Messages body.

System and developer messages have a place before the conversation only, and all of them are put there. Neighbours of
one role become one turn, in which the results of tools come first, as the API demands. Text that is empty, which it
refuses, is left out, and so is a turn that says nothing; reasoning goes along only with the signature that proves it.

Source: Anthropic's API reference, "Create a message", "messages" (August 2026).
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import assert_never

import msgspec

from sluiceway.dialects.anthropic.data_url import decode_data_url
from sluiceway.dialects.anthropic.request_messages import REDACTED
from sluiceway.dialects.anthropic.shapes import NAME
from sluiceway.dialects.anthropic.tool_input import encode_input
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    MarkedPart,
    Message,
    Part,
    ReasoningPart,
    RefusalPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    VendorPart,
)

__all__ = ["encode_messages", "encode_system"]

_Block = dict[str, object]

_BEFORE = (Role.SYSTEM, Role.DEVELOPER)
_PDF = "application/pdf"

# The API takes ids of these characters only. Other vendors make them of more: functions.get_weather:0
_UNFIT_FOR_AN_ID = re.compile(r"[^a-zA-Z0-9_-]")


class _Turn(msgspec.Struct):
    role: str
    blocks: list[_Block]


def encode_system(messages: list[Message]) -> object:
    """Return the ``system`` field: one text as a string, several as a list, and None for none.

    Raises:
        UnsupportedFeature: a system message holds more than text.
    """
    blocks: list[_Block] = []
    for index, message in enumerate(messages):
        if message.role in _BEFORE:
            blocks += _encode_blocks(message, f"messages[{index}]", is_own=False)
            if not all(isinstance(part, TextPart) for part in message.parts):
                raise UnsupportedFeature("A system message can hold text only here.", field=f"messages[{index}]")
    return _shortest(blocks) if blocks else None


def encode_messages(messages: list[Message], *, is_own: bool) -> list[dict[str, object]]:
    """Return the turns of the conversation.

    Args:
        messages: the canonical messages.
        is_own: whether the request came in this dialect, so that ids of files are this vendor's.

    Raises:
        UnsupportedFeature: a message holds what this dialect has no place for.
    """
    turns: list[_Turn] = []
    for index, message in enumerate(messages):
        if message.role in _BEFORE:
            continue
        blocks = _encode_blocks(message, f"messages[{index}]", is_own=is_own)
        role = "assistant" if message.role is Role.ASSISTANT else "user"
        if turns and turns[-1].role == role:
            turns[-1].blocks += blocks
        elif blocks:
            turns.append(_Turn(role, blocks))
    for turn in turns:
        turn.blocks.sort(key=lambda block: block["type"] != "tool_result")
    return [{"role": turn.role, "content": _shortest(turn.blocks)} for turn in turns]


def _shortest(blocks: list[_Block]) -> object:
    """Return one text as a string, which every server takes, and anything else as a list."""
    return blocks[0]["text"] if len(blocks) == 1 and blocks[0].keys() == {"type", "text"} else blocks


def _encode_blocks(message: Message, field: str, *, is_own: bool) -> list[_Block]:
    redacted = message.extras.get(NAME, {}).get(REDACTED, ())
    blocks = (_encode_part(part, field, redacted, is_own=is_own) for part in message.parts)
    return [block for block in blocks if block is not None]


def _encode_part(part: Part, field: str, redacted: object, *, is_own: bool) -> _Block | None:
    match part:
        case TextPart() | ImagePart() | AudioPart() | FilePart():
            return _encode_content(part, field, is_own=is_own)
        case RefusalPart(text=text):
            return {"type": "text", "text": text} if text else None
        case ReasoningPart():
            return _encode_reasoning(part, redacted)
        case ToolCallPart():
            call = {"type": "tool_use", "id": _fit(part.id), "name": part.name, "input": encode_input(part.json)}
            return call | _mark(part)
        case ToolResultPart():
            return _encode_result(part, field, is_own=is_own)
        case VendorPart():
            if part.dialect != NAME:
                raise UnsupportedFeature(f"A '{part.kind}' part cannot be expressed here.", field=field)
            return part.record
        case _:
            assert_never(part)


def _encode_content(part: TextPart | ImagePart | AudioPart | FilePart, field: str, *, is_own: bool) -> _Block | None:
    match part:
        case TextPart(text=text):
            return {"type": "text", "text": text, **_mark(part)} if text else None
        case ImagePart(url=url):
            return {"type": "image", "source": _encode_image(url, field), **_mark(part)}
        case AudioPart():
            raise UnsupportedFeature("Audio cannot be expressed here.", field=field)
        case FilePart(filename=filename):
            source = _encode_file(part, field, is_own=is_own)
            return {"type": "document", "source": source, **({"title": filename} if filename else {}), **_mark(part)}
        case _:
            assert_never(part)


def _mark(part: MarkedPart) -> _Block:
    return {} if part.cache_control is None else {"cache_control": part.cache_control}


def _encode_reasoning(part: ReasoningPart, redacted: object) -> _Block | None:
    if part.signature is None:
        return None
    if isinstance(redacted, list) and part.signature in redacted:
        return {"type": "redacted_thinking", "data": part.signature}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _encode_result(part: ToolResultPart, field: str, *, is_own: bool) -> _Block:
    contents = (_encode_content(content, field, is_own=is_own) for content in part.content)
    blocks = [block for block in contents if block is not None]
    result: _Block = {"type": "tool_result", "tool_use_id": _fit(part.id), **_mark(part)}
    if blocks:
        result["content"] = _shortest(blocks)
    if part.is_error:
        result["is_error"] = True
    return result


def _encode_image(url: str, field: str) -> _Block:
    inline = decode_data_url(url)
    if inline is not None:
        return {"type": "base64", "media_type": inline[0], "data": inline[1]}
    if url.startswith("data:"):
        raise UnsupportedFeature("An image in a URL has to be base64 here.", field=field)
    return {"type": "url", "url": url}


def _encode_file(part: FilePart, field: str, *, is_own: bool) -> _Block:
    if part.url is not None:
        return {"type": "url", "url": part.url}
    inline = None if part.data is None else decode_data_url(part.data)
    if inline is not None and inline[0] == _PDF:
        return {"type": "base64", "media_type": _PDF, "data": inline[1]}
    if inline is not None and inline[0].startswith("text/"):
        return {"type": "text", "media_type": "text/plain", "data": _text(inline[1], field)}
    if part.file_id is not None and is_own:
        return {"type": "file", "file_id": part.file_id}
    raise UnsupportedFeature("A file has to be a PDF or text, inline or by its URL, here.", field=field)


def _text(data: str, field: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise UnsupportedFeature("A file of text has to be UTF-8 in base64 here.", field=field) from None


def _fit(call_id: str) -> str:
    return _UNFIT_FOR_AN_ID.sub("_", call_id)

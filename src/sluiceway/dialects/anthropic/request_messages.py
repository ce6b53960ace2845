"""The messages of a Messages request → canonical messages.

Blocks of types that no other vendor has, and sources that none can fetch, are `VendorPart`s.

Source: Anthropic's API reference, "Create a message", "messages" (August 2026).
"""

from __future__ import annotations

import base64
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from sluiceway.dialects.anthropic.data_url import encode_data_url
from sluiceway.dialects.anthropic.request_errors import invalid, unreadable
from sluiceway.dialects.anthropic.request_shapes import (
    DocumentShape,
    ImageShape,
    MessageShape,
    RedactedShape,
    SourceShape,
    TextShape,
    ThinkingShape,
    ToolCallShape,
    ToolResultShape,
    TypeShape,
)
from sluiceway.dialects.anthropic.shapes import NAME
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    VendorPart,
)

__all__ = ["REDACTED", "decode_message", "decode_system"]

REDACTED = "redacted_thinking"
"""The extra of a message that lists the signatures of reasoning that only the vendor can read."""

T = TypeVar("T")


def decode_system(system: str | list[TextShape] | None) -> list[Message]:
    """Return the message that stands for the ``system`` field."""
    if not system:
        return []
    if isinstance(system, str):
        return [Message(Role.SYSTEM, [TextPart(system)])]
    return [Message(Role.SYSTEM, [TextPart(block.text, cache_control=block.cache_control) for block in system])]


def decode_message(shape: MessageShape, field: str) -> Message:
    """Return one message; one that holds nothing but tools' results is the tools'.

    Args:
        shape: what was sent.
        field: the message's path, for errors.

    Raises:
        RequestError: a block lacks a field, or has a wrong one.
    """
    if isinstance(shape.content, str):
        return Message(Role(shape.role), [TextPart(shape.content)])
    blocks = [(bytes(raw), f"{field}.content.{index}") for index, raw in enumerate(shape.content)]
    parts = [_decode_part(raw, place) for raw, place in blocks]
    is_result = [isinstance(part, ToolResultPart) for part in parts]
    role = Role.TOOL if is_result and all(is_result) else Role(shape.role)
    redacted = [_read(RedactedShape, raw, place).data for raw, place in blocks if _type(raw, place) == REDACTED]
    return Message(role, parts, extras={NAME: {REDACTED: redacted}} if redacted else {})


def _decode_part(raw: bytes, field: str) -> Part:
    kind = _type(raw, field)
    match kind:
        case "thinking":
            thinking = _read(ThinkingShape, raw, field)
            return ReasoningPart(thinking.thinking, thinking.signature or None)
        case "redacted_thinking":
            return ReasoningPart("", _read(RedactedShape, raw, field).data)
        case "tool_use":
            call = _read(ToolCallShape, raw, field)
            return ToolCallPart(call.id, call.name, bytes(call.input).decode(), cache_control=call.cache_control)
        case "tool_result":
            part: Part | None = _decode_result(_read(ToolResultShape, raw, field), field)
        case _:
            part = _decode_content(kind, raw, field)
    # {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{…}}
    return part if part is not None else VendorPart(NAME, kind, _read(dict[str, object], raw, field))


def _decode_content(kind: str, raw: bytes, field: str) -> TextPart | ImagePart | FilePart | None:
    """Return what a tool's result can hold as well, or None for what is the vendor's own."""
    match kind:
        case "text":
            text = _read(TextShape, raw, field)
            return TextPart(text.text, cache_control=text.cache_control)
        case "image":
            image = _read(ImageShape, raw, field)
            url = _decode_source(image.source, f"{field}.source")
            return None if url is None else ImagePart(url, cache_control=image.cache_control)
        case "document":
            return _decode_document(_read(DocumentShape, raw, field), field)
        case _:
            return None


def _decode_result(shape: ToolResultShape, field: str) -> ToolResultPart | None:
    content: list[TextPart | ImagePart | AudioPart | FilePart] = []
    if isinstance(shape.content, str):
        content.append(TextPart(shape.content))
    else:
        for index, item in enumerate(shape.content or ()):
            place = f"{field}.content.{index}"
            part = _decode_content(_type(bytes(item), place), bytes(item), place)
            if part is None:
                return None
            content.append(part)
    return ToolResultPart(shape.tool_use_id, content, bool(shape.is_error), cache_control=shape.cache_control)


def _decode_document(shape: DocumentShape, field: str) -> FilePart | None:
    source = shape.source
    part = FilePart(filename=shape.title, cache_control=shape.cache_control)
    if source.type == "url" and source.url is not None:
        return replace(part, url=source.url)
    if source.type == "file" and source.file_id is not None:
        return replace(part, file_id=source.file_id)
    # "source":{"type":"text","media_type":"text/plain","data":"The sky is blue."}
    if source.type == "text" and source.data is not None:
        data = base64.b64encode(source.data.encode()).decode()
        return replace(part, data=encode_data_url(source.media_type or "text/plain", data))
    url = _decode_source(source, f"{field}.source")
    return None if url is None else replace(part, data=url)


def _decode_source(source: SourceShape, field: str) -> str | None:
    """Return a URL for what any vendor can read, None for what is this one's own."""
    match source:
        case SourceShape(type="base64", media_type=str(media_type), data=str(data)):
            return encode_data_url(media_type, data)
        case SourceShape(type="url", url=str(url)):
            return url
        case SourceShape(type="base64" | "url" | "text" as kind):
            raise invalid(field, f"Fields are missing that a source of type '{kind}' has")
        case _:
            return None


def _type(raw: bytes, field: str) -> str:
    return _read(TypeShape, raw, field).type


def _read(shape: type[T], raw: bytes, field: str) -> T:
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error, field) from None

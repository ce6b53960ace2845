"""The items of a Responses request → canonical messages.

Neighbouring items of the assistant (text, reasoning, calls) are one message, as they are one turn elsewhere. Items
and parts of kinds not known here are vendor parts. In a tool's output there is no place for those: they are demands.

Source: OpenAI's API reference, "Create a model response", "input" (August 2026).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

import msgspec

from sluiceway.dialects.openai_api.request_errors import missing, unreadable
from sluiceway.dialects.openai_responses.request_shapes import (
    TEXTS,
    CallShape,
    ItemKind,
    MessageShape,
    OutputShape,
    PartShape,
    ReasoningShape,
)
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
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

__all__ = ["decode_input", "decode_shape"]

T = TypeVar("T")

_KIND = msgspec.json.Decoder(ItemKind)
_RECORD = msgspec.json.Decoder(dict[str, object])
_MESSAGE = msgspec.json.Decoder(MessageShape)
_CALL = msgspec.json.Decoder(CallShape)
_OUTPUT = msgspec.json.Decoder(OutputShape)
_REASONING = msgspec.json.Decoder(ReasoningShape)
_PART = msgspec.json.Decoder(PartShape)

_NEEDED: Mapping[str, str] = MappingProxyType({"refusal": "refusal", "input_audio": "input_audio"})


def decode_input(items: str | list[msgspec.Raw]) -> tuple[list[Message], list[str]]:
    """Return the messages of a request, and the paths of what no other dialect can be asked for.

    Raises:
        RequestError: a field is missing or wrong; it names the field.
    """
    if isinstance(items, str):
        return [Message(Role.USER, [TextPart(items)])], []
    messages: list[Message] = []
    demands: list[str] = []
    for index, item in enumerate(items):
        message = _decode_item(item, f"input[{index}]", demands)
        if messages and message.role is Role.ASSISTANT and messages[-1].role is Role.ASSISTANT:
            messages[-1].parts.extend(message.parts)
        else:
            messages.append(message)
    return messages, demands


def decode_shape(decoder: msgspec.json.Decoder[T], record: msgspec.Raw, field: str) -> T:
    """Return what a decoder makes of a record.

    Raises:
        RequestError: it is of a wrong shape; it names the field.
    """
    try:
        return decoder.decode(record)
    except msgspec.DecodeError as error:
        raise unreadable(error, field) from None


def _decode_item(item: msgspec.Raw, field: str, demands: list[str]) -> Message:
    kind = decode_shape(_KIND, item, field)
    word = kind.type or ("message" if kind.role else "item_reference")
    known = _ITEMS.get(word)
    if known is not None:
        return known(item, field, demands)
    # {"type":"item_reference","id":"msg_1"} and the like
    return Message(Role.ASSISTANT, [VendorPart(NAME, word, decode_shape(_RECORD, item, field))])


def _decode_message(item: msgspec.Raw, field: str, _demands: list[str]) -> Message:
    shape = decode_shape(_MESSAGE, item, field)
    if isinstance(shape.content, str):
        return Message(Role(shape.role), [TextPart(shape.content)])
    parts = [_decode_part(part, f"{field}.content[{index}]") for index, part in enumerate(shape.content)]
    return Message(Role(shape.role), parts)


def _decode_call(item: msgspec.Raw, field: str, _demands: list[str]) -> Message:
    shape = decode_shape(_CALL, item, field)
    text = shape.input if shape.arguments is None else shape.arguments
    return Message(Role.ASSISTANT, [ToolCallPart(shape.call_id, shape.name, text or "")])


def _decode_output(item: msgspec.Raw, field: str, demands: list[str]) -> Message:
    shape = decode_shape(_OUTPUT, item, field)
    if isinstance(shape.output, str):
        return Message(Role.TOOL, [ToolResultPart(shape.call_id, [TextPart(shape.output)])])
    content: list[TextPart | ImagePart | AudioPart | FilePart] = []
    for index, record in enumerate(shape.output):
        part = _decode_part(record, f"{field}.output[{index}]")
        if isinstance(part, TextPart | ImagePart | AudioPart | FilePart):
            content.append(part)
        else:
            demands.append(f"{field}.output[{index}]")
    return Message(Role.TOOL, [ToolResultPart(shape.call_id, content)])


def _decode_reasoning(item: msgspec.Raw, field: str, _demands: list[str]) -> Message:
    shape = decode_shape(_REASONING, item, field)
    texts = [part.text for part in shape.content or shape.summary or ()]
    return Message(Role.ASSISTANT, [ReasoningPart("\n\n".join(texts), shape.encrypted_content)])


_ITEMS: Mapping[str, Callable[[msgspec.Raw, str, list[str]], Message]] = MappingProxyType(
    {
        "message": _decode_message,
        "function_call": _decode_call,
        "custom_tool_call": _decode_call,
        "function_call_output": _decode_output,
        "custom_tool_call_output": _decode_output,
        "reasoning": _decode_reasoning,
    }
)


def _decode_part(record: msgspec.Raw, field: str) -> Part:
    kind = decode_shape(_KIND, record, field).type
    if kind is None:
        raise missing(f"{field}.type")
    if kind not in TEXTS and kind not in {"refusal", "input_image", "input_file", "input_audio"}:
        return VendorPart(NAME, kind, decode_shape(_RECORD, record, field))
    part = _decode_known(decode_shape(_PART, record, field))
    if part is not None:
        return part
    if kind == "input_image":
        # {"type":"input_image","file_id":"file-1"}: an image that only its vendor has
        return VendorPart(NAME, kind, decode_shape(_RECORD, record, field))
    raise missing(f"{field}.{_NEEDED.get(kind, 'text')}")


def _decode_known(shape: PartShape) -> Part | None:
    match shape:
        case PartShape(type="refusal", refusal=refusal):
            return None if refusal is None else RefusalPart(refusal)
        case PartShape(type="input_image", image_url=url):
            return None if url is None else ImagePart(url, shape.detail)
        case PartShape(type="input_file"):
            return FilePart(shape.file_id, shape.file_data, shape.filename, shape.file_url)
        case PartShape(type="input_audio", input_audio=audio):
            return None if audio is None else AudioPart(audio.data, audio.format)
        case _:
            return None if shape.text is None else TextPart(shape.text)

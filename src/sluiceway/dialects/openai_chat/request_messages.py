"""The messages of a Chat Completions request → canonical messages.

Source: OpenAI's API reference, "Create chat completion", "messages" (August 2026).
"""

from __future__ import annotations

from sluiceway.dialects.openai_api.request_errors import missing
from sluiceway.dialects.openai_chat.request_shapes import CallShape, ImageShape, MessageShape, PartShape
from sluiceway.dialects.openai_chat.shapes import NAME
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

__all__ = ["decode_message"]

_KINDS = frozenset({"text", "refusal", "image_url", "input_audio", "file"})
_ROLES = {role.value: role for role in Role}  # a tenth of what calling Role costs, for each message


def decode_message(shape: MessageShape, field: str) -> Message:
    """Return one message.

    Args:
        shape: what was sent.
        field: the message's path, for errors.

    Raises:
        RequestError: a field that its kind needs is missing.
    """
    content = _decode_content(shape.content, field)
    # {"role":"tool","tool_call_id":"call_1","content":"sunny"}    {"role":"function","name":"f","content":"sunny"}
    if shape.role in {"tool", "function"}:
        key = "tool_call_id" if shape.role == "tool" else "name"
        call_id = shape.tool_call_id if shape.role == "tool" else shape.name
        if call_id is None:
            raise missing(f"{field}.{key}")
        return Message(Role.TOOL, _decode_result(call_id, content))
    if shape.content is None and shape.role != "assistant":
        raise missing(f"{field}.content")
    parts = [*_decode_reasoning(shape), *content, *_decode_calls(shape, field)]
    return Message(_ROLES[shape.role], parts, shape.name)


def _decode_result(call_id: str, content: list[Part]) -> list[Part]:
    """Return a tool's result, and beside it what has no place in one: a vendor's own parts."""
    results: list[TextPart | ImagePart | AudioPart | FilePart] = []
    others: list[Part] = []
    for part in content:
        match part:
            case TextPart() | ImagePart() | AudioPart() | FilePart():
                results.append(part)
            case RefusalPart(text=text):
                results.append(TextPart(text))
            case _:
                others.append(part)
    return [ToolResultPart(call_id, results), *others]


def _decode_content(content: str | list[PartShape] | None, field: str) -> list[Part]:
    if content is None or isinstance(content, str):
        return [TextPart(content)] if content is not None else []
    return [_decode_part(shape, f"{field}.content[{index}]") for index, shape in enumerate(content)]


def _decode_part(shape: PartShape, field: str) -> Part:
    part = _decode_known(shape)
    if part is not None:
        return part
    if shape.type in _KINDS:
        raise missing(f"{field}.{shape.type}")
    # {"type":"video_url","video_url":{…}}: a vendor's own, which travels in the body
    return VendorPart(NAME, shape.type, {"type": shape.type})


def _decode_known(shape: PartShape) -> Part | None:
    match shape:
        case PartShape(type="text", text=str(text)):
            return TextPart(text, cache_control=shape.cache_control)
        case PartShape(type="refusal", refusal=str(text)):
            return RefusalPart(text)
        case PartShape(type="image_url", image_url=image) if image is not None:
            image = ImageShape(image) if isinstance(image, str) else image
            return ImagePart(image.url, image.detail, cache_control=shape.cache_control)
        case PartShape(type="input_audio", input_audio=audio) if audio is not None:
            return AudioPart(audio.data, audio.format, cache_control=shape.cache_control)
        case PartShape(type="file", file=file) if file is not None:
            return FilePart(file.file_id, file.file_data, file.filename, cache_control=shape.cache_control)
        case _:
            return None


def _decode_reasoning(shape: MessageShape) -> list[Part]:
    if not (shape.reasoning_content or shape.reasoning or shape.reasoning_details):
        return []
    details = shape.reasoning_details or []
    text = shape.reasoning_content or shape.reasoning or "".join(detail.text or "" for detail in details)
    signature = next((detail.signature for detail in details if detail.signature), None)
    return [ReasoningPart(text, signature)] if text or signature else []


def _decode_calls(shape: MessageShape, field: str) -> list[Part]:
    parts: list[Part] = [RefusalPart(shape.refusal)] if shape.refusal else []
    # "audio":{"id":"audio_1"} stands for an answer that the vendor keeps
    parts += [VendorPart(NAME, "audio", shape.audio)] if shape.audio else []
    for index, call in enumerate(shape.tool_calls or ()):
        parts.append(_decode_call(call, f"{field}.tool_calls[{index}]"))
    # "function_call":{"name":"f","arguments":"{}"}, which is answered by name
    if shape.function_call:
        name = shape.function_call.name
        parts.append(ToolCallPart(name, name, shape.function_call.arguments))
    return parts


def _decode_call(shape: CallShape, field: str) -> ToolCallPart:
    if shape.custom is not None:
        return ToolCallPart(shape.id, shape.custom.name, shape.custom.input)
    if shape.function is None:
        raise missing(f"{field}.function")
    return ToolCallPart(shape.id, shape.function.name, shape.function.arguments)

"""One part of a UI message → canonical parts.

A tool part is a call and, once there is one, its result. Parts for the eyes of people (``data-*``, sources) say
nothing to the model. Parts of other types are not known here, and their `VendorPart` is refused.

Source: vercel/ai, ``packages/ai/src/ui/ui-messages.ts`` and ``convert-to-model-messages.ts`` (August 2026).
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.ui_stream.request_errors import missing
from sluiceway.dialects.ui_stream.request_shapes import PartShape
from sluiceway.dialects.ui_stream.shapes import METADATA_KEY, NAME
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    VendorPart,
)

__all__ = ["decode_part", "decode_result", "is_tool"]

_DYNAMIC_TOOL = "dynamic-tool"
_STATIC_TOOL = "tool-"
_SILENT = frozenset({"source-url", "source-document", "reasoning-file", "custom"})
_AUDIO_FORMATS = MappingProxyType({"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav"})
_NOT_SENT = (b"", b"null")


def is_tool(shape: PartShape) -> bool:
    """Return whether a part is a tool's."""
    return shape.type == _DYNAMIC_TOOL or shape.type.startswith(_STATIC_TOOL)


def decode_part(shape: PartShape, field: str) -> Part | None:
    """Return what one part says to the model, or None when that is nothing; of a tool's part it is the call.

    Args:
        shape: what was sent.
        field: the part's path, for errors.

    Raises:
        RequestError: a field that its type needs is missing.
    """
    if is_tool(shape):
        return _decode_call(shape, field)
    match shape.type:
        case "text":
            return TextPart(shape.text) if shape.text else None
        case "reasoning":
            signature = _signature(shape)
            return ReasoningPart(shape.text or "", signature) if shape.text or signature else None
        case "file":
            return _decode_file(shape, field)
        case kind if kind in _SILENT or kind.startswith("data-"):
            return None
        case kind:
            return VendorPart(NAME, kind, {"type": kind})


def decode_result(shape: PartShape) -> ToolResultPart | None:
    """Return what came of a tool's call, or None while nothing has."""
    call_id = shape.tool_call_id or ""
    match shape.state:
        case "output-available":
            return ToolResultPart(call_id, [TextPart(_text(shape.output) or "null")])
        case "output-error":
            return ToolResultPart(call_id, [TextPart(shape.error_text or "The tool failed.")], is_error=True)
        case "output-denied":
            reason = shape.approval.reason if shape.approval else None
            return ToolResultPart(call_id, [TextPart(reason or "The tool was not allowed to run.")], is_error=True)
        case _:
            return None


def _decode_call(shape: PartShape, field: str) -> ToolCallPart | None:
    # Clients send {"type":"tool-f","toolCallId":"c1","state":"output-available","input":{},"output":"sunny"},
    # or {"type":"dynamic-tool","toolName":"f","toolCallId":"c1",…} of tools that they were not built with.
    if shape.tool_call_id is None:
        raise missing(f"{field}.toolCallId")
    name = shape.tool_name if shape.type == _DYNAMIC_TOOL else shape.type.removeprefix(_STATIC_TOOL)
    if not name:
        raise missing(f"{field}.toolName")
    if shape.state == "input-streaming":
        return None
    given = shape.raw_input if bytes(shape.input) in _NOT_SENT else shape.input
    return ToolCallPart(shape.tool_call_id, name, _text(given) or "{}")


def _text(value: msgspec.Raw) -> str:
    """Return a JSON text as the model wrote or reads it: a string is its own text; empty when there is none."""
    if bytes(value) in _NOT_SENT:
        return ""
    text = bytes(value).decode()
    return msgspec.json.decode(value, type=str) if text.startswith('"') else text


def _signature(shape: PartShape) -> str | None:
    metadata = shape.provider_metadata or {}
    for key in (METADATA_KEY, "anthropic"):
        signature = metadata.get(key, {}).get("signature")
        if isinstance(signature, str):
            return signature
    return None


def _decode_file(shape: PartShape, field: str) -> Part:
    # Clients send {"type":"file","mediaType":"image/png","url":"data:image/png;base64,iVBOR…","filename":"a.png"}
    url = shape.url
    if url is None:
        raise missing(f"{field}.url")
    if not url.startswith("data:"):
        is_image = (shape.media_type or "").startswith("image/")
        return ImagePart(url) if is_image else FilePart(filename=shape.filename, url=url)
    head, _, data = url[len("data:") :].partition(",")
    kind, _, subtype = (shape.media_type or head.partition(";")[0]).lower().partition("/")
    if kind == "image":
        return ImagePart(url)
    if kind == "audio" and head.endswith(";base64"):
        return AudioPart(data, _AUDIO_FORMATS.get(subtype, subtype))
    return FilePart(data=url, filename=shape.filename)

"""The contents of a Gemini request → canonical messages.

Gemini names functions in their results, and gives calls no id as a rule; canonical results name the call's id. So
calls without an id are numbered, and a result without one belongs to the first call of that name without a result.

Source: Google's API reference, "Content" and "Part" (August 2026).
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from sluiceway.dialects.gemini.media import decode_blob, decode_file
from sluiceway.dialects.gemini.request_errors import invalid
from sluiceway.dialects.gemini.request_shapes import CallShape, ResultShape, SaidShape, TurnShape
from sluiceway.dialects.gemini.shapes import NAME, is_given
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    MarkedPart,
    Message,
    Part,
    ReasoningPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    VendorPart,
)

__all__ = ["ContentsDecoder"]

_ROLE_OF = MappingProxyType(
    {"user": Role.USER, "model": Role.ASSISTANT, "function": Role.TOOL, "tool": Role.TOOL, "system": Role.SYSTEM}
)
_MARKS = frozenset({"thought", "thoughtSignature"})

Content = TextPart | ImagePart | AudioPart | FilePart


class ContentsDecoder:
    """Decodes the contents of one request, in their order.

    Args:
        find_record: the place of a part (content or, for the instruction, None; part) → the part as it came.
    """

    def __init__(self, find_record: Callable[[int | None, int], dict[str, object]]) -> None:
        self._find_record = find_record
        self._calls = 0
        self._ids: set[str] = set()
        self._unanswered: list[tuple[str, str]] = []  # names and ids of calls

    def decode(self, shape: TurnShape, index: int) -> Message:
        """Return one message.

        Raises:
            RequestError: its role is unknown.
        """
        role = _ROLE_OF.get(shape.role or "user")
        if role is None:
            raise invalid(f"contents[{index}].role", "please use a valid role: user, model")
        parts = self.decode_parts(shape, index)
        if role is Role.USER and parts and all(isinstance(part, ToolResultPart) for part in parts):
            role = Role.TOOL
        return Message(role, parts)

    def decode_parts(self, shape: TurnShape, index: int | None) -> list[Part]:
        """Return the parts of a content, or with None for its place those of the instruction."""
        parts = ((shape, self._part(shape, index, number)) for number, shape in enumerate(_parts_of(shape)))
        return [
            replace(part, signature=shape.thought_signature) if isinstance(part, MarkedPart) else part
            for shape, part in parts
        ]

    def _part(self, shape: SaidShape, index: int | None, number: int) -> Part:
        if shape.function_call is not None:
            return self._call(shape.function_call)
        if shape.function_response is not None:
            return self._result(shape.function_response)
        part = _decode_content(shape)
        if part is not None:
            return part
        record = self._find_record(index, number)
        kind = next((name for name in record if name not in _MARKS), None)
        # "parts":[{"executableCode":{"language":"PYTHON","code":"print(1)"}}]; with a signature alone it is a text
        return TextPart("") if kind is None else VendorPart(NAME, kind, record)

    def _call(self, shape: CallShape) -> ToolCallPart:
        call_id = shape.id or self._make_id()
        self._ids.add(call_id)
        self._calls += 1
        self._unanswered.append((shape.name, call_id))
        return ToolCallPart(call_id, shape.name, bytes(shape.args).decode() if is_given(shape.args) else "{}")

    def _make_id(self) -> str:
        """Return an id that no call before has; what Sluiceway gave to a call of an earlier answer may come back."""
        while f"call_{self._calls}" in self._ids:
            self._calls += 1
        return f"call_{self._calls}"

    def _result(self, shape: ResultShape) -> ToolResultPart:
        found = next(
            (call for call in self._unanswered if shape.id in {None, call[1]} and call[0] == shape.name), None
        )
        if found is not None:
            self._unanswered.remove(found)
        call_id = shape.id or (found[1] if found else shape.name)
        text, is_error = _decode_response(shape.response)
        shown = [part for part in map(_decode_content, shape.parts or ()) if part is not None]
        content: list[Content] = [TextPart(text)] if text or not shown else []
        content += [part for part in shown if not isinstance(part, ReasoningPart)]
        return ToolResultPart(call_id, content, is_error)


def _parts_of(shape: TurnShape) -> list[SaidShape]:
    """Return the parts of a content, which may be given as one alone."""
    parts = shape.parts
    return parts if isinstance(parts, list) else [] if parts is None else [parts]


def _decode_content(shape: SaidShape) -> Content | ReasoningPart | None:
    if shape.text is not None:
        return ReasoningPart(shape.text, shape.thought_signature) if shape.thought else TextPart(shape.text)
    if shape.inline_data is not None:
        return decode_blob(shape.inline_data)
    return None if shape.file_data is None else decode_file(shape.file_data)


def _decode_response(response: msgspec.Raw) -> tuple[str, bool]:
    """Return a result's text and whether it is an error: the only field's text, or the whole object."""
    if not is_given(response):
        return "", False
    value = msgspec.json.decode(response)
    match value:
        # "response":{"output":"sunny"}    "response":{"error":"no such city"}
        case {"output": str(text)} | {"result": str(text)} if len(value) == 1:
            return text, False
        case {"error": str(text)} if len(value) == 1:
            return text, True
        case _:
            return bytes(response).decode(), False

"""Canonical messages → the items of a Responses body.

What is left out is what `sluiceway.dialects.openai_responses.rules` say: reasoning, too, without the vendor's proof
(``encrypted_content``), which servers refuse. A signature of another vendor is handed on as such a proof; its server
refuses it, not we.

Source: OpenAI's API reference, "Create a model response", "input" (August 2026).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from sluiceway.dialects.openai_responses.shapes import NAME
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

__all__ = ["encode_input", "split_instructions"]

_Content = TextPart | ImagePart | AudioPart | FilePart | RefusalPart


def split_instructions(messages: Sequence[Message]) -> tuple[str | None, int]:
    """Return the instructions that the leading system messages give, and how many messages these are."""
    texts: list[str] = []
    count = 0
    for message in messages:
        if message.role is not Role.SYSTEM or not all(isinstance(part, TextPart) for part in message.parts):
            break
        texts += [part.text for part in message.parts if isinstance(part, TextPart)]
        count += 1
    return ("\n\n".join(texts) or None), count


def encode_input(request: Request, first: int) -> list[dict[str, object]]:
    """Return the items that say the messages from the ``first`` on.

    Raises:
        UnsupportedFeature: a message holds what this dialect has no place for; it names the message.
    """
    custom_names = {tool.name for tool in request.tools if tool.input_schema is None and not tool.is_hosted}
    calls = _Calls(custom_names)
    items: list[dict[str, object]] = []
    for index, message in enumerate(request.messages[first:], first):
        items += _encode_message(message, f"messages[{index}]", calls)
    return items


class _Calls:
    """Which calls are of custom tools, so that their results can be told apart."""

    def __init__(self, custom_names: set[str]) -> None:
        self._custom_names = custom_names
        self._custom_ids: set[str] = set()

    def encode(self, call: ToolCallPart) -> dict[str, object]:
        if call.name not in self._custom_names:
            # Answers of servers without ids have the same ones, turn after turn.
            self._custom_ids.discard(call.id)
            return {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.json}
        self._custom_ids.add(call.id)
        return {"type": "custom_tool_call", "call_id": call.id, "name": call.name, "input": call.json}

    def encode_result(self, result: ToolResultPart, field: str) -> dict[str, object]:
        kind = "custom_tool_call_output" if result.id in self._custom_ids else "function_call_output"
        texts = [part.text for part in result.content if isinstance(part, TextPart)]
        output: object = "".join(texts)
        if len(texts) != len(result.content):
            output = [_encode_part(part, Role.USER, field) for part in result.content]
        return {"type": kind, "call_id": result.id, "output": output}


def _encode_message(message: Message, field: str, calls: _Calls) -> Iterator[dict[str, object]]:
    contents: list[dict[str, object]] = []
    for part in message.parts:
        if isinstance(part, _Content) or (isinstance(part, VendorPart) and message.role is not Role.ASSISTANT):
            contents.append(_encode_part(part, message.role, field))
            continue
        yield from _turn(message.role, contents)
        contents = []
        match part:
            case ToolCallPart():
                yield calls.encode(part)
            case ToolResultPart():
                yield calls.encode_result(part, field)
            case ReasoningPart(text=text, signature=signature):
                if signature is not None:
                    summary = [{"type": "summary_text", "text": text}] if text else []
                    yield {"type": "reasoning", "summary": summary, "encrypted_content": signature}
            case VendorPart(dialect=dialect, record=record):
                _need_own(dialect, field)
                yield record
            case _:
                assert_never(part)
    yield from _turn(message.role, contents)


def _turn(role: Role, contents: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Give the message that holds the contents, if there are any; one text is a string, which every server takes."""
    match contents:
        case []:
            return
        case [{"type": "input_text", "text": text}]:
            yield {"role": role.value, "content": text}
        case _:
            yield {"role": role.value, "content": contents}


def _encode_part(part: _Content | VendorPart, role: Role, field: str) -> dict[str, object]:
    match part:
        case TextPart(text=text):
            return {"type": "output_text" if role is Role.ASSISTANT else "input_text", "text": text}
        case RefusalPart(text=text):
            return {"type": "refusal", "refusal": text}
        case ImagePart(url=url, detail=detail):
            return {"type": "input_image", "image_url": url, "detail": detail or "auto"}
        case FilePart():
            known = {"file_id": part.file_id, "file_data": part.data, "filename": part.filename}
            fields = {**known, "file_url": part.url}
            return {"type": "input_file", **{name: value for name, value in fields.items() if value is not None}}
        case AudioPart():
            raise UnsupportedFeature("Sound cannot be sent to this model.", field=field)
        case VendorPart(dialect=dialect, record=record):
            _need_own(dialect, field)
            return record
        case _:
            assert_never(part)


def _need_own(dialect: str, field: str) -> None:
    if dialect != NAME:
        raise UnsupportedFeature(f"A part of '{field}' is one that only '{dialect}' knows.", field=field)

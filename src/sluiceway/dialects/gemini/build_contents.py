"""Canonical messages → the contents of a Gemini request, and its system instruction.

What system and developer messages say is gathered in the one instruction, wherever they stand. Results of calls go
out together, in one content, as Google wants them to, and with the name of the function that was called. Reasoning of
earlier turns is left out: its signature is another vendor's.

Gemini 3 refuses the first call of a turn without a signature. A conversation that other dialects brought has none, so
it gets the text that Google documents for conversations of other models.

Source: Google's API reference, "Content", "FunctionResponse" and "Thought signatures" (August 2026).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

import msgspec

from sluiceway.dialects.gemini.media import encode_media
from sluiceway.dialects.gemini.parts import SIGNATURE, encode_arguments
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

__all__ = ["ContentsEncoder"]

NO_SIGNATURE = "skip_thought_signature_validator"

_SYSTEM = frozenset({Role.SYSTEM, Role.DEVELOPER})
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])

Record = dict[str, object]


class ContentsEncoder:
    """Encodes the conversation of one request.

    Args:
        messages: the conversation.
        model: who is to answer it.
    """

    def __init__(self, messages: list[Message], model: str) -> None:
        self._messages = messages
        self._needs_signature = "gemini-3" in model
        self._names: dict[str, str] = {}  # by id; answers of servers without ids have the same ones, turn after turn

    def system_instruction(self) -> Record | None:
        """Return what system messages say, or None.

        Raises:
            UnsupportedFeature: a system message holds more than text.
        """
        texts: list[Record] = []
        for index, message in enumerate(self._messages):
            for part in message.parts if message.role in _SYSTEM else ():
                if not isinstance(part, TextPart):
                    raise UnsupportedFeature("A system message can hold text only.", field=f"messages[{index}]")
                texts.append({"text": part.text})
        return {"parts": texts} if texts else None

    def contents(self) -> list[Record]:
        """Return everything else.

        Raises:
            UnsupportedFeature: a message holds what this dialect has no place for.
        """
        contents: list[Record] = []
        last: list[Record] | None = None  # the results under way
        for index, message in enumerate(self._messages):
            if message.role in _SYSTEM:
                continue
            field = f"messages[{index}]"
            results = [self._result(part, field) for part in message.parts if isinstance(part, ToolResultPart)]
            if results and last is not None:
                last += results
            elif results:
                last = results
                contents.append({"role": "user", "parts": results})
            others = list(self._others(message, field))
            if others:
                last = None
                contents.append({"role": "model" if message.role is Role.ASSISTANT else "user", "parts": others})
        return contents

    def _others(self, message: Message, field: str) -> Iterator[Record]:
        has_called = False
        for part in message.parts:
            if isinstance(part, ToolCallPart):
                yield self._call(part, is_first=not has_called)
                has_called = True
            elif not isinstance(part, ToolResultPart):
                yield from _encode_part(part, field)

    def _call(self, part: ToolCallPart, *, is_first: bool) -> Record:
        self._names[part.id] = part.name
        call = {"id": part.id, "name": part.name, "args": encode_arguments(part.json)}
        if part.signature is None and is_first and self._needs_signature:
            return {"functionCall": call, SIGNATURE: NO_SIGNATURE}
        return {"functionCall": call, **_proof(part)}

    def _result(self, part: ToolResultPart, field: str) -> Record:
        name = self._names.get(part.id)
        if name is None:
            raise UnsupportedFeature(
                f"The result of the call '{part.id}' needs the call itself in an earlier message.", field=field
            )
        text = "".join(one.text for one in part.content if isinstance(one, TextPart))
        result: Record = {"id": part.id, "name": name, "response": _encode_response(text, is_error=part.is_error)}
        shown = [encode_media(one, field) for one in part.content if not isinstance(one, TextPart)]
        return {"functionResponse": {**result, "parts": shown} if shown else result}


def _encode_part(part: Part, field: str) -> Iterator[Record]:
    match part:
        case TextPart(text=text):
            yield {"text": text, **_proof(part)}
        case RefusalPart(text=text):
            yield {"text": text}
        case ImagePart() | AudioPart() | FilePart():
            yield {**encode_media(part, field), **_proof(part)}
        case VendorPart(record=record):
            yield record
        case ReasoningPart() | ToolCallPart() | ToolResultPart():
            return
        case _:
            assert_never(part)


def _proof(part: MarkedPart) -> Record:
    return {} if part.signature is None else {SIGNATURE: part.signature}


def _encode_response(text: str, *, is_error: bool) -> object:
    """Return a result as an object: its own, where it is one, else under the name Google gives it."""
    if is_error:
        return {"error": text}
    try:
        _OBJECT.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {"output": text}
    return msgspec.Raw(text.encode())

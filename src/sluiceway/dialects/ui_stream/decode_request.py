"""A UI chat request body → the canonical request.

The SDK sends the chat's id, its messages and what triggered the request; pages add settings of their own beside them,
which are read in the SDK's words. No ``model`` is an empty name: whoever routes the request chooses. Answers always
stream, and always tell their usage.

Source: vercel/ai, ``packages/ai/src/ui/http-chat-transport.ts`` and "Settings" of ``streamText`` (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.ui_stream.request_errors import missing, unreadable
from sluiceway.dialects.ui_stream.request_messages import decode_message
from sluiceway.dialects.ui_stream.request_shapes import BodyShape
from sluiceway.dialects.ui_stream.request_tools import decode_tool_choice, decode_tools
from sluiceway.dialects.ui_stream.shapes import NAME
from sluiceway.request import Message, Request, Role, TextPart

__all__ = ["decode_request"]

_BODY = msgspec.json.Decoder(BodyShape)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
# What the SDK sends for servers that keep chats.
_KNOWN_FIELDS = frozenset({*BodyShape.__struct_encode_fields__, "id", "trigger", "messageId"})


def decode_request(body: bytes) -> Request:
    """Return the request a body asks for.

    Raises:
        RequestError: the body is not JSON, or a field is missing or wrong; it names the field.
    """
    try:
        shape = _BODY.decode(body)
        messages = _decode_messages(shape)
        extras = _decode_extras(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from None
    return Request(
        model=shape.model or "",
        messages=messages,
        stream=True,
        tools=decode_tools(shape.tools),
        tool_choice=decode_tool_choice(shape.tool_choice),
        max_output_tokens=shape.max_output_tokens,
        temperature=shape.temperature,
        top_p=shape.top_p,
        top_k=shape.top_k,
        stop=shape.stop_sequences or [],
        seed=shape.seed,
        frequency_penalty=shape.frequency_penalty,
        presence_penalty=shape.presence_penalty,
        reasoning_effort=shape.reasoning_effort,
        include_usage=True,
        extras={NAME: extras} if extras else {},
        dialect=NAME,
        body=body,
    )


def _decode_extras(body: bytes) -> dict[str, object]:
    fields = _FIELDS.decode(body)
    return {name: msgspec.json.decode(fields[name]) for name in sorted(fields.keys() - _KNOWN_FIELDS)}


def _decode_messages(shape: BodyShape) -> list[Message]:
    messages = [
        message for index, sent in enumerate(shape.messages) for message in decode_message(sent, f"messages[{index}]")
    ]
    if not messages:
        raise missing("messages")
    system = [Message(Role.SYSTEM, [TextPart(shape.system)])] if shape.system else []
    return system + messages

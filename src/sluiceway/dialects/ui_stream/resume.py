"""Chats that can be resumed: ``useChat({resume: true})`` asks for the answer that is under way when a page loads.

Its page asks for it with the header ``Sluiceway-Resume: on``: a reader that leaves stops its model, unless it says
that it may come back. A chat is found by the id its client gave it; its latest answer counts, from its start, and
only while it runs: the client has a finished message already, and would put its parts there a second time.

Source: vercel/ai, ``packages/ai/src/ui/http-chat-transport.ts``, ``reconnectToStream``; and the guide "Chatbot resume
streams" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import Keep, Revisit, Revisits, Target
from sluiceway.dialects.ui_stream.encode import StreamEncoder
from sluiceway.request import Message, Request, ToolCallPart

__all__ = ["HEADERS", "REVISITS", "keep", "outline"]

HEADERS = (("x-vercel-ai-ui-message-stream", "v1"),)
"""Header fields of every stream."""

_MAX_ID_CHARACTERS = 200


class _ChatShape(msgspec.Struct):
    id: object = None


_CHAT = msgspec.json.Decoder(_ChatShape)


def keep(request: Request) -> Keep | None:
    """Return how the answer is kept; None for a chat without an id, or whose page did not ask for it."""
    if not request.is_resumable:
        return None
    name = _CHAT.decode(request.body).id
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_ID_CHARACTERS:
        return None
    known = outline(request)
    return Keep(
        request=request,
        encoder=lambda options: StreamEncoder(options, known),
        name=name,
        known=msgspec.structs.replace(known, body=msgspec.json.encode(_ChatShape(name))),
    )


def outline(request: Request) -> Request:
    """Return what an encoder must know of a chat: whose its messages are, and the ids of their calls."""
    messages = [_outline(message) for message in request.messages]
    return Request(request.model, messages, stream=True, is_resumable=request.is_resumable)


def _outline(message: Message) -> Message:
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    return Message(message.role, [ToolCallPart(call.id, call.name, "") for call in calls])


def _decode(target: Target) -> Revisit:
    return Revisit(target.path.get("id", ""))


REVISITS = Revisits("/ui/chat/{id}/stream", _decode, has_finished=False, missing_status=204, headers=HEADERS)
"""Where its readers come back."""

"""Responses payloads as servers send them, and a reader's view of ours, for tests of that dialect."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from support.decoding import decode_answer, events_of, options

from sluiceway.dialects.base import Encoder, Framing
from sluiceway.dialects.openai_responses import OPENAI_RESPONSES
from sluiceway.dialects.openai_responses.encode import encoder
from sluiceway.events import Frame
from sluiceway.request import Request
from sluiceway.wire.sse import SSEDecoder, encode_event

__all__ = [
    "ASKED",
    "COMPLETED",
    "CREATED",
    "TEXT_STREAM",
    "UPSTREAM",
    "added",
    "decode_stream",
    "delta",
    "done",
    "ended",
    "event",
    "events_of",
    "message",
    "new_encoder",
    "part_added",
    "payloads_of",
    "response",
    "sse",
]

assert OPENAI_RESPONSES.upstream is not None
UPSTREAM = OPENAI_RESPONSES.upstream

ASKED = Request("asked", [])


def event(kind: str, **fields: object) -> bytes:
    """Return the payload of one event, without a number."""
    return json.dumps({"type": f"response.{kind}", **fields}, separators=(",", ":"), ensure_ascii=False).encode()


def response(status: str = "in_progress", output: Iterable[object] = (), **fields: object) -> dict[str, object]:
    """Return a response object."""
    head = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": status}
    return {**head, "output": list(output), **fields}


def message(*parts: object, **fields: object) -> dict[str, object]:
    """Return a message with its parts; a text stands for a part that holds it."""
    content = [
        {"type": "output_text", "text": part, "annotations": []} if isinstance(part, str) else part for part in parts
    ]
    return {"id": "msg_1", "type": "message", "role": "assistant", "content": content, **fields}


def added(item: object, index: int = 0) -> bytes:
    """Return the event that begins an item."""
    return event("output_item.added", output_index=index, item=item)


def done(item: object, index: int = 0) -> bytes:
    """Return the event that ends an item."""
    return event("output_item.done", output_index=index, item=item)


def part_added(part: object = None, content: int = 0, index: int = 0) -> bytes:
    """Return the event that begins a part."""
    part = {"type": "output_text", "text": "", "annotations": []} if part is None else part
    return event("content_part.added", output_index=index, content_index=content, item_id="msg_1", part=part)


def delta(text: object, kind: str = "output_text", *, index: int = 0, **fields: object) -> bytes:
    """Return the event that adds to an item."""
    return event(f"{kind}.delta", output_index=index, item_id="msg_1", **{"delta": text, **fields})


def ended(status: str = "completed", output: Iterable[object] = (), **fields: object) -> bytes:
    """Return the event that ends the answer."""
    return event(status, response=response(status, output, **fields))


CREATED = event("created", response=response())
COMPLETED = ended()
TEXT_STREAM = [CREATED, added(message()), part_added(), delta("a"), done(message("a")), COMPLETED]


def sse(*payloads: bytes, is_named: bool = True) -> bytes:
    """Return the payloads as server-sent events, with their types as names."""
    names = [json.loads(payload)["type"] if is_named else "" for payload in payloads]
    return b"".join(encode_event(payload, name) for payload, name in zip(payloads, names, strict=True))


def decode_stream(*payloads: bytes) -> list[Frame]:
    """Decode a whole stream of payloads, its end included, and check the order of its events."""
    return decode_answer(UPSTREAM, sse(*payloads, is_named=False))


def new_encoder(framing: Framing = Framing.SSE, request: Request = ASKED) -> Encoder:
    """Return an encoder whose fallbacks can be told from what upstreams say."""
    return encoder(options(framing), request)


def payloads_of(body: bytes) -> list[dict[str, Any]]:
    """Return the payloads of server-sent events as values; each is named by its own type."""
    decoder = SSEDecoder()
    found = decoder.feed(body) + decoder.close()
    payloads = [json.loads(one.data) for one in found]
    assert [one.event for one in found] == [payload["type"] for payload in payloads]
    return payloads

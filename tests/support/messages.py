"""Messages payloads as servers send them, for tests of that dialect."""

from __future__ import annotations

import json

from support.decoding import decode_answer, events_of, options

from sluiceway.dialects.anthropic import ANTHROPIC
from sluiceway.events import Event, Frame
from sluiceway.wire.sse import SSEDecoder, encode_event

__all__ = [
    "UPSTREAM",
    "block_delta",
    "block_start",
    "block_stop",
    "decode_stream",
    "decode_whole",
    "events_of",
    "message",
    "message_delta",
    "message_start",
    "options",
    "payload",
    "payloads_of",
    "sse",
    "text_answer",
]

assert ANTHROPIC.upstream is not None
UPSTREAM = ANTHROPIC.upstream


def payload(type_: str, **fields: object) -> bytes:
    """Return the payload of one event."""
    return json.dumps({"type": type_, **fields}, separators=(",", ":"), ensure_ascii=False).encode()


def message(*content: object, **fields: object) -> dict[str, object]:
    """Return a message; ``fields`` are set, or replaced."""
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": list(content)}
    return {**head, "stop_reason": None, "stop_sequence": None, **fields}


def message_start(**fields: object) -> bytes:
    """Return the payload that begins a stream."""
    return payload("message_start", message=message(**fields))


def block_start(index: int, **block: object) -> bytes:
    """Return the payload that begins a block, of text unless its ``type`` says otherwise."""
    return payload("content_block_start", index=index, content_block=block or {"type": "text", "text": ""})


def block_delta(index: int, type_: str, **fields: object) -> bytes:
    """Return the payload that adds to a block."""
    return payload("content_block_delta", index=index, delta={"type": type_, **fields})


def block_stop(index: int) -> bytes:
    """Return the payload that ends a block."""
    return payload("content_block_stop", index=index)


def message_delta(reason: str | None = "end_turn", usage: object = None, **fields: object) -> bytes:
    """Return the payload that says why an answer ended; ``fields`` stand in its delta."""
    counts = {"output_tokens": 5} if usage is None else usage
    return payload("message_delta", delta={"stop_reason": reason, "stop_sequence": None, **fields}, usage=counts)


def text_answer(*texts: str) -> list[bytes]:
    """Return the payloads of a whole answer of one block of text."""
    deltas = [block_delta(0, "text_delta", text=text) for text in texts]
    return [message_start(), block_start(0), *deltas, block_stop(0), message_delta(), payload("message_stop")]


def sse(*payloads: bytes) -> bytes:
    """Return the payloads as server-sent events, each named by its type; what is no JSON object has no name."""
    return b"".join(encode_event(data, _type_of(data)) for data in payloads)


def _type_of(data: bytes) -> str:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    return str(value.get("type", "")) if isinstance(value, dict) else ""


def decode_stream(*payloads: bytes, max_event_bytes: int = 1 << 20) -> list[Frame]:
    """Decode a whole stream of payloads, its end included, and check the order of its events."""
    return decode_answer(UPSTREAM, sse(*payloads), max_event_bytes)


def decode_whole(body: object) -> list[Event]:
    """Decode a whole answer and check the order of its events."""
    return events_of(decode_answer(UPSTREAM, json.dumps(body).encode(), is_stream=False))


def payloads_of(body: bytes) -> list[dict[str, object]]:
    """Return the payloads of server-sent events as values, each event's name being its payload's type."""
    decoder = SSEDecoder()
    events = decoder.feed(body) + decoder.close()
    values = [json.loads(event.data) for event in events]
    assert [event.event for event in events] == [value["type"] for value in values]
    return values

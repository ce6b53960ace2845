"""Gemini payloads as Google sends them, for tests of that dialect."""

from __future__ import annotations

import json

from support.decoding import decode_answer, events_of
from support.decoding import options as options_for

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.gemini import GEMINI
from sluiceway.events import Event, Frame
from sluiceway.wire.sse import SSEDecoder, encode_crlf_event

__all__ = [
    "READER",
    "UPSTREAM",
    "call",
    "chunk",
    "decode_stream",
    "decode_whole",
    "events_of",
    "options",
    "payloads_of",
    "sse",
    "text",
]

assert GEMINI.upstream is not None
assert GEMINI.reader is not None
UPSTREAM = GEMINI.upstream
READER = GEMINI.reader


def text(said: str, **fields: object) -> dict[str, object]:
    """Return a part that says something."""
    return {"text": said, **fields}


def call(name: str | None = None, **fields: object) -> dict[str, object]:
    """Return a part that calls a function, or goes on calling it."""
    return {"functionCall": {"name": name, **fields} if name else fields}


def chunk(*parts: object, index: int | None = 0, finish: str | None = None, **top: object) -> bytes:
    """Return the payload of one chunk; ``candidate`` adds to its candidate, other names stand beside it."""
    extra = top.pop("candidate", {})
    assert isinstance(extra, dict)
    candidate: dict[str, object] = {"content": {"parts": parts, "role": "model"}} if parts else {}
    if finish is not None:
        candidate["finishReason"] = finish
    if index is not None:
        candidate["index"] = index
    payload = {"candidates": [{**candidate, **extra}], "modelVersion": "m", "responseId": "r", **top}
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def sse(*payloads: bytes) -> bytes:
    """Return the payloads as server-sent events."""
    return b"".join(encode_crlf_event(payload) for payload in payloads)


def decode_stream(*payloads: bytes, tail: bytes = b"", max_event_bytes: int = 1 << 20) -> list[Frame]:
    """Decode a whole stream of payloads, its end included, and check the order of its events."""
    return decode_answer(UPSTREAM, sse(*payloads) + tail, max_event_bytes)


def decode_whole(body: bytes, max_body_bytes: int = 1 << 20) -> list[Event]:
    """Decode an answer that came whole, and check the order of its events."""
    return events_of(decode_answer(UPSTREAM, body, max_body_bytes, is_stream=False))


def options(framing: Framing = Framing.SSE) -> EncodeOptions:
    """Return options whose fallbacks can be told from what upstreams say."""
    return options_for(framing, include_usage=True)


def payloads_of(body: bytes) -> list[dict[str, object]]:
    """Return the payloads of server-sent events as values."""
    decoder = SSEDecoder()
    return [json.loads(event.data) for event in decoder.feed(body) + decoder.close()]

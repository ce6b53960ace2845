"""Chat Completions payloads as servers send them, for tests of that dialect."""

from __future__ import annotations

import json

from support.decoding import decode_answer, events_of, options, sse

from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.events import Frame
from sluiceway.wire.sse import SSEDecoder

__all__ = ["DONE", "UPSTREAM", "chunk", "decode_stream", "events_of", "options", "payloads_of", "sse"]

DONE = b"[DONE]"

assert OPENAI_CHAT.upstream is not None
UPSTREAM = OPENAI_CHAT.upstream


def chunk(
    delta: object = None, *, index: object = 0, finish: object = None, logprobs: object = None, **top: object
) -> bytes:
    """Return the payload of one chunk; names in ``top`` are set, or replaced, beside ``choices``."""
    choice: dict[str, object] = {"delta": {} if delta is None else delta, "finish_reason": finish}
    if index is not None:
        choice["index"] = index
    if logprobs is not None:
        choice["logprobs"] = logprobs
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return json.dumps({**head, **top}, separators=(",", ":"), ensure_ascii=False).encode()


def decode_stream(*payloads: bytes, max_event_bytes: int = 1 << 20) -> list[Frame]:
    """Decode a whole stream of payloads, its end included, and check the order of its events."""
    return decode_answer(UPSTREAM, sse(*payloads), max_event_bytes)


def payloads_of(body: bytes) -> list[object]:
    """Return the payloads of server-sent events as values, ``[DONE]`` as a string."""
    decoder = SSEDecoder()
    events = decoder.feed(body) + decoder.close()
    return ["[DONE]" if event.data == DONE else json.loads(event.data) for event in events]

"""Legacy Completions payloads as servers send them, for tests of that dialect."""

from __future__ import annotations

import json

from support.decoding import decode_answer, events_of, options, sse

from sluiceway.dialects.openai_completions import OPENAI_COMPLETIONS
from sluiceway.events import Event, Frame

__all__ = ["DONE", "UPSTREAM", "choice", "chunk", "decode_stream", "decode_whole", "events_of", "options", "sse"]

DONE = b"[DONE]"

assert OPENAI_COMPLETIONS.upstream is not None
UPSTREAM = OPENAI_COMPLETIONS.upstream


def choice(text: str = "", finish: object = None, *, index: int = 0, **more: object) -> dict[str, object]:
    """Return one choice."""
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish, **more}


def chunk(*choices: dict[str, object], **top: object) -> bytes:
    """Return the payload of one chunk, or a whole answer; names in ``top`` are set, or replaced, in it."""
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1, "choices": choices, "model": "m"}
    return json.dumps({**head, **top}, separators=(",", ":"), ensure_ascii=False).encode()


def decode_stream(*payloads: bytes, max_event_bytes: int = 1 << 20) -> list[Frame]:
    """Decode a whole stream of payloads, its end included, and check the order of its events."""
    return decode_answer(UPSTREAM, sse(*payloads), max_event_bytes)


def decode_whole(body: bytes) -> list[Event]:
    """Decode an answer that came whole, and check the order of its events."""
    return events_of(decode_answer(UPSTREAM, body, is_stream=False))

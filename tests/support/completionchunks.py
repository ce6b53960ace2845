"""Legacy Completions payloads as servers send them, for tests of that dialect."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.openai_completions import OPENAI_COMPLETIONS
from sluiceway.events import Event, Frame
from sluiceway.order import check_order
from sluiceway.wire.sse import encode_event

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


def sse(*payloads: bytes) -> bytes:
    """Return the payloads as server-sent events."""
    return b"".join(encode_event(payload) for payload in payloads)


def decode_stream(*payloads: bytes, max_event_bytes: int = 1 << 20) -> list[Frame]:
    """Decode a whole stream of payloads, its end included, and check the order of its events."""
    decoder = UPSTREAM.decoder(True, max_event_bytes)
    frames = decoder.feed(sse(*payloads)) + decoder.close()
    check_order(events_of(frames))
    return frames


def decode_whole(body: bytes) -> list[Event]:
    """Decode an answer that came whole, and check the order of its events."""
    decoder = UPSTREAM.decoder(False, 1 << 20)
    events = events_of(decoder.feed(body) + decoder.close())
    check_order(events)
    return events


def events_of(frames: Iterable[Frame]) -> list[Event]:
    """Return the events of all frames in a row."""
    return [event for frame in frames for event in frame.events]


def options(framing: Framing = Framing.SSE, *, include_usage: bool = False) -> EncodeOptions:
    """Return options whose fallbacks can be told from what upstreams say."""
    return EncodeOptions(framing, "gen_1", "asked", 1_700_000_000, include_usage)

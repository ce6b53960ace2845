"""Ollama's lines as servers send them, for tests of that dialect."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sluiceway.dialects.base import EncodeOptions, Endpoint, Framing
from sluiceway.dialects.ollama import OLLAMA
from sluiceway.events import Event, Frame
from sluiceway.order import check_order

__all__ = [
    "CHAT",
    "GENERATE",
    "UPSTREAM",
    "call",
    "chat",
    "chat_done",
    "decode_stream",
    "decode_whole",
    "events_of",
    "generate",
    "ndjson",
    "options",
    "values_of",
]

assert OLLAMA.upstream is not None
assert OLLAMA.reader is not None
UPSTREAM = OLLAMA.upstream
CHAT: Endpoint = OLLAMA.reader.endpoints[0]
GENERATE: Endpoint = OLLAMA.reader.endpoints[1]

_HEAD = {"model": "m", "created_at": "2025-06-03T08:46:59.471368Z"}


def chat(
    content: str = "", *, done: object = False, beside: dict[str, object] | None = None, **said: object
) -> bytes:
    """Return a line of a chat; ``said`` is beside the content, ``beside`` beside the message."""
    message = {"role": "assistant", "content": content, **said}
    return _json({**_HEAD, "message": message, "done": done, **(beside or {})})


def generate(response: str = "", *, done: object = False, **beside: object) -> bytes:
    """Return a line of ``/api/generate``."""
    return _json({**_HEAD, "response": response, "done": done, **beside})


def chat_done(**beside: object) -> bytes:
    """Return the last line of a chat."""
    return chat(done=True, beside={"done_reason": "stop", **beside})


def call(name: str = "f", arguments: object = None, *, id: str | None = None) -> dict[str, object]:  # noqa: A002
    """Return a tool call."""
    function = {"index": 0, "name": name, "arguments": {} if arguments is None else arguments}
    return {"function": function} if id is None else {"id": id, "function": function}


def ndjson(*lines: bytes) -> bytes:
    """Return the lines with their ends."""
    return b"".join(line + b"\n" for line in lines)


def decode_stream(*lines: bytes, max_line_bytes: int = 1 << 20) -> list[Frame]:
    """Decode a whole stream of lines, its end included, and check the order of its events."""
    return _decode(ndjson(*lines), max_line_bytes, is_stream=True)


def decode_whole(body: bytes, *, max_body_bytes: int = 1 << 20) -> list[Frame]:
    """Decode a body that was sent as a whole answer, and check the order of its events."""
    return _decode(body, max_body_bytes, is_stream=False)


def events_of(frames: Iterable[Frame]) -> list[Event]:
    """Return the events of all frames in a row."""
    return [event for frame in frames for event in frame.events]


def options(framing: Framing = Framing.NDJSON) -> EncodeOptions:
    """Return options whose fallbacks can be told from what upstreams say."""
    return EncodeOptions(framing, "gen_1", "asked", 1_700_000_000, include_usage=True)


def values_of(body: bytes) -> list[dict[str, Any]]:
    """Return the lines of a body as values."""
    return [json.loads(line) for line in body.split(b"\n")[:-1]]


def _decode(body: bytes, max_bytes: int, *, is_stream: bool) -> list[Frame]:
    decoder = UPSTREAM.decoder(is_stream, max_bytes)
    frames = decoder.feed(body) + decoder.close()
    check_order(events_of(frames))
    return frames


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

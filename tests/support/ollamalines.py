"""Ollama's lines as servers send them, for tests of that dialect."""

from __future__ import annotations

import json
from typing import Any

from support.decoding import decode_answer, events_of
from support.decoding import options as options_for

from sluiceway.dialects.base import EncodeOptions, Endpoint, Framing
from sluiceway.dialects.ollama import OLLAMA
from sluiceway.events import Frame

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
    return decode_answer(UPSTREAM, ndjson(*lines), max_line_bytes)


def decode_whole(body: bytes, *, max_body_bytes: int = 1 << 20) -> list[Frame]:
    """Decode a body that was sent as a whole answer, and check the order of its events."""
    return decode_answer(UPSTREAM, body, max_body_bytes, is_stream=False)


def options(framing: Framing = Framing.NDJSON) -> EncodeOptions:
    """Return options whose fallbacks can be told from what upstreams say."""
    return options_for(framing, include_usage=True)


def values_of(body: bytes) -> list[dict[str, Any]]:
    """Return the lines of a body as values."""
    return [json.loads(line) for line in body.split(b"\n")[:-1]]


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

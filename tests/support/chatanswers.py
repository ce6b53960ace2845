"""Whole answers of a Chat Completions upstream, as scripts of a `RawServer`.

Each ends with its connection, so that no test meets a connection of the one before it.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from support.chatchunks import DONE, chunk, sse
from support.rawserver import READ, RawServer, Script, chunked, response

__all__ = [
    "FIRST",
    "LAST",
    "STREAM_HEAD",
    "USAGE",
    "Listen",
    "completion",
    "failure",
    "piece",
    "pieces",
    "streamed",
    "unary",
]

STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)
Listen = Callable[..., RawServer]
"""From scripts to the upstream that plays them, where the server under test asks."""

USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def piece(text: str, index: int = 0) -> bytes:
    """Return one chunk of HTTP with one chunk of an answer."""
    return chunked(sse(chunk({"content": text}, index=index)))


FIRST = chunked(sse(chunk({"role": "assistant", "content": ""})))
LAST = chunked(sse(chunk(finish="stop"), chunk(choices=[], usage=USAGE), DONE), b"")


def pieces(*texts: str) -> list[bytes]:
    """Return a whole answer, each text in a chunk of its own."""
    return [STREAM_HEAD, FIRST, *map(piece, texts), LAST]


def streamed(*texts: str) -> Script:
    """Return the script of a whole answer."""
    return [READ, *pieces(*texts)]


def completion(*texts: str) -> bytes:
    """Return the body of a non-streaming answer, one choice for each text."""
    choices = [
        {"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        for index, text in enumerate(texts)
    ]
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m"}
    return json.dumps({**head, "choices": choices, "usage": USAGE}).encode()


def unary(*texts: str) -> Script:
    """Return the script of a non-streaming answer."""
    return [READ, response(completion(*texts), "application/json", "200 OK", "Connection: close")]


def failure(status: str, message: str, *headers: str) -> Script:
    """Return the script of an error response."""
    body = json.dumps({"error": {"message": message, "type": "their_type", "code": "their_code"}}).encode()
    return [READ, response(body, "application/json", status, "Connection: close", *headers)]

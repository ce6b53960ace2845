"""Every recorded answer that the corpora hold, of every dialect: streams, and answers that came whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

__all__ = ["Recording", "recorded_requests", "recordings"]

_CORPORA = Path(__file__).parent.parent / "corpora"
_FOLDERS = {
    "openai_chat": "openai-chat",
    "openai_completions": "openai-completions",
    "openai_responses": "openai-responses",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "ollama": "ollama",
}
_STREAM_SUFFIXES = {".sse", ".bin", ".ndjson", ".txt"}


class Recording(msgspec.Struct, frozen=True):
    """One answer as it came.

    Attributes:
        name: what it is called in a test's name.
        dialect: whose it is.
        body: its bytes.
        is_stream: whether it came as a stream.
    """

    name: str
    dialect: str
    body: bytes
    is_stream: bool


@cache
def recordings() -> tuple[Recording, ...]:
    """Return all recorded answers; error responses are none."""
    return tuple(found for dialect in _FOLDERS for found in (*_files(dialect), *_exchanges(dialect)))


def _files(dialect: str) -> Iterator[Recording]:
    for path in sorted((_CORPORA / _FOLDERS[dialect]).glob("**/*")):
        if path.suffix in _STREAM_SUFFIXES:
            yield Recording(path.name[:60], dialect, path.read_bytes(), is_stream=True)


def _exchanges(dialect: str) -> Iterator[Recording]:
    """Give the answers among Anthropic's own recorded exchanges: text where they streamed, else a message."""
    for path in sorted((_CORPORA / _FOLDERS[dialect]).glob("**/__inline_snapshot__/**/*.json")):
        for number, exchange in enumerate(json.loads(path.read_bytes())):
            body = exchange["response"]["body"]
            name = f"{path.stem[:8]}.{number}"
            if isinstance(body, str):
                yield Recording(name, dialect, body.encode(), is_stream=True)
            elif body["type"] == "message":
                yield Recording(name, dialect, json.dumps(body).encode(), is_stream=False)


@cache
def recorded_requests() -> tuple[tuple[str, str, str, bytes], ...]:
    """Return the recorded requests: dialect, name, URL and body of each."""
    found: list[tuple[str, str, str, bytes]] = []
    for dialect, folder in _FOLDERS.items():
        for path in sorted((_CORPORA / folder).glob("*/index.json")):
            for item in json.loads(path.read_bytes())["items"]:
                name = item["file"].rsplit("/")[-1][:60]
                if item["request"]:
                    found.append((dialect, name, item["uri"], json.dumps(item["request"]).encode()))
        for path in sorted((_CORPORA / folder).glob("**/__inline_snapshot__/**/*.json")):
            for number, exchange in enumerate(json.loads(path.read_bytes())):
                request = exchange["request"]
                found.append((dialect, f"{path.stem[:8]}.{number}", "", json.dumps(request["body"]).encode()))
    return tuple(found)

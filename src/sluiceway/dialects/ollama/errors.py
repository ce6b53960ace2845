"""Error bodies and error lines of Ollama, in both directions: ``{"error": "text"}``, a string and no object.

Source: Ollama's API reference, "Errors" (August 2026), and what its cloud and proxies before it send.
"""

from __future__ import annotations

import json

import msgspec

from sluiceway.errors import SluicewayError, UpstreamFailed
from sluiceway.events import StreamError

__all__ = ["decode_error", "decode_stream_error", "encode_error", "encode_stream_error", "is_error"]

_MAX_TEXT_CHARACTERS = 500

_ANY = msgspec.json.Decoder()
_NO_ERROR = (b"null", b"{}", b'""', b"false")


def encode_error(error: SluicewayError) -> bytes:
    """Return the body of an error response."""
    return msgspec.json.encode({"error": error.message})


def encode_stream_error(event: StreamError) -> bytes:
    """Return the line that breaks a stream off; clients raise on any text but an empty one.

    Ollama's own client for Python takes a text that is JSON for a whole error body, and fails where it is no object.
    """
    text = event.message or event.upstream_code or event.code
    return msgspec.json.encode({"error": f"error: {text}" if _is_json_value(text) else text})


def decode_error(body: bytes) -> str:
    """Return the message of an upstream's error body, empty when it has none.

    A body of plain text, such as a proxy's, is its own message.
    """
    try:
        value = _ANY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = " ".join(body.decode(errors="replace").split())
        return "" if text.startswith(("<", "{", "[")) else text[:_MAX_TEXT_CHARACTERS]
    return _find_message(value)[:_MAX_TEXT_CHARACTERS]


def decode_stream_error(payload: bytes) -> StreamError:
    """Return the event for a line that reports an error."""
    return StreamError(UpstreamFailed.code, decode_error(payload) or "the upstream reported an error")


def is_error(field: msgspec.Raw) -> bool:
    """Return whether an ``error`` field reports one: it is there, and neither null nor empty."""
    return bool(field) and bytes(field) not in _NO_ERROR


def _is_json_value(text: str) -> bool:
    """Return whether Python reads a text as JSON other than an object; ``NaN`` is such a text."""
    try:
        return not isinstance(json.loads(text), dict)
    except json.JSONDecodeError:
        return False
    except (ValueError, RecursionError):
        return True


def _find_message(value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    # {"error":"model 'x' not found"}    {"error":{"message":"…"}}    {"message":"…"}
    found = value.get("error") or value.get("message")
    return _find_message(found)

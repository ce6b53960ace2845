"""Error bodies and error lines of Ollama, in both directions: ``{"error": "text"}``, a string and no object.

Source: Ollama's API reference, "Errors" (August 2026), and what its cloud and proxies before it send.
"""

from __future__ import annotations

import json

import msgspec

from sluiceway.dialects.error_bodies import error_text
from sluiceway.errors import SluicewayError, UpstreamFailed
from sluiceway.events import StreamError

__all__ = ["decode_stream_error", "encode_error", "encode_stream_error"]


def encode_error(error: SluicewayError) -> bytes:
    """Return the body of an error response."""
    return msgspec.json.encode({"error": error.message})


def encode_stream_error(event: StreamError) -> bytes:
    """Return the line that breaks a stream off; clients raise on any text but an empty one.

    Ollama's own client for Python takes a text that is JSON for a whole error body, and fails where it is no object.
    """
    text = event.message or event.upstream_code or event.code
    return msgspec.json.encode({"error": f"error: {text}" if _is_json_value(text) else text})


def decode_stream_error(payload: bytes) -> StreamError:
    """Return the event for a line that reports an error."""
    return StreamError(UpstreamFailed.code, error_text(payload) or "the upstream reported an error")


def _is_json_value(text: str) -> bool:
    """Return whether Python reads a text as JSON other than an object; ``NaN`` is such a text."""
    try:
        return not isinstance(json.loads(text), dict)
    except json.JSONDecodeError:
        return False
    except (ValueError, RecursionError):
        return True

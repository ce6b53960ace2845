"""What error bodies of any vendor say: the record that describes the error, and its words for a person.

The shapes are those of OpenAI, Anthropic, Google, Ollama, Mistral and FastAPI, and what proxies put in their place.
"""

from __future__ import annotations

import msgspec

__all__ = ["error_record", "error_text", "is_error"]

_MAX_TEXT_CHARACTERS = 500

_ANY = msgspec.json.Decoder()
_NO_ERROR = (b"", b"null", b"{}", b'""', b"false")


def error_record(body: bytes) -> dict[str, object]:
    """Return the object that describes the error: what stands under ``error``, else the body; empty if it is none."""
    return _find_record(_parse(body))


def error_text(body: bytes) -> str:
    """Return the message of an error body, empty when it has none; plain text is its own message, a page is none."""
    value = _parse(body)
    if value is None:
        text = " ".join(body.decode(errors="replace").split())
        return "" if text.startswith(("<", "{", "[")) else text[:_MAX_TEXT_CHARACTERS]
    return _find_message(value)[:_MAX_TEXT_CHARACTERS]


def is_error(field: msgspec.Raw) -> bool:
    """Return whether a payload's ``error`` field reports one: it is there, and neither null nor empty."""
    return bytes(field) not in _NO_ERROR


def _parse(body: bytes) -> object:
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _find_record(value: object) -> dict[str, object]:
    # Google sends a list: [{"error":{"code":400,"message":"…","status":"INVALID_ARGUMENT"}}]
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return {}
    inner = value.get("error")
    return inner if isinstance(inner, dict) else value


def _find_message(value: object) -> str:
    if isinstance(value, str):
        return value
    record = _find_record(value)
    # {"error":"model not found"}    {"object":"error","message":"…"}    {"detail":"…"}
    for key in ("message", "error", "detail"):
        found = record.get(key)
        if isinstance(found, str) and found:
            return found
    # {"detail":[{"loc":["body","model"],"msg":"Field required"}]}    {"errors":[{"message":"…"}]}
    for key in ("detail", "errors"):
        found = record.get(key)
        if isinstance(found, list) and found and isinstance(found[0], dict):
            text = found[0].get("msg") or found[0].get("message")
            return text if isinstance(text, str) else ""
    return ""

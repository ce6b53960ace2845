"""Error bodies of Chat Completions, in both directions.

Source: OpenAI's API reference, "Error codes" (August 2026), and error bodies of compatible servers.
"""

from __future__ import annotations

import msgspec

from sluiceway.errors import RequestError, SluicewayError, UpstreamFailed, UpstreamStatusError
from sluiceway.events import StreamError

__all__ = ["decode_error", "decode_stream_error", "encode_error", "encode_stream_error", "is_error"]

_MAX_TEXT_CHARACTERS = 500

_ANY = msgspec.json.Decoder()
_NO_ERROR = (b"null", b"{}", b'""', b"false")
_CODE_KEYS = ("code", "type", "status")


def encode_error(error: SluicewayError) -> bytes:
    """Return the body of an error response; an upstream's own type, param and code are kept."""
    record: dict[str, object] = {
        "message": error.message,
        "type": _type_of(error.status),
        "param": error.field if isinstance(error, RequestError) else None,
        "code": error.code,
    }
    if isinstance(error, UpstreamStatusError):
        theirs = _find_record(_parse(error.body))
        record.update({key: theirs[key] for key in ("type", "param", "code") if isinstance(theirs.get(key), str)})
    elif isinstance(error, UpstreamFailed) and error.upstream_code:
        record["code"] = error.upstream_code
    return msgspec.json.encode({"error": record})


def encode_stream_error(event: StreamError) -> bytes:
    """Return the payload that tells of an error in a stream that was answered with 200."""
    code = event.upstream_code or event.code
    return msgspec.json.encode(
        {"error": {"message": event.message, "type": "server_error", "param": None, "code": code}}
    )


def decode_error(body: bytes) -> str:
    """Return the message of an upstream's error body, empty when it has none.

    Knows the shapes of OpenAI, Mistral, FastAPI, Ollama and Google; a body of plain text is its own message.
    """
    value = _parse(body)
    if value is None:
        text = " ".join(body.decode(errors="replace").split())
        return "" if text.startswith(("<", "{", "[")) else text[:_MAX_TEXT_CHARACTERS]
    return _find_message(value)[:_MAX_TEXT_CHARACTERS]


def decode_stream_error(payload: bytes) -> StreamError:
    """Return the event for a payload that reports an error."""
    record = _find_record(_parse(payload))
    code = next((str(record[key]) for key in _CODE_KEYS if isinstance(record.get(key), str | int)), "")
    message = decode_error(payload) or "the upstream reported an error"
    return StreamError(UpstreamFailed.code, message, code)


def is_error(field: msgspec.Raw) -> bool:
    """Return whether a payload's ``error`` field reports one: it is there, and neither null nor empty."""
    return bool(field) and bytes(field) not in _NO_ERROR


def _type_of(status: int) -> str:
    if status >= 500:
        return "server_error"
    named = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    return named.get(status, "invalid_request_error")


def _parse(body: bytes) -> object:
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _find_record(value: object) -> dict[str, object]:
    """Return the object that describes the error: the body itself, or what stands under ``error``."""
    # Google sends a list: [{"error":{"code":400,"message":"…","status":"INVALID_ARGUMENT"}}]
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return {}
    inner = value.get("error")
    return inner if isinstance(inner, dict) else value


def _find_message(value: object) -> str:
    """Return the message of a parsed body."""
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

"""Error bodies of legacy Completions, in both directions: those of OpenAI's whole API.

Source: OpenAI's API reference, "Error codes" (August 2026), and error bodies of compatible servers.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.errors import RequestError, SluicewayError, UpstreamFailed, UpstreamStatusError
from sluiceway.events import StreamError

__all__ = ["decode_error", "decode_stream_error", "encode_error", "encode_stream_error", "is_error"]

_MAX_TEXT_CHARACTERS = 500

_ANY = msgspec.json.Decoder()
_NO_ERROR = (b"", b"null", b"{}", b'""', b"false")
_TYPE_OF = MappingProxyType({401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"})


def encode_error(error: SluicewayError) -> bytes:
    """Return the body of an error response; an upstream's own type, param and code are kept."""
    kind = "server_error" if error.status >= 500 else _TYPE_OF.get(error.status, "invalid_request_error")
    field = error.field if isinstance(error, RequestError) else None
    record: dict[str, object] = {"message": error.message, "type": kind, "param": field, "code": error.code}
    if isinstance(error, UpstreamStatusError):
        theirs = _find_record(_parse(error.body))
        record.update({key: theirs[key] for key in ("type", "param", "code") if isinstance(theirs.get(key), str)})
    elif isinstance(error, UpstreamFailed) and error.upstream_code:
        record["code"] = error.upstream_code
    return msgspec.json.encode({"error": record})


def encode_stream_error(event: StreamError) -> bytes:
    """Return the payload that tells of an error in a stream that was answered with 200."""
    code = event.upstream_code or event.code
    record = {"message": event.message, "type": "server_error", "param": None, "code": code}
    return msgspec.json.encode({"error": record})


def decode_error(body: bytes) -> str:
    """Return the message of an upstream's error body, empty when it has none.

    A body of plain text is its own message; a page or broken JSON is none.
    """
    value = _parse(body)
    if value is None:
        text = " ".join(body.decode(errors="replace").split())
        return "" if text.startswith(("<", "{", "[")) else text[:_MAX_TEXT_CHARACTERS]
    return _find_message(value)[:_MAX_TEXT_CHARACTERS]


def decode_stream_error(payload: bytes) -> StreamError:
    """Return the event for a payload that reports an error."""
    record = _find_record(_parse(payload))
    code = next((str(record[key]) for key in ("code", "type") if isinstance(record.get(key), str | int)), "")
    return StreamError(UpstreamFailed.code, decode_error(payload) or "the upstream reported an error", code)


def is_error(field: msgspec.Raw) -> bool:
    """Return whether a payload's ``error`` field reports one: it is there, and neither null nor empty."""
    return bytes(field) not in _NO_ERROR


def _parse(body: bytes) -> object:
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _find_record(value: object) -> dict[str, object]:
    """Return the object that describes the error: the body itself, or what stands under ``error``."""
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
    # FastAPI sends {"detail":[{"loc":["body","model"],"msg":"Field required"}]}
    details = record.get("detail")
    if isinstance(details, list) and details and isinstance(details[0], dict):
        text = details[0].get("msg")
        return text if isinstance(text, str) else ""
    return ""

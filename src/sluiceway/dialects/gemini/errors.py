"""Error bodies of Gemini, in both directions.

Source: Google's "Cloud APIs: Errors" (``google.rpc.Status`` and its codes), read August 2026; and google-genai 1.30,
whose clients raise on a chunk that begins with ``{"error":`` and take its ``code`` for an HTTP status.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.errors import (
    BufferLimitExceeded,
    EngineError,
    EngineUnavailable,
    RemoteProtocolError,
    SluicewayError,
    UpstreamFailed,
    UpstreamStatusError,
    UpstreamTimeout,
)
from sluiceway.events import StreamError

__all__ = ["decode_error", "decode_stream_error", "encode_error", "encode_stream_error"]

_MAX_TEXT_CHARACTERS = 500

_ANY = msgspec.json.Decoder()

_WORD_OF = MappingProxyType(
    {
        400: "INVALID_ARGUMENT",
        401: "UNAUTHENTICATED",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        409: "ABORTED",
        429: "RESOURCE_EXHAUSTED",
        499: "CANCELLED",
        500: "INTERNAL",
        501: "UNIMPLEMENTED",
        503: "UNAVAILABLE",
        504: "DEADLINE_EXCEEDED",
    }
)
_STATUS_OF = MappingProxyType({word: status for status, word in _WORD_OF.items()})

_STATUS_OF_CODE = MappingProxyType(
    {
        error.code: error.status
        for error in (
            BufferLimitExceeded,
            EngineError,
            EngineUnavailable,
            RemoteProtocolError,
            UpstreamFailed,
            UpstreamTimeout,
        )
    }
)


def encode_error(error: SluicewayError) -> bytes:
    """Return the body of an error response; an upstream's own word and details are kept."""
    record: dict[str, object] = {
        "code": error.status,
        "message": error.message,
        "status": _word(error.status),
    }
    if isinstance(error, UpstreamStatusError):
        theirs = _find_record(_parse(error.body))
        # {"error":{"code":429,"message":"…","status":"RESOURCE_EXHAUSTED","details":[{"@type":"….RetryInfo",…}]}}
        if isinstance(theirs.get("status"), str):
            record["status"] = theirs["status"]
        if isinstance(theirs.get("details"), list):
            record["details"] = theirs["details"]
    elif isinstance(error, UpstreamFailed) and error.upstream_code in _STATUS_OF:
        record["status"] = error.upstream_code
    return msgspec.json.encode({"error": record})


def encode_stream_error(event: StreamError) -> bytes:
    """Return the payload that tells of an error in a stream that was answered with 200."""
    word = event.upstream_code
    status = _STATUS_OF.get(word) or _http_status(word) or _STATUS_OF_CODE.get(event.code, 500)
    record: dict[str, object] = {"code": status, "message": event.message, "status": _word(status)}
    return msgspec.json.encode({"error": record})


def decode_error(body: bytes) -> str:
    """Return the message of an upstream's error body, empty when it has none; plain text is its own message."""
    value = _parse(body)
    if value is None:
        text = " ".join(body.decode(errors="replace").split())
        return "" if text.startswith(("<", "{", "[")) else text[:_MAX_TEXT_CHARACTERS]
    return _find_message(value)[:_MAX_TEXT_CHARACTERS]


def decode_stream_error(payload: bytes) -> StreamError:
    """Return the event for a payload that reports an error."""
    # "error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}
    record = _find_record(_parse(payload))
    code = next((str(record[key]) for key in ("status", "code") if isinstance(record.get(key), str | int)), "")
    return StreamError(UpstreamFailed.code, decode_error(payload) or "the upstream reported an error", code)


def _http_status(word: str) -> int | None:
    return int(word) if len(word) == 3 and word.isascii() and word.isdigit() and word >= "400" else None


def _word(status: int) -> str:
    return _WORD_OF.get(status) or ("INVALID_ARGUMENT" if status < 500 else "UNAVAILABLE")


def _parse(body: bytes) -> object:
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _find_record(value: object) -> dict[str, object]:
    """Return the object that describes the error: the body itself, or what stands under ``error``."""
    # Without alt=sse Google sends a list: [{"error":{"code":400,"message":"…","status":"INVALID_ARGUMENT"}}]
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
    # {"error":{"message":"…"}}    {"error":"…"}    {"detail":"…"}
    found = (record.get(key) for key in ("message", "error", "detail"))
    return next((text for text in found if isinstance(text, str) and text), "")

"""Error bodies of Gemini, in both directions.

Source: Google's "Cloud APIs: Errors" (``google.rpc.Status`` and its codes), read August 2026; and google-genai 1.30,
whose clients raise on a chunk that begins with ``{"error":`` and take its ``code`` for an HTTP status.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.error_bodies import error_record, error_text
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

__all__ = ["decode_stream_error", "encode_error", "encode_stream_error"]

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
        theirs = error_record(error.body)
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


def decode_stream_error(payload: bytes) -> StreamError:
    """Return the event for a payload that reports an error."""
    # "error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}
    record = error_record(payload)
    code = next((str(record[key]) for key in ("status", "code") if isinstance(record.get(key), str | int)), "")
    return StreamError(UpstreamFailed.code, error_text(payload) or "the upstream reported an error", code)


def _http_status(word: str) -> int | None:
    return int(word) if len(word) == 3 and word.isascii() and word.isdigit() and word >= "400" else None


def _word(status: int) -> str:
    return _WORD_OF.get(status) or ("INVALID_ARGUMENT" if status < 500 else "UNAVAILABLE")

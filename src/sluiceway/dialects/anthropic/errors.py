"""Error bodies of the Messages API, in both directions; the ``error`` event of a stream holds the same.

Source: Anthropic's API reference, "Errors" (August 2026), and the errors its Python client knows.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.error_bodies import error_record, error_text
from sluiceway.errors import (
    ServerBusy,
    ServerDraining,
    SluicewayError,
    UpstreamFailed,
    UpstreamStatusError,
    UpstreamTimeout,
)
from sluiceway.events import StreamError

__all__ = ["decode_stream_error", "encode_error", "encode_stream_error"]

_SERVERS_FAULT = "api_error"

_TYPE_OF_STATUS = MappingProxyType(
    {
        401: "authentication_error",
        402: "billing_error",
        403: "permission_error",
        404: "not_found_error",
        413: "request_too_large",
        429: "rate_limit_error",
        503: "overloaded_error",
        504: "timeout_error",
        529: "overloaded_error",
    }
)
_TYPES = frozenset({"invalid_request_error", _SERVERS_FAULT, *_TYPE_OF_STATUS.values()})

_TYPE_OF_CODE = MappingProxyType(
    {
        ServerBusy.code: "overloaded_error",
        ServerDraining.code: "overloaded_error",
        UpstreamTimeout.code: "timeout_error",
    }
)


def encode_error(error: SluicewayError) -> bytes:
    """Return the body of an error response; an upstream's own type is kept if it is one of Anthropic's."""
    kind = _type_of_status(error.status)
    if isinstance(error, UpstreamStatusError):
        kind = _known(error_record(error.body).get("type"), kind)
    elif isinstance(error, UpstreamFailed):
        kind = _known(error.upstream_code, kind)
    return _encode(kind, error.message)


def encode_stream_error(event: StreamError) -> bytes:
    """Return the payload that tells of an error in a stream that was answered with 200."""
    return _encode(_known(event.upstream_code, _TYPE_OF_CODE.get(event.code, _SERVERS_FAULT)), event.message)


def decode_stream_error(payload: bytes) -> StreamError:
    """Return the event for a payload that reports an error.

    {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}
    """
    record = error_record(payload)
    code = record.get("type")
    message = error_text(payload) or "the upstream reported an error"
    return StreamError(UpstreamFailed.code, message, code if isinstance(code, str) and code != "error" else "")


def _encode(kind: str, message: str) -> bytes:
    return msgspec.json.encode({"type": "error", "error": {"type": kind, "message": message}})


def _type_of_status(status: int) -> str:
    return _TYPE_OF_STATUS.get(status, _SERVERS_FAULT if status >= 500 else "invalid_request_error")


def _known(kind: object, otherwise: str) -> str:
    return kind if isinstance(kind, str) and kind in _TYPES else otherwise

"""Error bodies of OpenAI's APIs, in both directions.

Source: OpenAI's API reference, "Error codes" (August 2026), and error bodies of compatible servers.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.error_bodies import error_record, error_text
from sluiceway.errors import RequestError, SluicewayError, UpstreamFailed, UpstreamStatusError
from sluiceway.events import StreamError

__all__ = ["decode_stream_error", "encode_error", "encode_stream_error", "stream_error_record"]

_TYPE_OF = MappingProxyType({401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"})
_CODE_KEYS = ("code", "type", "status")


def encode_error(error: SluicewayError) -> bytes:
    """Return the body of an error response; an upstream's own type, param and code are kept."""
    kind = "server_error" if error.status >= 500 else _TYPE_OF.get(error.status, "invalid_request_error")
    field = error.field if isinstance(error, RequestError) else None
    record: dict[str, object] = {"message": error.message, "type": kind, "param": field, "code": error.code}
    if isinstance(error, UpstreamStatusError):
        theirs = error_record(error.body)
        record.update({key: theirs[key] for key in ("type", "param", "code") if isinstance(theirs.get(key), str)})
    elif isinstance(error, UpstreamFailed) and error.upstream_code:
        record["code"] = error.upstream_code
    return msgspec.json.encode({"error": record})


def encode_stream_error(event: StreamError) -> bytes:
    """Return the payload that tells of an error in a stream that was answered with 200."""
    return msgspec.json.encode({"error": stream_error_record(event)})


def stream_error_record(event: StreamError) -> dict[str, object]:
    """Return the record of such a payload."""
    code = event.upstream_code or event.code
    return {"message": event.message, "type": "server_error", "param": None, "code": code}


def decode_stream_error(payload: bytes) -> StreamError:
    """Return the event for a payload that reports an error."""
    record = error_record(payload)
    # Responses' event says {"type":"error","code":null,"message":"…"}: that type is the event's own
    named = [record.get(key) for key in _CODE_KEYS if record.get(key) != "error"]
    code = next((str(name) for name in named if isinstance(name, str | int)), "")
    return StreamError(UpstreamFailed.code, error_text(payload) or "the upstream reported an error", code)

"""Error bodies and error events of Responses, in both directions.

A stream that breaks off ends with the event ``error``. It says so twice: flat, as the reference has it, and below
``error``, as OpenAI's servers send it and on which OpenAI's own clients raise.

Source: OpenAI's API reference, "Error codes" and "Streaming events" (August 2026), and recorded errors.
"""

from __future__ import annotations

import msgspec

from sluiceway.errors import RequestError, SluicewayError, UpstreamFailed, UpstreamStatusError
from sluiceway.events import StreamError

__all__ = ["decode_error", "decode_stream_error", "encode_error", "encode_stream_error"]

_MAX_TEXT_CHARACTERS = 500

_ANY = msgspec.json.Decoder()


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


def encode_stream_error(event: StreamError) -> dict[str, object]:
    """Return the fields of the event that tells of an error in a stream."""
    flat: dict[str, object] = {"code": event.upstream_code or event.code, "message": event.message, "param": None}
    return {**flat, "error": {"type": "server_error", **flat}}


def decode_error(body: bytes) -> str:
    """Return the message of an upstream's error body, empty when it has none; plain text is its own message."""
    value = _parse(body)
    if value is None:
        text = " ".join(body.decode(errors="replace").split())
        return "" if text.startswith(("<", "{", "[")) else text[:_MAX_TEXT_CHARACTERS]
    return _find_message(value)[:_MAX_TEXT_CHARACTERS]


def decode_stream_error(payload: bytes) -> StreamError:
    """Return the event for a payload, or an ``error`` field, that reports an error."""
    record = _find_record(_parse(payload))
    # Recorded was {"type":"error","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"…",…}}
    # The reference has {"type":"error","code":null,"message":"…","param":null}
    named = [record.get("code"), record.get("type") if record.get("type") != "error" else None]
    code = next((str(name) for name in named if isinstance(name, str | int)), "")
    return StreamError(UpstreamFailed.code, decode_error(payload) or "the upstream reported an error", code)


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
    if not isinstance(value, dict):
        return {}
    inner = value.get("error")
    return inner if isinstance(inner, dict) else value


def _find_message(value: object) -> str:
    if isinstance(value, str):
        return value
    record = _find_record(value)
    # {"error":"model not found"}    {"detail":"Not Found"}
    return next((text for key in ("message", "error", "detail") if isinstance(text := record.get(key), str)), "")

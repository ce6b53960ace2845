from __future__ import annotations

import json

import pytest

from sluiceway.dialects.anthropic.errors import (
    decode_stream_error,
    encode_error,
    encode_stream_error,
)
from sluiceway.errors import (
    RequestError,
    ServerBusy,
    SluicewayError,
    UpstreamFailed,
    UpstreamStatusError,
    UpstreamTimeout,
)
from sluiceway.events import StreamError


def error_of(body: bytes) -> dict[str, object]:
    record = json.loads(body)
    assert record["type"] == "error"
    error: dict[str, object] = record["error"]
    return error


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "invalid_request_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "overloaded_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_every_status_has_its_type(status: int, kind: str) -> None:
    assert error_of(encode_error(RequestError("no", status=status))) == {"type": kind, "message": "no"}


def test_the_upstreams_own_type_is_kept_if_clients_know_it() -> None:
    body = b'{"type":"error","error":{"type":"billing_error","message":"pay"}}'
    assert error_of(encode_error(UpstreamStatusError(400, "pay", body=body)))["type"] == "billing_error"
    other = UpstreamStatusError(429, "slow", body=b'{"error":{"type":"tokens","message":"slow"}}')
    assert error_of(encode_error(other))["type"] == "rate_limit_error"
    assert error_of(encode_error(UpstreamStatusError(500, "?", body=b"<html>")))["type"] == "api_error"
    assert error_of(encode_error(UpstreamStatusError(500, "?", body=b"[]")))["type"] == "api_error"


def test_an_error_reported_in_an_answer_keeps_its_type() -> None:
    error = UpstreamFailed("Overloaded", upstream_code="overloaded_error")
    assert error_of(encode_error(error))["type"] == "overloaded_error"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (StreamError("upstream_failed", "no", "overloaded_error"), "overloaded_error"),
        (StreamError("upstream_failed", "no", "tool_use_failed"), "api_error"),
        (StreamError(UpstreamTimeout.code, "no"), "timeout_error"),
        (StreamError(ServerBusy.code, "no"), "overloaded_error"),
        (StreamError(SluicewayError.code, "no"), "api_error"),
    ],
)
def test_an_error_in_a_stream_has_a_type_clients_know(event: StreamError, kind: str) -> None:
    assert error_of(encode_stream_error(event)) == {"type": kind, "message": "no"}


def test_an_error_of_a_stream_keeps_the_vendors_type() -> None:
    payload = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    assert decode_stream_error(payload) == StreamError("upstream_failed", "Overloaded", "overloaded_error")


@pytest.mark.parametrize("payload", [b'{"type":"error"}', b'{"error":{"type":7}}', b"{"])
def test_an_error_without_words_is_still_one(payload: bytes) -> None:
    assert decode_stream_error(payload) == StreamError("upstream_failed", "the upstream reported an error")

from __future__ import annotations

import json

import pytest

from sluiceway.dialects.openai_responses.errors import (
    decode_error,
    decode_stream_error,
    encode_error,
    encode_stream_error,
)
from sluiceway.errors import (
    EngineUnavailable,
    ModelNotFound,
    RequestError,
    SluicewayError,
    UpstreamFailed,
    UpstreamStatusError,
)
from sluiceway.events import StreamError


def record_of(error: SluicewayError) -> dict[str, object]:
    record: dict[str, object] = json.loads(encode_error(error))["error"]
    return record


def test_an_error_names_its_field_and_code() -> None:
    assert record_of(RequestError("no", field="input[0].role")) == {
        "message": "no",
        "type": "invalid_request_error",
        "param": "input[0].role",
        "code": "invalid_request",
    }


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EngineUnavailable("gone"), "server_error"),
        (ModelNotFound("none"), "invalid_request_error"),
        (UpstreamStatusError(429, "slow"), "rate_limit_error"),
        (UpstreamStatusError(401, "who"), "authentication_error"),
        (UpstreamStatusError(403, "no"), "permission_error"),
    ],
)
def test_the_type_follows_the_status(error: SluicewayError, kind: str) -> None:
    assert record_of(error)["type"] == kind


def test_an_upstreams_own_words_are_kept() -> None:
    body = b'{"error":{"message":"no","type":"invalid_request_error","param":"input[3]","code":"invalid_value"}}'
    record = record_of(UpstreamStatusError(400, "no", body=body))
    assert (record["param"], record["code"]) == ("input[3]", "invalid_value")


def test_an_upstreams_failure_keeps_its_code() -> None:
    assert record_of(UpstreamFailed("no", upstream_code="insufficient_quota"))["code"] == "insufficient_quota"
    assert record_of(UpstreamFailed("no"))["code"] == "upstream_failed"


def test_a_stream_error_is_told_flat_and_nested() -> None:
    assert encode_stream_error(StreamError("engine_unavailable", "gone")) == {
        "code": "engine_unavailable",
        "message": "gone",
        "param": None,
        "error": {"type": "server_error", "code": "engine_unavailable", "message": "gone", "param": None},
    }


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b'{"type":"error","error":{"type":"t","code":"c","message":"no","param":null}}', "c"),
        (b'{"type":"error","error":{"type":"t","code":null,"message":"no"}}', "t"),
        (b'{"type":"error","code":"c","message":"no","param":null}', "c"),
        (b'{"type":"error","code":null,"message":"no"}', ""),
        (b'{"code":502,"message":"no"}', "502"),
        (b"no", ""),
    ],
)
def test_a_stream_error_is_read_in_every_form(payload: bytes, code: str) -> None:
    assert decode_stream_error(payload) == StreamError("upstream_failed", "no", code)


def test_a_stream_error_without_a_message_gets_one() -> None:
    assert decode_stream_error(b"[]").message == "the upstream reported an error"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error":{"message":"no"}}', "no"),
        (b'{"error":"no"}', "no"),
        (b'{"detail":"no"}', "no"),
        (b'"no"', "no"),
        (b"out of\nmemory", "out of memory"),
        (b"<html>", ""),
        (b"{}", ""),
        (b"[" * 5000, ""),
        (b"x" * 900, "x" * 500),
    ],
)
def test_a_message_is_found(body: bytes, message: str) -> None:
    assert decode_error(body) == message

from __future__ import annotations

import json

import pytest

from sluiceway.dialects.openai_api.errors import decode_stream_error, encode_error, encode_stream_error
from sluiceway.errors import (
    EngineUnavailable,
    RequestError,
    SluicewayError,
    UpstreamFailed,
    UpstreamStatusError,
)
from sluiceway.events import StreamError


def encoded(error: SluicewayError) -> dict[str, object]:
    record: dict[str, object] = json.loads(encode_error(error))["error"]
    return record


def test_a_request_error_names_its_field() -> None:
    assert encoded(RequestError("no", field="messages[0].role")) == {
        "message": "no",
        "type": "invalid_request_error",
        "param": "messages[0].role",
        "code": "invalid_request",
    }


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "server_error"),
        (503, "server_error"),
    ],
)
def test_the_type_follows_the_status(status: int, kind: str) -> None:
    assert encoded(UpstreamStatusError(status, "no"))["type"] == kind


def test_an_upstreams_own_type_param_and_code_are_kept() -> None:
    body = b'{"error":{"message":"long","type":"t","param":"messages","code":"context_length_exceeded"}}'
    assert encoded(UpstreamStatusError(400, "long", body=body)) == {
        "message": "long",
        "type": "t",
        "param": "messages",
        "code": "context_length_exceeded",
    }


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error":{"code":502,"type":null}}', b'{"error":"no"}'])
def test_an_upstreams_body_without_words_changes_nothing(body: bytes) -> None:
    assert encoded(UpstreamStatusError(502, "no", body=body)) == {
        "message": "no",
        "type": "server_error",
        "param": None,
        "code": "upstream_error",
    }


def test_an_error_inside_a_stream_keeps_its_code_before_the_first_byte() -> None:
    assert encoded(UpstreamFailed("no", upstream_code="tool_use_failed"))["code"] == "tool_use_failed"
    assert encoded(UpstreamFailed("no"))["code"] == "upstream_failed"
    assert encoded(EngineUnavailable("no"))["code"] == "engine_unavailable"


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (StreamError("engine_unavailable", "gone"), "engine_unavailable"),
        (StreamError("upstream_failed", "gone", "x"), "x"),
    ],
)
def test_an_error_in_a_stream_is_told_with_the_best_known_code(event: StreamError, code: str) -> None:
    assert json.loads(encode_stream_error(event)) == {
        "error": {"message": "gone", "type": "server_error", "param": None, "code": code}
    }


@pytest.mark.parametrize(
    ("payload", "message", "code"),
    [
        (
            b'{"error":{"message":"no","type":"invalid_request_error","code":"tool_use_failed"}}',
            "no",
            "tool_use_failed",
        ),
        (b'{"error":{"message":"no","type":"overloaded","code":null}}', "no", "overloaded"),
        (b'{"error":{"message":"no","code":502},"choices":[]}', "no", "502"),
        (b'{"error":{"x":1}}', "the upstream reported an error", ""),
        (b"busy", "busy", ""),
        (b'{"type":"error","error":{"type":"t","code":null,"message":"no"}}', "no", "t"),
        (b'{"type":"error","code":"c","message":"no","param":null}', "no", "c"),
        (b'{"type":"error","code":null,"message":"no"}', "no", ""),
    ],
)
def test_a_reported_error_keeps_the_vendors_words(payload: bytes, message: str, code: str) -> None:
    assert decode_stream_error(payload) == StreamError("upstream_failed", message, code)

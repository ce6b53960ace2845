from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.openai_chat.errors import (
    decode_error,
    decode_stream_error,
    encode_error,
    encode_stream_error,
    is_error,
)
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
    ("body", "message"),
    [
        (b'{"error":{"message":"no","type":"t"}}', "no"),
        (b'{"error":"no"}', "no"),
        (b'{"object":"error","message":"no","code":404}', "no"),
        (b'{"detail":"no"}', "no"),
        (b'{"detail":[{"loc":["body"],"msg":"no"}]}', "no"),
        (b'{"errors":[{"message":"no"}]}', "no"),
        (b'[{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}}]', "no"),
        (b'"no"', "no"),
        (b"upstream  connect\nerror", "upstream connect error"),
        (b"x" * 600, "x" * 500),
        (b'{"detail":[{"msg":1}]}', ""),
        (b'{"detail":[]}', ""),
        (b"[]", ""),
        (b"{}", ""),
        (b"5", ""),
        (b"", ""),
        (b"<html><h1>502</h1></html>", ""),
        (b'{"error":', ""),
        (b"[" * 100_000, ""),
        (b"caf\xe9", "caf�"),
    ],
)
def test_the_message_is_found_in_many_vendors_bodies(body: bytes, message: str) -> None:
    assert decode_error(body) == message


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
    ],
)
def test_a_reported_error_keeps_the_vendors_words(payload: bytes, message: str, code: str) -> None:
    assert decode_stream_error(payload) == StreamError("upstream_failed", message, code)


@pytest.mark.parametrize("field", [b"", b"null", b"{}", b'""', b"false"])
def test_an_error_field_that_is_empty_reports_none(field: bytes) -> None:
    assert not is_error(msgspec.Raw(field))


def test_an_error_field_with_anything_in_it_reports_one() -> None:
    assert is_error(msgspec.Raw(b'"no"'))

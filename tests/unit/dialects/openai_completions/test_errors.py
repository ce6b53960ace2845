from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.openai_completions.errors import (
    decode_error,
    decode_stream_error,
    encode_error,
    encode_stream_error,
    is_error,
)
from sluiceway.errors import ModelNotFound, RequestError, SluicewayError, UpstreamFailed, UpstreamStatusError
from sluiceway.events import StreamError


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "invalid_request_error"),
        (429, "rate_limit_error"),
        (503, "server_error"),
    ],
)
def test_each_status_has_its_type(status: int, kind: str) -> None:
    body = json.loads(encode_error(RequestError("no", field="prompt", status=status)))
    assert body == {"error": {"message": "no", "type": kind, "param": "prompt", "code": "invalid_request"}}


def test_an_upstreams_own_words_are_kept() -> None:
    theirs = b'{"error":{"message":"no","type":"t","param":null,"code":"c"}}'
    record = json.loads(encode_error(UpstreamStatusError(400, "no", body=theirs)))["error"]
    assert record == {"message": "no", "type": "t", "param": None, "code": "c"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UpstreamFailed("no", upstream_code="overloaded"), "overloaded"),
        (UpstreamFailed("no"), "upstream_failed"),
        (ModelNotFound("no"), "model_not_found"),
        (UpstreamStatusError(500, "no", body=b"<html>"), "upstream_error"),
    ],
)
def test_codes_are_stable(error: SluicewayError, code: str) -> None:
    assert json.loads(encode_error(error))["error"]["code"] == code


@pytest.mark.parametrize(("upstream_code", "code"), [("", "gone"), ("theirs", "theirs")])
def test_an_error_in_a_stream_has_a_payload(upstream_code: str, code: str) -> None:
    record = {"message": "no", "type": "server_error", "param": None, "code": code}
    assert json.loads(encode_stream_error(StreamError("gone", "no", upstream_code))) == {"error": record}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error":{"message":"a"}}', "a"),
        (b'{"error":"a"}', "a"),
        (b'{"object":"error","message":"a"}', "a"),
        (b'{"detail":"a"}', "a"),
        (b'{"detail":[{"loc":["body"],"msg":"a"}]}', "a"),
        (b'{"detail":[{"loc":["body"]}]}', ""),
        (b'{"detail":[]}', ""),
        (b'"a"', "a"),
        (b"[1]", ""),
        (b"not\n found", "not found"),
        (b"<html>", ""),
        (b'{"error', ""),
        (b"x" * 600, "x" * 500),
    ],
)
def test_error_bodies_give_their_message(body: bytes, message: str) -> None:
    assert decode_error(body) == message


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (b'{"error":{"message":"a","code":7}}', StreamError("upstream_failed", "a", "7")),
        (b'{"error":{"message":"a","code":null,"type":"t"}}', StreamError("upstream_failed", "a", "t")),
        (b'{"error":true}', StreamError("upstream_failed", "the upstream reported an error")),
    ],
)
def test_an_upstreams_error_in_a_stream_is_an_event(payload: bytes, event: StreamError) -> None:
    assert decode_stream_error(payload) == event


@pytest.mark.parametrize(("field", "is_one"), [("", False), ("null", False), ('""', False), ('{"a":1}', True)])
def test_only_an_error_that_says_something_is_one(field: str, *, is_one: bool) -> None:
    assert is_error(msgspec.Raw(field.encode())) is is_one

from __future__ import annotations

import json

import pytest

from sluiceway.dialects.gemini.errors import decode_stream_error, encode_error, encode_stream_error
from sluiceway.errors import (
    EngineUnavailable,
    ModelNotFound,
    RequestError,
    SluicewayError,
    UpstreamFailed,
    UpstreamStatusError,
    UpstreamTimeout,
)
from sluiceway.events import StreamError

QUOTA = {
    "error": {
        "code": 429,
        "message": "Resource has been exhausted",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.4s"}],
    }
}


@pytest.mark.parametrize(
    ("error", "status", "word"),
    [
        (RequestError("no"), 400, "INVALID_ARGUMENT"),
        (RequestError("no", status=401), 401, "UNAUTHENTICATED"),
        (RequestError("no", status=406), 406, "INVALID_ARGUMENT"),
        (ModelNotFound("no"), 404, "NOT_FOUND"),
        (UpstreamTimeout("idle", 1), 504, "DEADLINE_EXCEEDED"),
        (EngineUnavailable("no"), 503, "UNAVAILABLE"),
        (UpstreamFailed("no"), 502, "UNAVAILABLE"),
        (UpstreamFailed("no", upstream_code="tool_use_failed"), 502, "UNAVAILABLE"),
        (UpstreamFailed("no", upstream_code="RESOURCE_EXHAUSTED"), 502, "RESOURCE_EXHAUSTED"),
        (SluicewayError("no"), 500, "INTERNAL"),
    ],
)
def test_an_error_has_its_status_and_googles_word(error: SluicewayError, status: int, word: str) -> None:
    record = json.loads(encode_error(error))["error"]
    assert record == {"code": status, "message": error.message, "status": word}


def test_what_google_says_of_its_own_error_is_kept() -> None:
    error = UpstreamStatusError(429, "Resource has been exhausted", body=json.dumps([QUOTA]).encode())
    assert json.loads(encode_error(error)) == QUOTA


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b'{"error":{"status":5,"details":{}}}'])
def test_another_body_adds_nothing(body: bytes) -> None:
    record = json.loads(encode_error(UpstreamStatusError(429, "slow down", body=body)))["error"]
    assert record == {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}


@pytest.mark.parametrize(
    ("event", "status", "word"),
    [
        (StreamError("upstream_failed", "no", "UNAVAILABLE"), 503, "UNAVAILABLE"),
        (StreamError("upstream_failed", "no", "429"), 429, "RESOURCE_EXHAUSTED"),
        (StreamError("upstream_failed", "no", "200"), 502, "UNAVAILABLE"),
        (StreamError("upstream_failed", "no", "overloaded_error"), 502, "UNAVAILABLE"),
        (StreamError("upstream_timeout", "no"), 504, "DEADLINE_EXCEEDED"),
        (StreamError("reader_too_slow", "no"), 500, "INTERNAL"),
    ],
)
def test_an_error_in_a_stream_begins_with_its_name(event: StreamError, status: int, word: str) -> None:
    payload = encode_stream_error(event)
    assert payload.startswith(b'{"error":')
    assert json.loads(payload)["error"] == {"code": status, "message": "no", "status": word}


def test_an_error_in_a_stream_gives_its_message_and_word() -> None:
    found = decode_stream_error(json.dumps(QUOTA).encode())
    assert found == StreamError("upstream_failed", "Resource has been exhausted", "RESOURCE_EXHAUSTED")


def test_an_error_without_a_word_gives_its_number() -> None:
    assert decode_stream_error(b'{"error":{"code":500}}') == StreamError(
        "upstream_failed", "the upstream reported an error", "500"
    )
    assert decode_stream_error(b'{"error":"no"}').upstream_code == ""

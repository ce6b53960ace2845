from __future__ import annotations

import json

import pytest

from sluiceway.dialects.ollama.errors import (
    decode_stream_error,
    encode_error,
    encode_stream_error,
)
from sluiceway.errors import ModelNotFound, UpstreamStatusError
from sluiceway.events import StreamError


@pytest.mark.parametrize("error", [ModelNotFound("no such model"), UpstreamStatusError(429, "no such model")])
def test_an_error_body_is_one_string(error: ModelNotFound | UpstreamStatusError) -> None:
    assert json.loads(encode_error(error)) == {"error": "no such model"}


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (StreamError("upstream_failed", "it broke", "x"), "it broke"),
        (StreamError("upstream_failed", "", "x"), "x"),
        (StreamError("upstream_failed", ""), "upstream_failed"),
        (StreamError("upstream_failed", "404"), "error: 404"),
        (StreamError("upstream_failed", "NaN"), "error: NaN"),
        (StreamError("upstream_failed", "1" * 5_000), "error: " + "1" * 5_000),
        (StreamError("upstream_failed", "[" * 100_000), "error: " + "[" * 100_000),
        (StreamError("upstream_failed", '{"error":"x"}'), '{"error":"x"}'),
    ],
)
def test_an_error_line_always_says_something(event: StreamError, text: str) -> None:
    assert json.loads(encode_stream_error(event)) == {"error": text}


def test_an_error_line_becomes_the_event() -> None:
    assert decode_stream_error(b'{"error":"it broke"}') == StreamError("upstream_failed", "it broke")
    assert decode_stream_error(b'{"error":7}').message == "the upstream reported an error"

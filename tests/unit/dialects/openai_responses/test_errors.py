from __future__ import annotations

from sluiceway.dialects.openai_responses.errors import encode_stream_error
from sluiceway.events import StreamError


def test_a_stream_error_is_told_flat_and_nested() -> None:
    assert encode_stream_error(StreamError("engine_unavailable", "gone")) == {
        "code": "engine_unavailable",
        "message": "gone",
        "param": None,
        "error": {"type": "server_error", "code": "engine_unavailable", "message": "gone", "param": None},
    }

"""What a legacy Completions stream may say, and in which order."""

from __future__ import annotations

import json
from typing import Any

from sluiceway.wire.sse import SSEDecoder

__all__ = ["check_completions"]

_HEAD = {"id", "object", "created", "model"}
_CHOICE = {"text", "index", "logprobs", "finish_reason"}
_REASONS = {None, "stop", "length", "content_filter"}
_LOGPROBS = {"tokens", "token_logprobs", "top_logprobs", "text_offset"}


def check_completions(body: bytes) -> list[Any]:
    """Check a whole stream: chunks of choices, each ended once, then usage, or an error, then ``[DONE]``.

    Returns:
        The payloads as values, without the mark at the end.
    """
    decoder = SSEDecoder()
    events = decoder.feed(body) + decoder.close()
    assert b"".join(event.raw for event in events) == body
    *payloads, done = [event.data for event in events]
    assert done == b"[DONE]"
    values = [json.loads(payload) for payload in payloads]
    if values and "error" in values[-1]:
        _check_choices(values[:-1])
        assert values[-1]["error"].keys() == {"message", "type", "param", "code"}
        return values
    has_usage = bool(values) and "usage" in values[-1]
    ended = _check_choices(values[:-1] if has_usage else values)
    assert all(ended.values())
    assert not has_usage or values[-1]["choices"] == []
    return values


def _check_choices(values: list[Any]) -> dict[int, bool]:
    ended: dict[int, bool] = {}
    heads = {json.dumps({name: value[name] for name in _HEAD}) for value in values}
    assert len(heads) <= 1
    for value in values:
        assert value["object"] == "text_completion"
        for choice in value["choices"]:
            assert choice.keys() >= _CHOICE
            assert choice["finish_reason"] in _REASONS
            assert not ended.get(choice["index"], False)
            ended[choice["index"]] = choice["finish_reason"] is not None
            _check_logprobs(choice["logprobs"])
    return ended


def _check_logprobs(record: Any) -> None:
    if record is not None:
        assert record.keys() == _LOGPROBS
        assert len({len(column) for column in record.values()}) == 1

"""What a Chat Completions stream may say, and in which order: what every client of it may count on."""

from __future__ import annotations

import json
from typing import Any

from sluiceway.wire.sse import SSEDecoder

__all__ = ["check_chat"]

_HEAD = ("id", "object", "created", "model")
_REASONS = {None, "stop", "length", "tool_calls", "content_filter"}
_DELTA = {"role", "content", "refusal", "reasoning_content", "tool_calls"}


def check_chat(body: bytes) -> list[Any]:
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
        _check_chunks(values[:-1])
        assert values[-1]["error"].keys() == {"message", "type", "param", "code"}
        return values
    has_usage = bool(values) and "usage" in values[-1]
    choices = _check_chunks(values[:-1] if has_usage else values)
    assert choices
    assert all(choice.is_over for choice in choices.values())
    assert not has_usage or values[-1]["choices"] == []
    return values


class _Choice:
    """One choice as a client knows it."""

    def __init__(self) -> None:
        self.is_over = False
        self.calls: list[str] = []

    def read(self, told: dict[str, Any], *, is_first: bool) -> None:
        delta = told["delta"]
        assert not self.is_over, "nothing follows the end of a choice"
        assert ("role" in delta) is is_first, "the role is said once, at the beginning"
        assert delta.keys() <= _DELTA
        assert told["finish_reason"] in _REASONS
        assert told["logprobs"] is None or told["logprobs"].keys() == {"content", "refusal"}
        for call in delta.get("tool_calls", ()):
            self._read_call(call)
        self.is_over = told["finish_reason"] is not None

    def _read_call(self, call: dict[str, Any]) -> None:
        index = call["index"]
        assert index <= len(self.calls), "calls count up"
        is_new = index == len(self.calls)
        assert ("id" in call) is ("type" in call) is is_new, "id and type of a call are said once"
        if is_new:
            self.calls.append(call["type"])
        body = call[self.calls[index]]
        field = "arguments" if self.calls[index] == "function" else "input"
        assert body.keys() == ({"name", field} if is_new else {field})


def _check_chunks(values: list[Any]) -> dict[int, _Choice]:
    choices: dict[int, _Choice] = {}
    assert len({json.dumps([value[name] for name in _HEAD]) for value in values}) <= 1, "the head never changes"
    for value in values:
        assert value["object"] == "chat.completion.chunk"
        for told in value["choices"]:
            index = told["index"]
            is_first = index not in choices
            assert not is_first or index == len(choices), "choices appear in order"
            choices.setdefault(index, _Choice()).read(told, is_first=is_first)
    return choices

"""The grammar of Ollama's answers, written from its API reference: what every client may count on."""

from __future__ import annotations

import json
from typing import Any

from sluiceway.dialects.ollama.shapes import Form

__all__ = ["check_answer", "check_stream"]


def check_stream(body: bytes, form: Form) -> None:
    """Check a whole stream of lines: one form, and exactly one terminal line, which is the last."""
    assert body.endswith(b"\n")
    *lines, last = [json.loads(line) for line in body.split(b"\n")[:-1]]
    for line in lines:
        _check_part(line, form)
        assert line["done"] is False
        assert "done_reason" not in line
    if "error" in last:
        assert last.keys() == {"error"}
        assert isinstance(last["error"], str)
        assert last["error"]
    else:
        check_answer(last, form)


def check_answer(answer: dict[str, Any], form: Form) -> None:
    """Check a last line, or a whole answer."""
    _check_part(answer, form)
    assert answer["done"] is True
    assert answer.get("done_reason", "stop") in {"stop", "length", "load", "unload"}
    for name in ("prompt_eval_count", "eval_count", "total_duration", "eval_duration"):
        assert isinstance(answer.get(name, 0), int)


def _check_part(line: dict[str, Any], form: Form) -> None:
    assert isinstance(line["model"], str)
    assert line["created_at"].endswith("Z")
    if form is Form.CHAT:
        assert "response" not in line
        said = line["message"]
        assert said["role"] == "assistant"
        assert isinstance(said["content"], str)
    else:
        assert "message" not in line
        said = line
        assert isinstance(said["response"], str)
    assert isinstance(said.get("thinking", ""), str)
    for call in said.get("tool_calls", ()):
        assert isinstance(call["function"]["name"], str)
        assert isinstance(call["function"]["arguments"], dict)
    for token in line.get("logprobs", ()):
        assert isinstance(token["token"], str)
        assert isinstance(token["logprob"], float | int)

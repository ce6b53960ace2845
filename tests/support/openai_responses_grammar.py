"""The grammar of a Responses stream as OpenAI sends it: what a reader may rely on, checked payload by payload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["check_grammar"]

_TERMINAL = {"response.completed", "response.incomplete", "response.failed", "error"}
_BODIES = {
    "response.output_text.delta": "message",
    "response.output_text.done": "message",
    "response.output_text.annotation.added": "message",
    "response.refusal.delta": "message",
    "response.refusal.done": "message",
    "response.reasoning_summary_part.added": "reasoning",
    "response.reasoning_summary_part.done": "reasoning",
    "response.reasoning_summary_text.delta": "reasoning",
    "response.reasoning_summary_text.done": "reasoning",
    "response.reasoning_text.delta": "reasoning",
    "response.reasoning_text.done": "reasoning",
    "response.function_call_arguments.delta": "function_call",
    "response.function_call_arguments.done": "function_call",
    "response.custom_tool_call_input.delta": "custom_tool_call",
    "response.custom_tool_call_input.done": "custom_tool_call",
}


class _Stream:
    """What the reader knows so far."""

    def __init__(self) -> None:
        self.open: dict[int, dict[str, Any]] = {}
        self.places: set[int] = set()
        self.ids: set[str] = set()
        self.parts: dict[tuple[int, str, int], str] = {}
        self.done: dict[int, dict[str, Any]] = {}

    def add(self, payload: dict[str, Any]) -> None:
        index, item = payload["output_index"], payload["item"]
        assert index == len(self.places), "places count up"
        assert item["id"] not in self.ids, "ids are not used twice"
        self.places.add(index)
        self.ids.add(item["id"])
        self.open[index] = item

    def finish(self, payload: dict[str, Any]) -> None:
        index = payload["output_index"]
        before, after = self.open.pop(index), payload["item"]
        assert (before["type"], before["id"]) == (after["type"], after["id"]), "an item stays what it is"
        assert not [part for part in self.parts if part[0] == index], "parts end before their item"
        self.done[index] = after

    def body(self, kind: str, payload: dict[str, Any]) -> None:
        index = payload["output_index"]
        item = self.open[index]
        assert item["type"] == _BODIES[kind], f"{kind} in a {item['type']}"
        assert payload["item_id"] == item["id"], "an item keeps its id"
        name = "summary_index" if "summary" in kind else "content_index"
        if name not in payload:
            return
        part = (index, name, payload[name])
        if kind.endswith("_part.added"):
            self.begin_part(part)
        elif kind.endswith("_part.done"):
            assert self.parts.pop(part) == payload["part"]["text"]
        elif kind.endswith(".delta"):
            self.parts[part] += payload["delta"]
        elif kind.endswith(".done"):
            assert self.parts[part] == payload.get("text", payload.get("refusal")), "a whole is what its deltas are"

    def content_part(self, kind: str, payload: dict[str, Any]) -> None:
        part = (payload["output_index"], "content_index", payload["content_index"])
        if kind.endswith("added"):
            self.begin_part(part)
        else:
            assert self.parts.pop(part) == payload["part"].get("text", payload["part"].get("refusal"))

    def begin_part(self, part: tuple[int, str, int]) -> None:
        assert part not in self.parts, "a part begins once"
        self.parts[part] = ""


def check_grammar(payloads: Sequence[dict[str, Any]], *, is_first_numbered: int = 0) -> None:
    """Check a whole stream as this project writes it.

    Args:
        payloads: the payloads in order.
        is_first_numbered: the number of the first.
    """
    kinds = [payload["type"] for payload in payloads]
    assert [payload["sequence_number"] for payload in payloads] == list(
        range(is_first_numbered, is_first_numbered + len(payloads))
    ), "numbers count up"
    assert [kind for kind in kinds if kind in _TERMINAL] == [kinds[-1]], "one terminal event, at the end"
    if kinds == ["error"]:
        return
    assert kinds[:2] == ["response.created", "response.in_progress"]
    stream = _Stream()
    for kind, payload in zip(kinds[2:-1], payloads[2:-1], strict=True):
        if kind == "response.output_item.added":
            stream.add(payload)
        elif kind == "response.output_item.done":
            stream.finish(payload)
        elif kind.startswith("response.content_part."):
            stream.content_part(kind, payload)
        elif kind in _BODIES:
            stream.body(kind, payload)
        else:
            assert payload["output_index"] in stream.open
    if kinds[-1] == "error":
        return
    final = payloads[-1]["response"]
    assert final["id"] == payloads[0]["response"]["id"], "the answer keeps its id"
    assert not stream.open, "every item ends"
    assert final["output"] == [stream.done[index] for index in sorted(stream.done)], "the last response holds all"
    assert kinds[-1] == ("response.completed" if final["status"] == "completed" else "response.incomplete")

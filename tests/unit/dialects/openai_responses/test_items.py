from __future__ import annotations

import json
from typing import Any

import pytest

from sluiceway.dialects.openai_responses.items import (
    CallItem,
    MessageItem,
    ReasoningItem,
    VendorItem,
    encode_tokens,
)
from sluiceway.dialects.openai_responses.out import Out
from sluiceway.events import ReasoningDelta, TextDelta, TokenLogprob, ToolInputDelta

TOKEN = {"token": "a", "logprob": -1.0, "bytes": [97], "top_logprobs": []}


def told(out: Out) -> list[dict[str, Any]]:
    """Return what was told since the last time."""
    payloads, out.payloads = out.payloads, []
    return [json.loads(payload) for _, payload in payloads]


def kinds(out: Out) -> list[str]:
    return [payload["type"].removeprefix("response.") for payload in told(out)]


def call(kind: str, out: Out) -> CallItem:
    return CallItem(0, "fc_1", {"type": kind, "call_id": "call_1", "name": "f"}, out)


def test_a_message_is_told_part_by_part() -> None:
    out = Out()
    item = MessageItem(0, "msg_1", {"phase": "commentary"}, out)
    part = item.open_part("output_text", out)
    part.add(TextDelta(0, "a", [TokenLogprob("a", -1.0, [97])]), out)
    part.add(TextDelta(0, "b"), out)
    part.note({"annotation": {"type": "x"}}, out)
    part.close("completed", out)
    item.close("completed", out)
    added, part_added, first, second, noted, text_done, part_done, done = told(out)
    assert (added["item"]["content"], added["item"]["status"], added["item"]["phase"]) == (
        [],
        "in_progress",
        "commentary",
    )
    assert part_added["part"] == {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    assert [(one["delta"], one["logprobs"]) for one in (first, second)] == [("a", [TOKEN]), ("b", [])]
    assert (noted["annotation_index"], noted["annotation"]) == (0, {"type": "x"})
    assert (text_done["text"], text_done["logprobs"]) == ("ab", [TOKEN])
    assert part_done["part"]["annotations"] == [{"type": "x"}]
    assert done["item"] == {**added["item"], "status": "completed", "content": [part_done["part"]]}


def test_a_refusal_has_neither_annotations_nor_log_probabilities() -> None:
    out = Out()
    part = MessageItem(0, "msg_1", {}, out).open_part("refusal", out)
    part.add(TextDelta(0, "no", [TokenLogprob("no", -1.0)]), out)
    part.close("completed", out)
    _, part_added, delta, whole, part_done = told(out)
    assert part_added["part"] == {"type": "refusal", "refusal": ""}
    assert (delta["type"], "logprobs" in delta) == ("response.refusal.delta", False)
    assert (whole["refusal"], part_done["part"]) == ("no", {"type": "refusal", "refusal": "no"})


def test_a_vendors_event_is_told_where_its_item_is() -> None:
    out = Out()
    part = MessageItem(3, "msg_1", {}, out).open_part("output_text", out)
    told(out)
    part.note({"event": {"type": "response.sparkle", "x": 1}}, out)
    part.note({"event": {"x": 1}}, out)
    part.note({"something": 1}, out)
    assert told(out) == [{"type": "response.sparkle", "x": 1, "output_index": 3, "sequence_number": 2}]


def test_a_message_without_parts_ends_as_it_is_told() -> None:
    out = Out()
    item = MessageItem(0, "msg_1", {}, out)
    item.close("incomplete", out)
    assert told(out)[-1]["item"]["status"] == "incomplete"


def test_a_status_that_was_told_stays() -> None:
    out = Out()
    item = MessageItem(0, "msg_1", {}, out)
    part = item.open_part("output_text", out)
    reasoning, tool = ReasoningItem(1, "rs_1", {}, out), call("function_call", out)
    for said in (part, reasoning, tool):
        said.note({"status": "incomplete"}, out)
        said.close("completed", out)
    assert [one.record()["status"] for one in (item, reasoning, tool)] == ["incomplete"] * 3


def test_reasoning_is_told_as_a_summary() -> None:
    out = Out()
    item = ReasoningItem(0, "rs_1", {}, out)
    item.add(ReasoningDelta(0, "a"), out)
    item.add(ReasoningDelta(0, "", "proof"), out)
    item.close("completed", out)
    assert kinds(out) == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
    ]
    assert item.record() == {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "a"}],
        "encrypted_content": "proof",
    }


def test_parts_of_reasoning_are_set_apart_as_extras_say() -> None:
    out = Out()
    item = ReasoningItem(0, "rs_1", {}, out)
    item.add(ReasoningDelta(0, "a"), out)
    item.note({"part": "summary_text", "end": 1, "start": 3}, out)
    item.add(ReasoningDelta(0, "\n\n"), out)
    item.add(ReasoningDelta(0, "b"), out)
    item.note({"part": "reasoning_text", "end": 4, "start": 6}, out)
    item.add(ReasoningDelta(0, "\n\nc"), out)
    item.close("completed", out)
    payloads = told(out)
    assert [payload["delta"] for payload in payloads if payload["type"].endswith("delta")] == ["a", "b", "c"]
    assert [payload["summary_index"] for payload in payloads if payload["type"].endswith("summary_text.done")] == [
        0,
        1,
    ]
    assert item.record()["content"] == [{"type": "reasoning_text", "text": "c"}]
    assert item.record()["summary"] == [{"type": "summary_text", "text": text} for text in "ab"]


def test_the_models_own_reasoning_is_told_as_such() -> None:
    out = Out()
    item = ReasoningItem(0, "rs_1", {}, out)
    item.note({"part": "reasoning_text", "end": 0, "start": 0}, out)
    item.add(ReasoningDelta(0, "a"), out)
    item.close("completed", out)
    assert kinds(out)[1:-1] == [
        "content_part.added",
        "reasoning_text.delta",
        "reasoning_text.done",
        "content_part.done",
    ]


def test_parts_that_are_told_after_the_whole_text_split_the_record() -> None:
    out = Out()
    out.is_muted = True
    item = ReasoningItem(0, "rs_1", {}, out)
    item.add(ReasoningDelta(0, "a\n\nb"), out)
    item.note({"part": "summary_text", "end": 1, "start": 3}, out)
    item.close("completed", out)
    assert item.record()["summary"] == [{"type": "summary_text", "text": text} for text in "ab"]


@pytest.mark.parametrize("fields", [{"part": "x", "end": 0, "start": 0}, {"part": "summary_text"}, {}])
def test_extras_that_name_no_part_set_nothing_apart(fields: dict[str, object]) -> None:
    out = Out()
    item = ReasoningItem(0, "rs_1", {}, out)
    item.note(fields, out)
    item.add(ReasoningDelta(0, "a"), out)
    assert kinds(out) == ["output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta"]


def test_steps_that_the_reader_saw_are_not_told_again() -> None:
    out = Out()
    part = MessageItem(0, "msg_1", {}, out).open_part("output_text", out)
    tool = call("function_call", out)
    reasoning = ReasoningItem(0, "rs_1", {}, out)
    reasoning.skip("summary_text")
    told(out)
    for said in (part, tool, reasoning):
        said.skip("text")
        said.close("completed", out)
    assert kinds(out) == ["content_part.done", "output_item.done", "reasoning_summary_part.done", "output_item.done"]


def test_a_part_of_reasoning_that_the_reader_saw_begin_ends() -> None:
    out = Out()
    item = ReasoningItem(0, "rs_1", {}, out)
    item.add(ReasoningDelta(0, "a"), out)
    item.skip("text")
    item.skip("part")
    item.skip("summary_text")
    told(out)
    item.close("completed", out)
    text_done, part_done, done = told(out)
    assert (text_done["summary_index"], text_done["text"], part_done["part"]["text"]) == (1, "", "")
    assert done["item"]["summary"] == [{"type": "summary_text", "text": "a"}]


def test_a_part_that_began_is_the_one_whose_border_is_told_next() -> None:
    out = Out()
    item = ReasoningItem(0, "rs_1", {}, out)
    item.add(ReasoningDelta(0, "a"), out)
    item.skip("reasoning_text")
    item.note({"part": "reasoning_text", "end": 1, "start": 3}, out)
    item.add(ReasoningDelta(0, "\n\n"), out)
    item.add(ReasoningDelta(0, "b"), out)
    assert item.record()["content"] == [{"type": "reasoning_text", "text": "b"}]


def test_a_call_is_told_with_its_arguments() -> None:
    out = Out()
    item = call("function_call", out)
    item.add(ToolInputDelta(0, "{"), out)
    item.add(ToolInputDelta(0, "}"), out)
    item.note({"event": {"type": "response.sparkle"}}, out)
    item.close("completed", out)
    payloads = told(out)
    assert payloads[0]["item"] == {**item.record(), "arguments": "", "status": "in_progress"}
    assert (payloads[-2]["type"], payloads[-2]["arguments"]) == ("response.function_call_arguments.done", "{}")
    assert item.record()["arguments"] == "{}"


def test_deltas_that_the_reader_saw_are_kept() -> None:
    out = Out()
    out.is_muted = True
    part = MessageItem(0, "msg_1", {}, out).open_part("output_text", out)
    part.add(TextDelta(0, "a"), out)
    part.add(TextDelta(0, "b", [TokenLogprob("a", -1.0, [97])]), out)
    tool = call("function_call", out)
    tool.add(ToolInputDelta(0, "{}"), out)
    assert part.record() == {"type": "output_text", "annotations": [], "text": "ab", "logprobs": [TOKEN]}
    assert (tool.record()["arguments"], out.payloads) == ("{}", [])


def test_a_custom_call_is_told_with_its_input() -> None:
    out = Out()
    item = call("custom_tool_call", out)
    item.add(ToolInputDelta(0, "x"), out)
    item.close("completed", out)
    assert kinds(out)[1:-1] == ["custom_tool_call_input.delta", "custom_tool_call_input.done"]
    assert item.record()["input"] == "x"


def test_a_vendors_item_is_told_as_it_came() -> None:
    out = Out()
    item = VendorItem(2, {"type": "x", "id": "x_1"}, out)
    item.add(TextDelta(0, "a"), out)
    item.note({"event": {"type": "response.x.go", "item_id": "x_1"}}, out)
    item.note({"item": {"type": "x", "id": "x_1", "result": 1}}, out)
    item.skip("text")
    item.close("completed", out)
    assert kinds(out) == ["output_item.added", "x.go", "output_item.done"]
    assert item.record()["result"] == 1


def test_log_probabilities_hold_their_alternatives() -> None:
    assert encode_tokens([TokenLogprob("a", -1.0, [97], [TokenLogprob("b", -2.0)])]) == [
        {**TOKEN, "top_logprobs": [{"token": "b", "logprob": -2.0, "bytes": None}]}
    ]

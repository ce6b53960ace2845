from __future__ import annotations

import json
from typing import Any

import pytest
from support.chatchunks import options

from sluiceway.dialects.openai_chat.chunks import ChunkWriter, encode_logprobs, is_custom_call
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage

CUSTOM: dict[str, dict[str, object]] = {"openai_chat": {"type": "custom"}}
DONE = b"[DONE]"


def write(*events: Event, include_usage: bool = False) -> list[Any]:
    payloads = ChunkWriter(options(include_usage=include_usage)).encode(list(events))
    return ["[DONE]" if payload == DONE else json.loads(payload) for payload in payloads]


def deltas(*events: Event) -> list[Any]:
    return [payload["choices"][0]["delta"] for payload in write(*events)]


def test_a_chunk_has_openais_form() -> None:
    start = StreamStart("id", "m", 7, {"openai_chat": {"system_fingerprint": "fp"}})
    assert write(start, BlockStart(0, BlockKind.TEXT), TextDelta(0, 'a"'))[1] == {
        "id": "id",
        "object": "chat.completion.chunk",
        "created": 7,
        "model": "m",
        "system_fingerprint": "fp",
        "choices": [{"index": 0, "delta": {"content": 'a"'}, "logprobs": None, "finish_reason": None}],
    }


@pytest.mark.parametrize(
    ("start", "first"),
    [
        (BlockStart(0, BlockKind.TEXT), {"role": "assistant", "content": ""}),
        (BlockStart(0, BlockKind.REASONING), {"role": "assistant", "content": None}),
        (BlockStart(0, BlockKind.REFUSAL), {"role": "assistant", "content": None, "refusal": ""}),
        (BlockStart(0, BlockKind.TOOL), {"role": "assistant", "content": None}),
    ],
)
def test_the_role_comes_first_and_once(start: BlockStart, first: dict[str, object]) -> None:
    told = deltas(start, BlockEnd(0), BlockStart(1, BlockKind.TEXT), TextDelta(1, "a"))
    assert told[0] == first
    assert sum("role" in delta for delta in told) == 1


def test_choices_appear_in_the_order_of_their_numbers() -> None:
    told = write(BlockStart(0, BlockKind.TEXT, 2), BlockStart(1, BlockKind.TEXT, 0), BlockStart(2, BlockKind.TEXT, 3))
    assert [payload["choices"][0]["index"] for payload in told] == [0, 1, 2, 3]


def test_each_kind_has_its_field() -> None:
    told = deltas(
        BlockStart(0, BlockKind.REASONING),
        ReasoningDelta(0, "hm", "sig"),
        BlockEnd(0),
        BlockStart(1, BlockKind.REFUSAL),
        TextDelta(1, "no"),
    )
    assert told[1:] == [{"reasoning_content": "hm"}, {"refusal": "no"}]


def test_calls_are_counted_within_their_choice() -> None:
    told = deltas(
        BlockStart(0, BlockKind.TOOL, 0, "a", "f"),
        ToolInputDelta(0, "{}"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TOOL, 1, "b", "g"),
        BlockStart(2, BlockKind.TOOL, 0, "c", "h"),
        ToolInputDelta(2, "[]"),
    )
    calls = [delta["tool_calls"][0] for delta in told if "tool_calls" in delta]
    assert calls == [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}},
        {"index": 0, "function": {"arguments": "{}"}},
        {"index": 0, "id": "b", "type": "function", "function": {"name": "g", "arguments": ""}},
        {"index": 1, "id": "c", "type": "function", "function": {"name": "h", "arguments": ""}},
        {"index": 1, "function": {"arguments": "[]"}},
    ]


def test_a_custom_call_keeps_its_form() -> None:
    start = BlockStart(0, BlockKind.TOOL, 0, "a", "f", CUSTOM)
    assert is_custom_call(start)
    assert not is_custom_call(BlockStart(0, BlockKind.TOOL))
    told = deltas(start, ToolInputDelta(0, "ls"))
    assert told[1:] == [
        {"tool_calls": [{"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": ""}}]},
        {"tool_calls": [{"index": 0, "custom": {"input": "ls"}}]},
    ]


def test_a_call_from_elsewhere_is_custom_when_its_tool_is() -> None:
    start = BlockStart(0, BlockKind.TOOL, 0, "a", "note", {"openai_responses": {"type": "custom_tool_call"}})
    writer = ChunkWriter(options(), frozenset({"note"}))
    payloads = [json.loads(payload) for payload in writer.encode([StreamStart(), start, ToolInputDelta(0, "ls")])]
    assert payloads[-1]["choices"][0]["delta"] == {"tool_calls": [{"index": 0, "custom": {"input": "ls"}}]}


@pytest.mark.parametrize(("kind", "other"), [(BlockKind.TEXT, "refusal"), (BlockKind.REFUSAL, "content")])
def test_log_probabilities_go_with_their_text(kind: BlockKind, other: str) -> None:
    tokens = [TokenLogprob("a", -1.0, [97], [TokenLogprob("b", -2.0)])]
    (choice,) = write(BlockStart(0, kind), TextDelta(0, "a", tokens))[1]["choices"]
    name = "content" if kind is BlockKind.TEXT else "refusal"
    record = {"token": "a", "logprob": -1.0, "bytes": [97]}
    top = [{"token": "b", "logprob": -2.0, "bytes": None}]
    assert choice["logprobs"] == {name: [{**record, "top_logprobs": top}], other: None}
    assert choice["delta"] == {name: "a"}
    assert encode_logprobs(kind, None) is None


def test_a_choice_ends_in_a_chunk_of_its_own() -> None:
    told = write(BlockStart(0, BlockKind.TEXT), BlockEnd(0), ChoiceEnd(0, FinishReason(Stop.LENGTH, "max_tokens")))
    assert told[-1]["choices"] == [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "length"}]


def test_a_choice_without_blocks_still_has_its_role() -> None:
    told = deltas(ChoiceEnd(0, FinishReason(Stop.CANCELLED)))
    assert told == [{"role": "assistant", "content": ""}, {}]


def test_only_the_last_usage_is_told_before_the_end_and_only_when_asked_for() -> None:
    ending: list[Event] = [UsageReport(Usage(1)), UsageReport(Usage(1, 2)), StreamEnd()]
    assert write(*ending) == ["[DONE]"]
    usage, done = write(*ending, include_usage=True)
    assert (usage["choices"], usage["usage"]["total_tokens"], done) == ([], 3, "[DONE]")
    assert write(StreamEnd(), include_usage=True) == ["[DONE]"]


def test_an_error_ends_the_stream() -> None:
    error, done = write(UsageReport(Usage(1)), StreamError("engine_unavailable", "gone"), include_usage=True)
    assert error["error"]["message"] == "gone"
    assert done == "[DONE]"


def test_what_was_followed_is_gone_on_with() -> None:
    writer = ChunkWriter(options())
    start = BlockStart(0, BlockKind.TOOL, 0, "a", "f")
    for event in (
        StreamStart("id", "m", 7),
        start,
        ToolInputDelta(0, "{"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TEXT),
    ):
        writer.follow(event)
    payloads = [
        json.loads(payload)
        for payload in writer.encode([TextDelta(1, "a"), BlockEnd(1), BlockStart(2, BlockKind.TOOL, 0, "b", "g")])
    ]
    assert [payload["id"] for payload in payloads] == ["id", "id"]
    assert payloads[0]["choices"][0]["delta"] == {"content": "a"}
    assert payloads[1]["choices"][0]["delta"]["tool_calls"][0]["index"] == 1


def test_what_only_another_vendor_has_is_left_out() -> None:
    search: list[Event] = [
        BlockStart(0, BlockKind.VENDOR),
        ExtrasDelta(0, {"elsewhere": {"query": "a"}}),
        BlockEnd(0),
    ]
    assert write(StreamStart("id", "m", 7), *search) == []

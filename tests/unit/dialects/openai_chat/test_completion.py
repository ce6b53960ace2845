from __future__ import annotations

import json
from typing import Any

import pytest
from support.chatchunks import options

from sluiceway.dialects.base import Framing
from sluiceway.dialects.openai_chat.completion import encode_completion, unary_encoder
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    Frame,
    ReasoningDelta,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.fold import fold
from sluiceway.usage import FinishReason, Stop, Usage

END: list[Event] = [ChoiceEnd(0, FinishReason(Stop.END)), StreamEnd()]
CUSTOM: dict[str, dict[str, object]] = {"openai_chat": {"type": "custom"}}


def encode(*events: Event) -> Any:
    encoder = unary_encoder(options(Framing.JSON))
    body = b"".join(encoder.encode(Frame([event])) for event in events)
    return json.loads(body)


def message(*events: Event) -> Any:
    return encode(StreamStart(), *events, *END)["choices"][0]["message"]


def test_a_whole_answer_has_openais_form() -> None:
    start = StreamStart("id", "m", 7, {"openai_chat": {"service_tier": "default"}})
    usage = UsageReport(Usage(1, 2))
    assert encode(start, BlockStart(0, BlockKind.TEXT), TextDelta(0, "a"), TextDelta(0, "b"), usage, *END) == {
        "id": "id",
        "object": "chat.completion",
        "created": 7,
        "model": "m",
        "service_tier": "default",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "ab", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


def test_an_answer_without_content_has_empty_text() -> None:
    assert message() == {"role": "assistant", "content": "", "refusal": None}


def test_reasoning_and_refusal_have_their_fields() -> None:
    assert message(
        BlockStart(0, BlockKind.REASONING),
        ReasoningDelta(0, "hm"),
        BlockStart(1, BlockKind.REFUSAL),
        TextDelta(1, "no"),
    ) == {"role": "assistant", "content": None, "refusal": "no", "reasoning_content": "hm"}


def test_calls_have_no_index() -> None:
    told = message(
        BlockStart(0, BlockKind.TOOL, 0, "a", "f"),
        ToolInputDelta(0, "{}"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TOOL, 0, "b", "g", CUSTOM),
        ToolInputDelta(1, "ls"),
    )
    assert told["content"] is None
    assert told["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        {"id": "b", "type": "custom", "custom": {"name": "g", "input": "ls"}},
    ]


def test_log_probabilities_of_text_and_refusal_stand_side_by_side() -> None:
    told = encode(
        StreamStart(),
        BlockStart(0, BlockKind.TEXT),
        TextDelta(0, "a", [TokenLogprob("a", -1.0)]),
        BlockStart(1, BlockKind.REFUSAL),
        TextDelta(1, "b", [TokenLogprob("b", -2.0)]),
        *END,
    )
    logprobs = told["choices"][0]["logprobs"]
    assert [logprobs[name][0]["token"] for name in ("content", "refusal")] == ["a", "b"]


def test_an_answer_that_came_whole_leaves_as_its_own_bytes() -> None:
    frame = Frame([StreamStart(), *END], "openai_chat/json", b'{"vendor":1}')
    assert unary_encoder(options(Framing.JSON)).encode(frame) == b'{"vendor":1}'


@pytest.mark.parametrize(
    "frame",
    [
        Frame([]),
        Frame([StreamError("engine_unavailable", "gone")]),
        Frame([StreamError("upstream_failed", "no")], "openai_chat/json", b'{"error":"no"}'),
    ],
)
def test_nothing_is_said_before_the_end_or_of_an_error(frame: Frame) -> None:
    assert unary_encoder(options(Framing.JSON)).encode(frame) == b""


def test_a_cut_choice_has_a_reason_all_the_same() -> None:
    told: Any = encode_completion(fold([StreamStart(), BlockStart(0, BlockKind.TEXT)]), options())
    assert told["choices"][0]["finish_reason"] == "stop"


def test_a_heartbeat_is_nothing() -> None:
    assert unary_encoder(options(Framing.JSON)).heartbeat() == b""


def test_a_call_from_elsewhere_is_custom_when_its_tool_is() -> None:
    start = BlockStart(0, BlockKind.TOOL, 0, "a", "note")
    encoder = unary_encoder(options(Framing.JSON), frozenset({"note"}))
    told = json.loads(encoder.encode(Frame([StreamStart(), start, ToolInputDelta(0, "ls"), BlockEnd(0), *END])))
    assert told["choices"][0]["message"]["tool_calls"] == [
        {"id": "a", "type": "custom", "custom": {"name": "note", "input": "ls"}}
    ]

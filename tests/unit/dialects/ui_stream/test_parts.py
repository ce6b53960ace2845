from __future__ import annotations

from typing import Any

import pytest
from support.ui_stream_grammar import ui_payloads

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.ui_stream.parts import Envelope, PartWriter
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
    ToolInputDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage

OPTIONS = EncodeOptions(Framing.SSE, "gen_1", "asked", 1_700_000_000)
ENVELOPE = Envelope(b"data: ", b"\n\n", b"data: [DONE]\n\n")
CALL = BlockStart(0, BlockKind.TOOL, 0, "c1", "f")
NAMED = {"toolCallId": "c1", "toolName": "f"}


def tell(*events: Event, is_new_message: bool = True, call_ids: set[str] | None = None) -> bytes:
    writer = PartWriter(OPTIONS, ENVELOPE, is_new_message=is_new_message, call_ids=call_ids or set())
    return b"".join(writer.encode(event) for event in events)


def parts(*events: Event, call_ids: set[str] | None = None) -> list[Any]:
    return ui_payloads(tell(*events, call_ids=call_ids) + ENVELOPE.done)


def ending(stop: Stop, *events: Event) -> list[Any]:
    return ui_payloads(tell(*events, ChoiceEnd(0, FinishReason(stop)), StreamEnd()))


def test_an_answer_begins_with_its_message_and_a_step() -> None:
    assert parts(StreamStart("id", "m", 7)) == [
        {"type": "start", "messageId": "gen_1", "messageMetadata": {"streamId": "gen_1", "model": "m"}},
        {"type": "start-step"},
    ]


def test_the_model_asked_for_stands_in_for_one_that_was_not_named() -> None:
    assert parts(StreamStart())[0]["messageMetadata"]["model"] == "asked"
    options = EncodeOptions(Framing.SSE, "gen_1", "", 1)
    told = PartWriter(options, ENVELOPE, is_new_message=True, call_ids=set()).encode(StreamStart())
    assert b'{"streamId":"gen_1"}' in told


def test_an_answer_that_goes_on_with_a_message_leaves_it_its_id() -> None:
    assert b"messageId" not in tell(StreamStart(), is_new_message=False)


def test_text_has_its_start_and_its_end() -> None:
    text: list[Event] = [BlockStart(0, BlockKind.TEXT), TextDelta(0, 'a"\n'), TextDelta(0, ""), BlockEnd(0)]
    assert parts(*text) == [
        {"type": "text-start", "id": "0"},
        {"type": "text-delta", "id": "0", "delta": 'a"\n'},
        {"type": "text-end", "id": "0"},
    ]


def test_the_proof_of_reasoning_is_told_at_its_end() -> None:
    told = parts(
        BlockStart(0, BlockKind.REASONING), ReasoningDelta(0, "hm"), ReasoningDelta(0, "", "sig"), BlockEnd(0)
    )
    assert told == [
        {"type": "reasoning-start", "id": "0"},
        {"type": "reasoning-delta", "id": "0", "delta": "hm"},
        {"type": "reasoning-end", "id": "0", "providerMetadata": {"sluiceway": {"signature": "sig"}}},
    ]


def test_a_call_is_told_as_it_comes_and_then_whole() -> None:
    assert parts(CALL, ToolInputDelta(0, '{"a":'), ToolInputDelta(0, ""), ToolInputDelta(0, "1}"), BlockEnd(0)) == [
        {"type": "tool-input-start", **NAMED},
        {"type": "tool-input-delta", "toolCallId": "c1", "inputTextDelta": '{"a":'},
        {"type": "tool-input-delta", "toolCallId": "c1", "inputTextDelta": "1}"},
        {"type": "tool-input-available", **NAMED, "input": {"a": 1}},
    ]


def test_a_call_without_arguments_has_an_empty_object() -> None:
    assert parts(CALL, BlockEnd(0))[-1] == {"type": "tool-input-available", **NAMED, "input": {}}


def test_a_call_whose_arguments_are_not_whole_is_an_error() -> None:
    assert parts(CALL, ToolInputDelta(0, '{"a'), BlockEnd(0))[-1] == {
        "type": "tool-input-error",
        **NAMED,
        "input": '{"a',
        "errorText": "The tool's input is not whole JSON.",
    }


@pytest.mark.parametrize(
    ("tool_id", "taken", "told"),
    [("c1", {"c1"}, "c1_2"), ("c1", {"c1", "c1_2"}, "c1_3"), ("", set(), "call_0"), ('a"', set(), 'a"')],
)
def test_no_two_calls_of_a_conversation_share_an_id(tool_id: str, taken: set[str], told: str) -> None:
    start = BlockStart(0, BlockKind.TOOL, 0, tool_id, "f")
    payloads = parts(start, ToolInputDelta(0, "{}"), BlockEnd(0), call_ids=taken)
    assert {payload["toolCallId"] for payload in payloads} == {told}


def test_what_has_no_part_is_left_out() -> None:
    assert (
        parts(
            BlockStart(0, BlockKind.TEXT, 1),
            TextDelta(0, "of another choice"),
            BlockStart(1, BlockKind.REASONING, 1),
            ReasoningDelta(1, "of another choice", "sig"),
            BlockStart(2, BlockKind.TOOL, 1),
            ToolInputDelta(2, "{}"),
            BlockStart(3, BlockKind.VENDOR),
            ExtrasDelta(3, {"x": {}}),
            *[BlockEnd(block) for block in range(4)],
        )
        == []
    )


def test_an_answer_ends_with_its_reason_and_usage() -> None:
    told = ending(Stop.LENGTH, UsageReport(Usage(1)), UsageReport(Usage(1, 2)), ChoiceEnd(1, FinishReason(Stop.END)))
    usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}
    assert told == [
        {"type": "finish-step"},
        {"type": "finish", "finishReason": "length", "messageMetadata": {"usage": usage}},
    ]


def test_an_answer_without_usage_says_nothing_of_it() -> None:
    assert ending(Stop.END)[-1] == {"type": "finish", "finishReason": "stop"}


def test_a_refusal_is_text_and_ends_filtered() -> None:
    told = ending(Stop.END, BlockStart(0, BlockKind.REFUSAL), TextDelta(0, "no"), BlockEnd(0))
    assert told[1] == {"type": "text-delta", "id": "0", "delta": "no"}
    assert told[-1]["finishReason"] == "content-filter"


def test_an_answer_that_was_stopped_is_aborted_and_keeps_its_usage() -> None:
    told = ending(Stop.CANCELLED, UsageReport(Usage(output_tokens=2)))
    assert told == [
        {"type": "message-metadata", "messageMetadata": {"usage": {"outputTokens": 2}}},
        {"type": "abort"},
    ]
    assert ending(Stop.CANCELLED) == [{"type": "abort"}]


def test_an_error_ends_the_answer_with_its_message() -> None:
    told = ui_payloads(tell(StreamStart(), BlockStart(0, BlockKind.TEXT), StreamError("gone", "it went away")))
    assert told[-3:] == [
        {"type": "error", "errorText": "it went away"},
        {"type": "finish-step"},
        {"type": "finish", "finishReason": "error"},
    ]


def test_an_error_before_anything_was_told_has_its_start() -> None:
    told = ui_payloads(tell(StreamError("gone", "it went away")))
    assert [part["type"] for part in told] == ["start", "start-step", "error", "finish-step", "finish"]

from __future__ import annotations

import json

from support.messages import options

from sluiceway.dialects.anthropic.payloads import MessageWriter, encode_ending, encode_message_start
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

END = ChoiceEnd(0, FinishReason(Stop.END))


def tell(*events: Event, writer: MessageWriter | None = None) -> list[dict[str, object]]:
    payloads = (writer or MessageWriter(options())).encode(list(events))
    values = [json.loads(payload) for _, payload in payloads]
    assert [name for name, _ in payloads] == [value["type"] for value in values]
    return values


def deltas(*events: Event) -> list[object]:
    return [value.get("delta") for value in tell(*events)]


def test_a_start_is_an_empty_message() -> None:
    usage = {"input_tokens": 0, "output_tokens": 0}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
    message = {**head, "stop_reason": None, "stop_sequence": None, "usage": usage}
    assert tell(StreamStart("msg_1", "m")) == [{"type": "message_start", "message": message}]


def test_what_the_upstream_did_not_say_is_filled_in() -> None:
    head = encode_message_start(StreamStart(extras={"anthropic": {"container": 1}, "elsewhere": {"a": 1}}), options())
    assert (head["id"], head["model"], head["container"], "a" in head) == ("gen_1", "asked", 1, False)


def test_counts_that_come_with_the_start_stand_in_it() -> None:
    (value,) = tell(StreamStart(), UsageReport(Usage(3, None, 1)))
    message = value["message"]
    assert isinstance(message, dict)
    assert message["usage"] == {"input_tokens": 2, "cache_read_input_tokens": 1, "output_tokens": 0}


def test_text_is_told_piece_by_piece() -> None:
    told = tell(BlockStart(0, BlockKind.TEXT), TextDelta(0, 'a"\n', [TokenLogprob("a", -1)]), BlockEnd(0))
    assert told == [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": 'a"\n'}},
        {"type": "content_block_stop", "index": 0},
    ]


def test_reasoning_is_told_with_its_signature() -> None:
    told = deltas(
        BlockStart(0, BlockKind.REASONING),
        ReasoningDelta(0, "so"),
        ReasoningDelta(0, ""),
        ReasoningDelta(0, "", "sig"),
        ReasoningDelta(0, "and", "sig2"),
    )
    assert told[1:] == [
        {"type": "thinking_delta", "thinking": "so"},
        {"type": "thinking_delta", "thinking": ""},
        {"type": "signature_delta", "signature": "sig"},
        {"type": "thinking_delta", "thinking": "and"},
        {"type": "signature_delta", "signature": "sig2"},
    ]


def test_redacted_thinking_is_told_at_its_start() -> None:
    record: dict[str, object] = {"type": "redacted_thinking", "data": "secret"}
    start = BlockStart(0, BlockKind.REASONING, extras={"anthropic": record})
    told = tell(start, ReasoningDelta(0, "", "secret"))
    assert told == [{"type": "content_block_start", "index": 0, "content_block": record}]


def test_a_calls_input_is_told_piece_by_piece() -> None:
    told = deltas(BlockStart(0, BlockKind.TOOL, 0, "t", "f"), ToolInputDelta(0, '{"a'))
    assert told[1:] == [{"type": "input_json_delta", "partial_json": '{"a'}]


def test_the_vendors_own_blocks_are_told_and_others_are_not() -> None:
    record: dict[str, object] = {"type": "server_tool_use", "id": "s"}
    delta: dict[str, object] = {"type": "input_json_delta", "partial_json": "{}"}
    told = tell(
        BlockStart(0, BlockKind.VENDOR, extras={"elsewhere": {"a": 1}}),
        ExtrasDelta(0, {"elsewhere": {"a": 1}}),
        BlockEnd(0),
        BlockStart(1, BlockKind.VENDOR, extras={"anthropic": record}),
        ExtrasDelta(1, {"elsewhere": {"a": 1}}),
        ExtrasDelta(1, {"anthropic": delta}),
    )
    assert told == [
        {"type": "content_block_start", "index": 0, "content_block": record},
        {"type": "content_block_delta", "index": 0, "delta": delta},
    ]


def test_other_choices_are_left_out() -> None:
    told = tell(
        BlockStart(0, BlockKind.TEXT, 1),
        BlockStart(1, BlockKind.TEXT),
        TextDelta(0, "a"),
        TextDelta(1, "b"),
        BlockEnd(0),
        ChoiceEnd(1, FinishReason(Stop.LENGTH)),
        BlockEnd(1),
        END,
        StreamEnd(),
    )
    assert [value.get("index") for value in told] == [0, 0, 0, None, None]
    assert told[3]["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}


def test_the_reason_and_the_counts_are_told_at_the_end() -> None:
    told = tell(END, UsageReport(Usage(3, 4)), StreamEnd())
    ending = {"stop_reason": "end_turn", "stop_sequence": None}
    assert told == [
        {"type": "message_delta", "delta": ending, "usage": {"input_tokens": 3, "output_tokens": 4}},
        {"type": "message_stop"},
    ]


def test_an_end_without_a_reason_is_the_end_of_a_turn() -> None:
    assert deltas(StreamEnd())[0] == {"stop_reason": "end_turn", "stop_sequence": None}


def test_what_the_vendor_says_at_the_end_is_put_back_in_its_place() -> None:
    extras: dict[str, object] = {"stop_sequence": "END", "context_management": {"a": 1}, "stop_reason": "bored"}
    (end, _) = tell(ChoiceEnd(0, FinishReason(Stop.OTHER), {"anthropic": extras}), StreamEnd())
    assert end["delta"] == {"stop_reason": "bored", "stop_sequence": "END"}
    assert end["context_management"] == {"a": 1}


def test_calls_and_refusals_decide_what_an_end_means() -> None:
    assert encode_ending(END, {BlockKind.TOOL})["stop_reason"] == "tool_use"
    assert encode_ending(END, {BlockKind.REFUSAL})["stop_reason"] == "refusal"
    assert deltas(BlockStart(0, BlockKind.TOOL), BlockEnd(0), END, StreamEnd())[2] == {
        "stop_reason": "tool_use",
        "stop_sequence": None,
    }


def test_an_error_is_told_once_and_nothing_with_it() -> None:
    error = {"type": "api_error", "message": "no"}
    assert tell(StreamError("x", "no")) == [{"type": "error", "error": error}]


def test_what_was_followed_goes_on_from_there() -> None:
    writer = MessageWriter(options())
    for event in (
        StreamStart(),
        BlockStart(0, BlockKind.TOOL),
        TextDelta(0, "a"),
        BlockEnd(0),
        BlockEnd(0),
        BlockStart(1, BlockKind.TEXT),
        UsageReport(Usage(3, 4)),
        ChoiceEnd(1, FinishReason(Stop.LENGTH)),
        END,
    ):
        writer.follow(event)
    told = tell(BlockEnd(1), BlockStart(2, BlockKind.TEXT), StreamEnd(), writer=writer)
    assert [value.get("index") for value in told] == [1, 2, None, None]
    assert told[2]["delta"] == {"stop_reason": "tool_use", "stop_sequence": None}
    assert told[2]["usage"] == {"input_tokens": 3, "output_tokens": 4}

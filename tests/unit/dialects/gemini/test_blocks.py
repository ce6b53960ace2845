from __future__ import annotations

import msgspec
import pytest
from support.geminichunks import call, chunk, text

from sluiceway.dialects.gemini.blocks import Blocks
from sluiceway.dialects.gemini.shapes import ChunkShape
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    StreamStart,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
)
from sluiceway.order import check_order
from sluiceway.usage import FinishReason, Stop

SIGNED: dict[str, dict[str, object]] = {"gemini": {"thoughtSignature": "c2ln"}}


def feed(blocks: Blocks, *payloads: bytes) -> list[Event]:
    events: list[Event] = []
    for payload in payloads:
        shape = msgspec.json.decode(payload, type=ChunkShape)
        for position, candidate in enumerate(shape.candidates or ()):
            blocks.feed(candidate, position, payload, events)
    return events


def events_of(*payloads: bytes) -> list[Event]:
    blocks = Blocks()
    events = feed(blocks, *payloads)
    blocks.end(events, is_last=True)
    check_order([StreamStart(), *events])
    return events


def tool(block: int = 0, call_id: str = "call_0", **more: object) -> BlockStart:
    return BlockStart(block, BlockKind.TOOL, 0, call_id, "f", **more)  # type: ignore[arg-type]


def ended(stop: Stop = Stop.OTHER, raw: str | None = None) -> ChoiceEnd:
    return ChoiceEnd(0, FinishReason(stop, raw))


def test_text_joins_and_thoughts_come_apart() -> None:
    assert events_of(chunk(text("a", thought=True)), chunk(text("b")), chunk(text("c"), finish="STOP")) == [
        BlockStart(0, BlockKind.REASONING),
        ReasoningDelta(0, "a"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TEXT),
        TextDelta(1, "b"),
        TextDelta(1, "c"),
        BlockEnd(1),
        ended(Stop.END, "STOP"),
    ]


def test_a_thoughts_signature_is_its_proof() -> None:
    part = text("a", thought=True, thoughtSignature="c2ln")
    assert events_of(chunk(part))[1] == ReasoningDelta(0, "a", "c2ln")
    alone = {"thought": True, "thoughtSignature": "c2ln"}
    assert events_of(chunk(alone))[1] == ReasoningDelta(0, "", "c2ln")


@pytest.mark.parametrize("part", [text("", thoughtSignature="c2ln"), {"thoughtSignature": "c2ln"}])
def test_a_signature_of_text_is_vendor_data(part: dict[str, object]) -> None:
    assert events_of(chunk(text("a")), chunk(part))[1:3] == [TextDelta(0, "a"), ExtrasDelta(0, SIGNED)]
    assert events_of(chunk(part))[:2] == [BlockStart(0, BlockKind.TEXT), ExtrasDelta(0, SIGNED)]


@pytest.mark.parametrize("part", [text(""), text("", thought=True), {}, {"thought": True}])
def test_an_empty_part_opens_nothing(part: dict[str, object]) -> None:
    assert events_of(chunk(part)) == [ended()]


def test_a_whole_call_is_a_whole_block() -> None:
    assert events_of(chunk(call("f", args={"x": 1}), call("f", id="7", args={})), chunk(finish="STOP")) == [
        tool(),
        ToolInputDelta(0, '{"x":1}'),
        BlockEnd(0),
        tool(1, "7"),
        ToolInputDelta(1, "{}"),
        BlockEnd(1),
        ended(Stop.TOOL_CALL, "STOP"),
    ]


def test_arguments_keep_their_spelling() -> None:
    payload = b'{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"n": 1.50}}}]}}]}'
    assert events_of(payload)[1] == ToolInputDelta(0, '{"n": 1.50}')


def test_a_call_without_arguments_has_none() -> None:
    assert events_of(chunk(call("f")))[1] == ToolInputDelta(0, "{}")


def test_a_calls_signature_is_told_at_its_start() -> None:
    part = {**call("f", args={}), "thoughtSignature": "c2ln"}
    assert events_of(chunk(part))[0] == tool(extras=SIGNED)


def test_a_call_may_come_in_pieces() -> None:
    piece = {"jsonPath": "$.city", "stringValue": "Bo", "willContinue": True}
    assert events_of(
        chunk(call("f", willContinue=True)),
        chunk(call(partialArgs=[piece], willContinue=True)),
        chunk(call(partialArgs=[{**piece, "stringValue": "n"}], willContinue=True)),
        chunk(call()),
        chunk(call()),
    ) == [
        tool(),
        ToolInputDelta(0, '{"city":"Bo'),
        ToolInputDelta(0, "n"),
        ToolInputDelta(0, '"}'),
        BlockEnd(0),
        ended(),
    ]


def test_a_call_in_pieces_may_begin_with_one() -> None:
    piece = {"jsonPath": "$.x", "boolValue": True}
    assert events_of(chunk(call("f", partialArgs=[piece])))[1:4] == [
        ToolInputDelta(0, '{"x":true'),
        ToolInputDelta(0, "}"),
        BlockEnd(0),
    ]


@pytest.mark.parametrize("after", [text("a"), call("g", args={}), {"executableCode": {"code": "1"}}])
def test_what_follows_closes_a_call_that_was_not_closed(after: dict[str, object]) -> None:
    events = events_of(chunk(call("f", willContinue=True)), chunk(after))
    assert events[:3] == [tool(), ToolInputDelta(0, "{}"), BlockEnd(0)]


def test_the_end_closes_a_call_that_was_not_closed() -> None:
    events = events_of(chunk(call("f", willContinue=True), finish="STOP"))
    assert events[1:] == [ToolInputDelta(0, "{}"), BlockEnd(0), ended(Stop.TOOL_CALL, "STOP")]


def test_a_piece_without_a_call_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="had ended"):
        events_of(chunk(call(partialArgs=[{"jsonPath": "$.x", "boolValue": True}])))


def test_a_call_without_a_name_is_a_call() -> None:
    assert events_of(chunk(call(args={"x": 1})))[1] == ToolInputDelta(0, '{"x":1}')


def test_other_parts_are_vendor_blocks() -> None:
    part: dict[str, object] = {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "c2ln"}
    assert events_of(chunk(text("a"), part, text("b")))[2:6] == [
        BlockEnd(0),
        BlockStart(1, BlockKind.VENDOR, extras={"gemini": part}),
        BlockEnd(1),
        BlockStart(2, BlockKind.TEXT),
    ]


def test_candidates_have_blocks_of_their_own() -> None:
    both = {"candidates": [{"content": {"parts": [text("a")]}}, {"content": {"parts": [text("b")]}}]}
    events = events_of(msgspec.json.encode(both), chunk(text("c"), index=1))
    assert events[:5] == [
        BlockStart(0, BlockKind.TEXT, 0),
        TextDelta(0, "a"),
        BlockStart(1, BlockKind.TEXT, 1),
        TextDelta(1, "b"),
        TextDelta(1, "c"),
    ]


def test_log_probabilities_go_with_the_text() -> None:
    result = {"chosenCandidates": [{"token": "a", "logProbability": -1.0}]}
    tokens = [TokenLogprob("a", -1.0)]
    events = events_of(chunk(text("t", thought=True), text("a"), text("b"), candidate={"logprobsResult": result}))
    assert events[4:6] == [TextDelta(1, "a", tokens), TextDelta(1, "b")]
    assert events_of(chunk(text(""), candidate={"logprobsResult": result}))[1] == TextDelta(0, "", tokens)


def test_what_google_says_of_content_goes_with_its_block() -> None:
    grounding: dict[str, object] = {"groundingMetadata": {"webSearchQueries": ["q"]}, "safetyRatings": []}
    events = events_of(chunk(text("a"), candidate={**grounding, "citationMetadata": None}))
    assert events[2] == ExtrasDelta(0, {"gemini": grounding})


def test_what_is_null_is_not_said() -> None:
    events = events_of(chunk(text("a"), candidate={"citationMetadata": None}))
    assert [type(event) for event in events] == [BlockStart, TextDelta, BlockEnd, ChoiceEnd]


def test_without_a_block_it_goes_with_the_end() -> None:
    ending = {"avgLogprobs": -0.5, "finishMessage": "done", "tokenCount": 3}
    events = events_of(chunk(finish="STOP", candidate={"groundingMetadata": {}, **ending}))
    assert events == [ChoiceEnd(0, FinishReason(Stop.END, "STOP"), {"gemini": {"groundingMetadata": {}, **ending}})]


def test_the_last_finish_reason_counts() -> None:
    blocks = Blocks()
    events = feed(blocks, chunk(text("a"), finish="STOP"), chunk(text("b"), finish="MAX_TOKENS"))
    assert [type(event) for event in events] == [BlockStart, TextDelta, TextDelta]
    assert blocks.has_finished
    blocks.end(events)
    assert events[-1] == ended(Stop.LENGTH, "MAX_TOKENS")


def test_a_candidate_without_a_reason_is_not_ended_yet() -> None:
    blocks = Blocks()
    assert not blocks.has_finished
    events = feed(blocks, chunk(text("a")))
    blocks.end(events)
    assert type(events[-1]) is TextDelta
    assert not blocks.has_finished


def test_a_blocked_prompt_is_an_end() -> None:
    blocks = Blocks()
    blocks.block_prompt(msgspec.Raw(b'{"blockReason":"SAFETY"}'))
    events: list[Event] = []
    blocks.end(events)
    extras: dict[str, dict[str, object]] = {"gemini": {"promptFeedback": {"blockReason": "SAFETY"}}}
    assert events == [ChoiceEnd(0, FinishReason(Stop.CONTENT_FILTER, "SAFETY"), extras)]


@pytest.mark.parametrize("record", [b'{"safetyRatings":[]}', b'{"blockReason":5}', b"[]"])
def test_other_feedback_blocks_nothing(record: bytes) -> None:
    blocks = Blocks()
    blocks.block_prompt(msgspec.Raw(record))
    assert not blocks.choices

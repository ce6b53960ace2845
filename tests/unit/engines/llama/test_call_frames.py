from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sluiceway.dialects.openai_chat.decode_request import decode_request
from sluiceway.engines.llama.call_frames import CallFrames, ObjectText, call_sink
from sluiceway.errors import EngineUnavailable
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
    ToolInputDelta,
    UsageReport,
)
from sluiceway.fold import fold
from sluiceway.order import check_order
from sluiceway.request import Request
from sluiceway.testing import RecordingSink
from sluiceway.usage import FinishReason, Stop, Usage

CALL = '{"name": "add", "arguments": {"a": {"b": "}\\"{"}, "c": []} }\n'
ARGUMENTS = '{"a": {"b": "}\\"{"}, "c": []}'
ENDED = FinishReason(Stop.END, "stop")


def answer(pieces: Iterable[str], reason: FinishReason = ENDED, choice: int = 0) -> list[Event]:
    """Return what an answer of one text says."""
    return [
        StreamStart("chatcmpl-x"),
        BlockStart(0, BlockKind.TEXT, choice),
        *(TextDelta(0, piece) for piece in pieces),
        BlockEnd(0),
        ChoiceEnd(choice, reason),
        UsageReport(Usage(1, 2)),
        StreamEnd(),
    ]


def told(events: Iterable[Event], *, is_named: bool = False) -> list[Event]:
    calls = CallFrames(is_named=is_named)
    return [new for event in events for frame in calls.feed([Frame([event])]) for new in frame.events]


def call_of(events: list[Event]) -> tuple[str, str, str]:
    check_order(events)
    [choice] = fold(events).choices
    [block] = choice.blocks
    assert block.start.kind is BlockKind.TOOL
    return block.start.tool_id, block.start.tool_name, block.text


def test_a_name_comes_before_its_arguments_and_those_as_they_come() -> None:
    events = told(answer(['{"name": "add", ', '"arguments": ', '{"a":', ' "x\\', '"}"', "}", "}"]))
    assert events[1:7] == [
        BlockStart(0, BlockKind.TOOL, 0, "call_x", "add"),
        ToolInputDelta(0, '{"a":'),
        ToolInputDelta(0, ' "x\\'),
        ToolInputDelta(0, '"}"'),
        ToolInputDelta(0, "}"),
        BlockEnd(0),
    ]


def test_every_cut_in_three_gives_the_same_call() -> None:
    for first in range(len(CALL) + 1):
        for second in range(first, len(CALL) + 1):
            events = told(answer([CALL[:first], CALL[first:second], CALL[second:]]))
            assert call_of(events) == ("call_x", "add", ARGUMENTS)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(['"', "\\", "}", "{", '\\"}']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.text(max_size=8), st.dictionaries(st.text(max_size=4), values, max_size=3), st.booleans(), st.integers(1, 7)
)
def test_any_call_in_any_pieces_comes_back(name: str, inputs: dict[str, object], ascii_: bool, size: int) -> None:
    arguments = json.dumps(inputs, ensure_ascii=ascii_)
    text = f'{{"name":{json.dumps(name, ensure_ascii=ascii_)},\n"arguments":{arguments}}}'
    events = told(answer([text[at : at + size] for at in range(0, len(text), size)]))
    assert call_of(events) == ("call_x", name, arguments)


@given(
    st.lists(st.text() | st.sampled_from([CALL, "{", '"', "\\", '{"name": "', '", "arguments": ', "}"]), max_size=8)
)
@example(["{" * 5000])
@example(['{"name": "\\ud800", "arguments": {'])
@example([" ", "{", "}"])
def test_no_text_raises_and_none_is_lost(pieces: list[str]) -> None:
    events = told(answer(pieces))
    check_order(events)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    is_call = any(isinstance(event, BlockStart) and event.kind is BlockKind.TOOL for event in events)
    assert text == ("" if is_call else "".join(pieces))


@pytest.mark.parametrize(
    ("is_named", "reason", "expected"),
    [
        (False, ENDED, FinishReason(Stop.TOOL_CALL)),
        (True, ENDED, ENDED),
        (False, FinishReason(Stop.LENGTH, "length"), FinishReason(Stop.LENGTH, "length")),
    ],
)
def test_the_end_says_what_openais_says(is_named: bool, reason: FinishReason, expected: FinishReason) -> None:
    assert ChoiceEnd(0, expected) in told(answer([CALL], reason), is_named=is_named)


def test_a_text_ends_as_it_did() -> None:
    assert told(answer(["No", "."])) == answer(["No", "."])


def test_reasoning_comes_before_the_call() -> None:
    thought: list[Event] = [BlockStart(0, BlockKind.REASONING), ReasoningDelta(0, "Add."), BlockEnd(0)]
    events = told([StreamStart("i"), *thought, BlockStart(1, BlockKind.TEXT), TextDelta(1, CALL), BlockEnd(1)])
    assert events[1:5] == [*thought, BlockStart(1, BlockKind.TOOL, 0, "call_i", "add")]


def test_choices_side_by_side_have_calls_of_their_own() -> None:
    starts: list[Event] = [StreamStart("i"), BlockStart(0, BlockKind.TEXT), BlockStart(1, BlockKind.TEXT, 1)]
    events = told([*starts, TextDelta(1, CALL), TextDelta(0, CALL), BlockEnd(0), BlockEnd(1)])
    check_order(events)
    assert [event for event in events if isinstance(event, BlockStart)] == [
        BlockStart(0, BlockKind.TOOL, 1, "call_i_1", "add"),
        BlockStart(1, BlockKind.TOOL, 0, "call_i", "add"),
    ]
    assert events[-2:] == [BlockEnd(1), BlockEnd(0)]


def test_an_answer_that_breaks_off_stays_broken() -> None:
    broken = StreamError("engine_unavailable", "gone")
    assert told([*answer([CALL])[:3], broken])[-1] == broken


def test_what_follows_the_object_is_not_of_it() -> None:
    whole = ObjectText()
    assert [whole.feed(piece) for piece in ("{", '"}\\"', '"}', "}", "{}")] == ["{", '"}\\"', '"}', "", ""]


def request_with(**fields: object) -> Request:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}
    return decode_request(msgspec.json.encode(body))


def test_other_answers_keep_their_sink() -> None:
    sink = RecordingSink()
    for fields in ({}, {"tool_choice": "auto"}, {"tool_choice": "none"}):
        assert call_sink(request_with(**fields), sink) is sink


async def test_frames_lose_their_bytes_and_the_short_way_is_closed() -> None:
    sink = RecordingSink()
    before = call_sink(request_with(tool_choice={"type": "function", "function": {"name": "add"}}), sink)
    before.feed([Frame([event], "openai_chat/sse", b"raw") for event in answer([CALL])[:3]])
    before.feed([Frame([], "openai_chat/sse", b": ping\n\n")])
    error = EngineUnavailable("gone")
    before.close(error)
    assert all((frame.wire, frame.raw) == ("", b"") for frame in sink.frames)
    assert sink.events[-1] == ToolInputDelta(0, ARGUMENTS)
    assert (before.lane.lead, before.lane is sink.lane, await sink.ended()) == (None, False, error)
    assert len(sink.feeds) == 1

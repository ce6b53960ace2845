from __future__ import annotations

import json

import pytest
from support.tellings import check_telling
from support.ui_stream_grammar import check_ui

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.ui_stream.encode import StreamEncoder
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    Frame,
    StreamEnd,
    StreamStart,
    TextDelta,
)
from sluiceway.request import Message, Request, Role, TextPart, ToolCallPart, ToolResultPart
from sluiceway.usage import FinishReason, Stop

HI = Message(Role.USER, [TextPart("hi")])
CALL = Message(Role.ASSISTANT, [TextPart("a"), ToolCallPart("c1", "f", "{}")])
RESULT = Message(Role.TOOL, [ToolResultPart("c1", [TextPart("1")])])
ANSWER: list[Event] = [
    StreamStart("id", "m", 1),
    BlockStart(0, BlockKind.TEXT),
    TextDelta(0, "a"),
    BlockEnd(0),
    ChoiceEnd(0, FinishReason(Stop.END)),
    StreamEnd(),
]


def make(*messages: Message, framing: Framing = Framing.SSE) -> StreamEncoder:
    return StreamEncoder(EncodeOptions(framing, "gen_1", "asked", 1), Request("m", list(messages)))


def test_a_whole_answer_is_events_with_a_mark_at_the_end() -> None:
    encoder = make(HI)
    body = b"".join(encoder.encode(Frame([event], "openai_chat/sse", b"data: {}\n\n")) for event in ANSWER)
    assert body == make(HI).encode(Frame(ANSWER))
    kinds = [part["type"] for part in check_ui(body)]
    assert kinds == ["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"]


def test_ndjson_has_the_same_payloads_and_no_mark() -> None:
    lines = make(HI, framing=Framing.NDJSON).encode(Frame(ANSWER)).splitlines()
    assert [json.loads(line) for line in lines] == check_ui(make(HI).encode(Frame(ANSWER)))


@pytest.mark.parametrize(
    ("messages", "is_new"), [([], True), ([HI], True), ([HI, CALL, RESULT], False), ([HI, CALL], False)]
)
def test_an_answer_to_a_tools_result_goes_on_with_its_message(messages: list[Message], *, is_new: bool) -> None:
    assert (b"messageId" in make(*messages).encode(Frame(ANSWER[:1]))) is is_new


def test_the_ids_of_earlier_calls_are_taken() -> None:
    start = BlockStart(0, BlockKind.TOOL, 0, "c1", "f")
    assert b'"toolCallId":"c1_2"' in make(HI, CALL, RESULT).encode(Frame([start]))


def test_a_heartbeat_says_nothing() -> None:
    assert make().heartbeat() == b": ping\n"
    assert make(framing=Framing.NDJSON).heartbeat() == b"\n"


@pytest.mark.parametrize("framing", [Framing.SSE, Framing.NDJSON])
def test_what_stands_around_a_text_is_what_is_written_around_it(framing: Framing) -> None:
    check_telling(make(framing=framing), "openai_chat/sse")

from __future__ import annotations

import pytest
from support.ollamalines import call, chat, chat_done, decode_stream, events_of, generate

from sluiceway.dialects.ollama.reading import Reading
from sluiceway.dialects.ollama.shapes import NAME, Form
from sluiceway.errors import EngineUnavailable
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

START = StreamStart("", "m", 1_748_940_419)
TOKEN = {"token": "a", "logprob": -1.0}


def read(*lines: bytes) -> list[Event]:
    return events_of(decode_stream(*lines))


def said(*lines: bytes) -> list[Event]:
    """Return what the lines say between the start of the answer and the end of its last block."""
    events = read(*lines, chat_done())
    assert (events[0], events[-1]) == (START, StreamEnd())
    return events[1:-2]


def test_a_chat_is_one_block_of_text_with_an_end_and_counts() -> None:
    assert read(chat("a"), chat("b"), chat_done(prompt_eval_count=1, eval_count=2)) == [
        START,
        BlockStart(0, BlockKind.TEXT),
        TextDelta(0, "a"),
        TextDelta(0, "b"),
        BlockEnd(0),
        ChoiceEnd(0, FinishReason(Stop.END, "stop")),
        UsageReport(Usage(1, 2)),
        StreamEnd(),
    ]


def test_the_other_form_says_the_same() -> None:
    lines = [generate("", thinking="x"), generate("a"), generate("b", done=True, done_reason="length")]
    assert read(*lines) == [
        START,
        BlockStart(0, BlockKind.REASONING),
        ReasoningDelta(0, "x"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TEXT),
        TextDelta(1, "a"),
        TextDelta(1, "b"),
        BlockEnd(1),
        ChoiceEnd(0, FinishReason(Stop.LENGTH, "length")),
        StreamEnd(),
    ]


def test_one_line_may_think_speak_and_call() -> None:
    assert said(chat("a", thinking="x", tool_calls=[call("f", {"n": 1}, id="call_x"), call("g")])) == [
        BlockStart(0, BlockKind.REASONING),
        ReasoningDelta(0, "x"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TEXT),
        TextDelta(1, "a"),
        BlockEnd(1),
        BlockStart(2, BlockKind.TOOL, 0, "call_x", "f"),
        ToolInputDelta(2, '{"n":1}'),
        BlockEnd(2),
        BlockStart(3, BlockKind.TOOL, 0, "call_1", "g"),
        ToolInputDelta(3, "{}"),
        BlockEnd(3),
    ]


def test_calls_of_several_lines_are_counted_on_and_end_the_answer_as_such() -> None:
    events = read(chat(tool_calls=[call()]), generate(tool_calls=[call()]), chat_done())
    assert [event.tool_id for event in events if isinstance(event, BlockStart)] == ["call_0", "call_1"]
    assert ChoiceEnd(0, FinishReason(Stop.TOOL_CALL, "stop")) in events


def test_a_call_without_arguments_has_none() -> None:
    assert said(chat(tool_calls=[{"function": {"name": "f"}}])) == [
        BlockStart(0, BlockKind.TOOL, 0, "call_0", "f"),
        BlockEnd(0),
    ]


def test_probabilities_go_with_the_text() -> None:
    token = TokenLogprob("a", -1.0)
    assert said(chat("a", beside={"logprobs": [TOKEN]}), chat(beside={"logprobs": [TOKEN]})) == [
        BlockStart(0, BlockKind.TEXT),
        TextDelta(0, "a", [token]),
        TextDelta(0, "", [token]),
        BlockEnd(0),
    ]


@pytest.mark.parametrize("thinking", ["x", ""])
def test_probabilities_of_thinking_are_kept_beside_it(thinking: str) -> None:
    assert said(chat(thinking=thinking, beside={"logprobs": [TOKEN]})) == [
        BlockStart(0, BlockKind.REASONING),
        *([ReasoningDelta(0, "x")] if thinking else []),
        ExtrasDelta(0, {NAME: {"logprobs": [TOKEN]}}),
        BlockEnd(0),
    ]


def test_thinking_goes_on_from_line_to_line() -> None:
    lines = [chat(thinking="x"), chat(thinking="y"), chat(thinking="z")]
    assert said(*lines, chat(thinking="", beside={"logprobs": [TOKEN]})) == [
        BlockStart(0, BlockKind.REASONING),
        *(ReasoningDelta(0, text) for text in "xyz"),
        ExtrasDelta(0, {NAME: {"logprobs": [TOKEN]}}),
        BlockEnd(0),
    ]


def test_an_image_is_the_vendors_own() -> None:
    assert said(generate(image="AAAA")) == [
        BlockStart(0, BlockKind.VENDOR, extras={NAME: {"image": "AAAA"}}),
        BlockEnd(0),
    ]


def test_where_a_remote_model_ran_is_kept() -> None:
    beside: dict[str, object] = {"remote_model": "gpt-oss:120b", "remote_host": "https://ollama.com:443"}
    start = read(chat("a", beside=beside))[0]
    assert start == StreamStart("", "m", 1_748_940_419, {NAME: beside})


@pytest.mark.parametrize("line", [b"{}", b'{"status":"pulling"}', b'{"model":"m"}'])
def test_lines_that_say_nothing_start_nothing(line: bytes) -> None:
    assert read(line, chat("a"), chat_done()) == read(chat("a"), chat_done())


def test_a_line_of_progress_says_nothing() -> None:
    assert said(generate(completed=1, total=4)) == []


@pytest.mark.parametrize(
    "line",
    [
        b'{"thinking":"x"}',
        b'{"tool_calls":[{"function":{}}]}',
        b'{"image":"A"}',
        b'{"done":true}',
        b'{"response":""}',
    ],
)
def test_any_part_of_an_answer_starts_it(line: bytes) -> None:
    assert read(line)[0] == StreamStart()


def test_a_model_that_was_loaded_has_said_nothing() -> None:
    assert read(chat(done=True, beside={"done_reason": "load"})) == [
        START,
        ChoiceEnd(0, FinishReason(Stop.OTHER, "load")),
        StreamEnd(),
    ]


def test_an_error_breaks_the_answer_off_and_its_line_is_handed_on() -> None:
    frames = decode_stream(chat("a"), b'{"error":"it broke"}', chat("b"))
    assert frames[-1].events == [StreamError("upstream_failed", "it broke")]
    assert frames[-1].raw == b'{"error":"it broke"}\n'


def test_an_error_that_is_none_breaks_nothing() -> None:
    assert read(chat("a", beside={"error": ""}), chat_done()) == read(chat("a"), chat_done())


def test_a_stream_that_ends_before_its_last_line_was_cut() -> None:
    last = read(chat("a"))[-1]
    assert isinstance(last, StreamError)
    assert last.code == EngineUnavailable.code


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"message":{"content":1}}'])
def test_a_broken_line_ends_the_answer_in_an_error(line: bytes) -> None:
    last = read(chat("a"), line, chat_done())[-1]
    assert isinstance(last, StreamError)
    assert last.code == "upstream_protocol_error"


def test_an_answer_without_a_reason_to_end_can_be_ended() -> None:
    for line, stop in ((chat("a"), Stop.OTHER), (chat(tool_calls=[call()]), Stop.TOOL_CALL)):
        reading = Reading()
        events: list[Event] = []
        reading.read(line, events)
        reading.end_unsaid(events)
        assert reading.is_over
        assert events[-2:] == [ChoiceEnd(0, FinishReason(stop)), StreamEnd()]


def test_the_form_is_that_of_the_first_line() -> None:
    for line, form in ((chat(), Form.CHAT), (generate(), Form.GENERATE), (b"{}", Form.CHAT)):
        reading = Reading()
        assert reading.form is None
        reading.read(line, [])
        reading.read(generate(), [])
        assert reading.form is form

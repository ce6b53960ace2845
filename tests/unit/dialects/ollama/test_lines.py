from __future__ import annotations

import json
from typing import Any

import pytest
from support.ollamalines import options

from sluiceway.dialects.ollama.lines import LineWriter
from sluiceway.dialects.ollama.shapes import NAME, Form
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

HEAD = {"model": "asked", "created_at": "2023-11-14T22:13:20Z"}
TEXT = BlockStart(0, BlockKind.TEXT)
TOOL = BlockStart(0, BlockKind.TOOL, 0, "call_x", "f")
ENDS: list[Event] = [ChoiceEnd(0, FinishReason(Stop.TOOL_CALL)), StreamEnd()]


def write(*events: Event, form: Form = Form.CHAT) -> list[Any]:
    return [json.loads(line) for line in LineWriter(form, options()).encode(list(events))]


def chat(done: bool = False, **said: object) -> dict[str, object]:
    return {**HEAD, "message": {"role": "assistant", "content": "", **said}, "done": done}


def test_text_and_thinking_have_their_places_in_both_forms() -> None:
    events: list[Event] = [
        TEXT,
        TextDelta(0, 'a"'),
        BlockStart(1, BlockKind.REASONING),
        ReasoningDelta(1, "x", "proof"),
    ]
    assert write(*events) == [chat(content='a"'), chat(thinking="x")]
    assert write(*events, form=Form.GENERATE) == [
        {**HEAD, "response": 'a"', "done": False},
        {**HEAD, "response": "", "thinking": "x", "done": False},
    ]


def test_lines_begin_with_what_the_upstream_said_of_itself() -> None:
    start = StreamStart("id", "m", 1, {NAME: {"remote_model": "n"}, "gemini": {"x": 1}})
    (line,) = write(start, TEXT, TextDelta(0, "a"))
    assert {name: line[name] for name in ("model", "created_at", "remote_model")} == {
        "model": "m",
        "created_at": "1970-01-01T00:00:01Z",
        "remote_model": "n",
    }
    assert line.keys() == {"model", "created_at", "remote_model", "message", "done"}


def test_empty_pieces_proofs_and_foreign_extras_are_not_told() -> None:
    events: list[Event] = [TEXT, TextDelta(0, ""), BlockStart(1, BlockKind.REASONING), ReasoningDelta(1, "", "proof")]
    assert write(*events, ExtrasDelta(0, {"gemini": {"x": 1}}), BlockEnd(0), BlockEnd(1)) == []


def test_a_refusal_is_text() -> None:
    assert write(BlockStart(0, BlockKind.REFUSAL), TextDelta(0, "no")) == [chat(content="no")]


def test_probabilities_stand_beside_the_message() -> None:
    token = {"token": "a", "logprob": -1.0}
    events: list[Event] = [
        TEXT,
        TextDelta(0, "a", [TokenLogprob("a", -1.0)]),
        ExtrasDelta(0, {NAME: {"logprobs": [token]}}),
    ]
    assert write(*events) == [{**chat(content="a"), "logprobs": [token]}, {**chat(thinking=""), "logprobs": [token]}]


def test_only_the_first_choice_is_told() -> None:
    events: list[Event] = [
        BlockStart(0, BlockKind.TEXT, 1),
        TextDelta(0, "a"),
        BlockStart(1, BlockKind.REASONING, 1),
        ReasoningDelta(1, "a"),
        BlockStart(2, BlockKind.TOOL, 1, "call_x", "f"),
        ToolInputDelta(2, "{}"),
        ExtrasDelta(0, {NAME: {"logprobs": [1]}}),
        BlockStart(3, BlockKind.VENDOR, 1, extras={NAME: {"image": "A"}}),
        *map(BlockEnd, range(4)),
        ChoiceEnd(1, FinishReason(Stop.LENGTH)),
        StreamEnd(),
    ]
    assert write(*events) == [chat(done=True)]


def test_an_image_has_a_line_of_its_own() -> None:
    (line,) = write(BlockStart(0, BlockKind.VENDOR, extras={NAME: {"image": "A"}}), form=Form.GENERATE)
    assert line == {**HEAD, "response": "", "done": False, "image": "A"}


def test_the_arguments_of_a_call_are_gathered_and_calls_are_counted() -> None:
    second = BlockStart(1, BlockKind.TOOL, 0, "call_y", "g")
    events: list[Event] = [
        TOOL,
        ToolInputDelta(0, '{"n"'),
        second,
        ToolInputDelta(0, ": 1}"),
        BlockEnd(0),
        BlockEnd(1),
    ]
    calls = [
        [{"id": "call_x", "function": {"index": 0, "name": "f", "arguments": {"n": 1}}}],
        [{"id": "call_y", "function": {"index": 1, "name": "g", "arguments": {}}}],
    ]
    assert write(*events) == [chat(tool_calls=calls[0]), chat(tool_calls=calls[1])]
    assert [line["tool_calls"] for line in write(*events, form=Form.GENERATE)] == calls


def test_numbers_in_arguments_stay_as_they_are() -> None:
    (line,) = LineWriter(Form.CHAT, options()).encode([TOOL, ToolInputDelta(0, '{"n":1.10}'), BlockEnd(0)])
    assert b'"arguments":{"n":1.10}' in line


def test_a_call_that_the_model_took_for_complete_and_is_no_object_breaks_the_answer_off() -> None:
    for stop in (Stop.TOOL_CALL, Stop.END, Stop.STOP_SEQUENCE):
        lines = write(TOOL, ToolInputDelta(0, "{"), BlockEnd(0), ChoiceEnd(0, FinishReason(stop)), StreamEnd())
        assert lines == [{"error": "the arguments of the model's call of 'f' are not a JSON object"}]


@pytest.mark.parametrize("stop", [Stop.LENGTH, Stop.CANCELLED, Stop.OTHER])
def test_a_call_that_was_cut_on_purpose_was_never_made(stop: Stop) -> None:
    (line,) = write(TOOL, ToolInputDelta(0, "{"), BlockEnd(0), ChoiceEnd(0, FinishReason(stop)), StreamEnd())
    assert line["done"] is True
    assert "tool_calls" not in line["message"]


def test_the_last_line_sums_up() -> None:
    end = ChoiceEnd(0, FinishReason(Stop.LENGTH), {NAME: {"eval_duration": 5}})
    assert write(TEXT, BlockEnd(0), end, UsageReport(Usage(1, 2)), StreamEnd()) == [
        {
            **chat(done=True),
            "done_reason": "length",
            "eval_duration": 5,
            "prompt_eval_count": 1,
            "eval_count": 2,
        }
    ]


def test_nothing_follows_an_error_or_the_end() -> None:
    error = StreamError("x", "it broke")
    assert write(error, TEXT, TextDelta(0, "a"), StreamEnd()) == [{"error": "it broke"}]
    assert len(write(*ENDS, error, StreamEnd())) == 1


def test_what_others_told_is_gone_on_with() -> None:
    writer = LineWriter(Form.CHAT, options())
    before: list[Event] = [
        StreamStart("", "m", 1),
        TOOL,
        ToolInputDelta(0, '{"n":'),
        ToolInputDelta(7, "x"),
        BlockStart(1, BlockKind.TOOL, 0, "call_y", "g"),
        BlockEnd(1),
        BlockStart(2, BlockKind.TEXT),
        TextDelta(2, "a"),
        UsageReport(Usage(1, 2)),
        ChoiceEnd(1, FinishReason(Stop.LENGTH)),
        BlockStart(3, BlockKind.TEXT),
        BlockEnd(3),
    ]
    for event in before:
        writer.follow(event)
    text, tool, last = map(
        json.loads, writer.encode([TextDelta(2, "b"), ToolInputDelta(0, "1}"), BlockEnd(0), BlockEnd(2), *ENDS])
    )
    assert (text["model"], text["message"]["content"]) == ("m", "b")
    (called,) = tool["message"]["tool_calls"]
    assert called["function"] == {"index": 1, "name": "f", "arguments": {"n": 1}}
    assert (last["done_reason"], last["eval_count"]) == ("stop", 2)


@pytest.mark.parametrize("event", [StreamEnd(), StreamError("x", "y")])
def test_nothing_follows_an_end_that_others_told(event: Event) -> None:
    writer = LineWriter(Form.CHAT, options())
    writer.follow(event)
    assert writer.encode([TEXT, TextDelta(0, "a"), *ENDS]) == []


def test_an_end_that_others_told_is_summed_up() -> None:
    writer = LineWriter(Form.CHAT, options())
    writer.follow(ChoiceEnd(0, FinishReason(Stop.LENGTH)))
    (line,) = writer.encode([StreamEnd()])
    assert json.loads(line)["done_reason"] == "length"

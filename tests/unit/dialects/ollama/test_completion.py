from __future__ import annotations

import json

import pytest
from support.ollamalines import options

from sluiceway.dialects.base import Framing
from sluiceway.dialects.ollama.completion import encode_completion, unary_encoder
from sluiceway.dialects.ollama.shapes import NAME, Form
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    Frame,
    ReasoningDelta,
    StreamEnd,
    StreamStart,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.fold import fold
from sluiceway.usage import FinishReason, Stop, Usage

HEAD = {"model": "m", "created_at": "1970-01-01T00:00:01Z"}
END = {"done": True, "done_reason": "stop"}


def encode(*events: Event, form: Form = Form.CHAT, stop: Stop = Stop.END) -> dict[str, object]:
    end: list[Event] = [ChoiceEnd(0, FinishReason(stop), {NAME: {"eval_duration": 5}}), StreamEnd()]
    told: dict[str, object] = json.loads(
        unary_encoder(form, options(Framing.JSON)).encode(Frame([StreamStart("", "m", 1), *events, *end]))
    )
    assert told.pop("eval_duration") == 5
    return told


def test_everything_said_is_joined_in_both_forms() -> None:
    events: list[Event] = [
        BlockStart(0, BlockKind.REASONING),
        ReasoningDelta(0, "x"),
        BlockStart(1, BlockKind.TEXT),
        TextDelta(1, "a"),
        BlockStart(2, BlockKind.REFUSAL),
        TextDelta(2, "b"),
        BlockStart(3, BlockKind.TOOL, 0, "call_x", "f"),
        ToolInputDelta(3, '{"n":1}'),
        *map(BlockEnd, range(4)),
        UsageReport(Usage(1, 2)),
    ]
    calls = [{"id": "call_x", "function": {"index": 0, "name": "f", "arguments": {"n": 1}}}]
    counts = {"prompt_eval_count": 1, "eval_count": 2}
    message = {"role": "assistant", "content": "ab", "thinking": "x", "tool_calls": calls}
    assert encode(*events) == {**HEAD, "message": message, **END, **counts}
    beside = {"response": "ab", "thinking": "x", "tool_calls": calls}
    assert encode(*events, form=Form.GENERATE) == {**HEAD, **beside, **END, **counts}


def test_an_answer_that_says_nothing_is_empty_text() -> None:
    assert encode() == {**HEAD, "message": {"role": "assistant", "content": ""}, **END}


def test_probabilities_and_an_image_stand_beside_it() -> None:
    token = {"token": "a", "logprob": -1.0}
    told = encode(
        BlockStart(0, BlockKind.REASONING),
        ExtrasDelta(0, {NAME: {"logprobs": [token]}}),
        ExtrasDelta(0, {"gemini": {"x": 1}}),
        BlockStart(1, BlockKind.TEXT),
        TextDelta(1, "a", [TokenLogprob("a", -1.0)]),
        BlockStart(2, BlockKind.VENDOR, extras={NAME: {"image": "A"}}),
        *map(BlockEnd, range(3)),
    )
    assert (told["logprobs"], told["image"]) == ([token, token], "A")


def test_a_call_that_is_no_object_is_an_error_unless_it_was_cut() -> None:
    events: list[Event] = [BlockStart(0, BlockKind.TOOL, 0, "call_x", "f"), ToolInputDelta(0, "{"), BlockEnd(0)]
    with pytest.raises(RemoteProtocolError, match="call of 'f'"):
        encode(*events, stop=Stop.TOOL_CALL)
    assert encode(*events, stop=Stop.LENGTH)["message"] == {"role": "assistant", "content": ""}


def test_an_answer_without_a_first_choice_is_empty() -> None:
    told = encode_completion(fold([ChoiceEnd(1, FinishReason(Stop.LENGTH)), StreamEnd()]), Form.CHAT, options())
    assert (told["message"], told["done"]) == ({"role": "assistant", "content": ""}, True)
    assert "done_reason" not in told


def test_an_answer_of_the_same_form_goes_out_as_its_own_bytes() -> None:
    frame = Frame([StreamStart(), ChoiceEnd(0, FinishReason(Stop.END)), StreamEnd()], "ollama/json", b"{ }")
    assert unary_encoder(Form.CHAT, options(Framing.JSON)).encode(frame) == b"{ }"
    assert unary_encoder(Form.GENERATE, options(Framing.JSON)).encode(frame) != b"{ }"

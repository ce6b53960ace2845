from __future__ import annotations

import json
from typing import Any

from support.completionchunks import options

from sluiceway.dialects.openai_completions.chunks import TEXT_KINDS, ChunkWriter
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

TEXT = BlockStart(0, BlockKind.TEXT)


def write(*events: Event, include_usage: bool = False) -> list[Any]:
    payloads = ChunkWriter(options(include_usage=include_usage)).encode(list(events))
    return ["[DONE]" if payload == b"[DONE]" else json.loads(payload) for payload in payloads]


def choices(*events: Event) -> list[Any]:
    return [payload["choices"][0] for payload in write(*events)]


def test_a_chunk_has_openais_form() -> None:
    start = StreamStart("id", "m", 7, {"openai_completions": {"system_fingerprint": "fp"}})
    assert write(start, TEXT, TextDelta(0, 'a"')) == [
        {
            "id": "id",
            "object": "text_completion",
            "created": 7,
            "model": "m",
            "system_fingerprint": "fp",
            "choices": [{"index": 0, "text": 'a"', "logprobs": None, "finish_reason": None}],
        }
    ]


def test_a_refusal_is_told_as_text() -> None:
    told = choices(BlockStart(0, BlockKind.REFUSAL, 1), TextDelta(0, "no"))
    assert told == [{"index": 1, "text": "no", "logprobs": None, "finish_reason": None}]
    assert BlockKind.REASONING not in TEXT_KINDS


def test_what_has_no_place_is_left_out() -> None:
    told = write(
        BlockStart(0, BlockKind.REASONING),
        ReasoningDelta(0, "hm"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TOOL, 0, "c", "f"),
        ToolInputDelta(1, "{}"),
        BlockStart(2, BlockKind.VENDOR),
        ExtrasDelta(2, {"x": {}}),
        TextDelta(1, "of no text block"),
    )
    assert told == []


def test_offsets_run_over_the_whole_text_of_a_choice() -> None:
    tokens = [TokenLogprob("cd", -1.0), TokenLogprob("e", -2.0)]
    told = choices(TEXT, TextDelta(0, "ab"), TextDelta(0, "cde", tokens), BlockEnd(0))
    assert told[1]["logprobs"]["text_offset"] == [2, 4]
    again = choices(TEXT, TextDelta(0, "é"), BlockEnd(0), BlockStart(1, BlockKind.TEXT), TextDelta(1, "cd", tokens))
    assert again[1]["logprobs"]["text_offset"] == [1, 3]


def test_a_finish_reason_comes_on_an_empty_text() -> None:
    end = ChoiceEnd(3, FinishReason(Stop.LENGTH), {"openai_completions": {"stop_reason": "x"}, "other": {"y": 1}})
    told = choices(BlockStart(0, BlockKind.TEXT, 3), TextDelta(0, "a"), BlockEnd(0), end)
    assert told[1] == {"index": 3, "text": "", "logprobs": None, "finish_reason": "length", "stop_reason": "x"}


def test_only_the_last_usage_is_told_before_the_end_and_only_when_asked_for() -> None:
    ending: list[Event] = [UsageReport(Usage(1)), UsageReport(Usage(1, 2)), StreamEnd()]
    assert write(*ending) == ["[DONE]"]
    usage, done = write(*ending, include_usage=True)
    assert (usage["choices"], usage["usage"]["total_tokens"], done) == ([], 3, "[DONE]")
    assert write(StreamEnd(), include_usage=True) == ["[DONE]"]


def test_an_error_ends_the_stream() -> None:
    error, done = write(UsageReport(Usage(1)), StreamError("engine_unavailable", "gone"), include_usage=True)
    assert (error["error"]["message"], done) == ("gone", "[DONE]")


def test_what_was_followed_is_gone_on_with() -> None:
    writer = ChunkWriter(options())
    for event in (StreamStart("id", "m", 7), TEXT, UsageReport(Usage(1)), BlockStart(1, BlockKind.TEXT), BlockEnd(1)):
        writer.follow(event)
    (payload,) = writer.encode([TextDelta(0, "a"), TextDelta(1, "of an ended block")])
    told = json.loads(payload)
    assert (told["id"], told["choices"][0]["text"]) == ("id", "a")

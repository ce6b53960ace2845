"""Any dialect in, any dialect out: every recorded answer, told from its events in every dialect, and read again.

Nothing may be missing but what `support.losses` lists for the dialect it was told in.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from support.cuts import decode_pieces
from support.losses import known, lose
from support.recordings import Recording, recordings
from support.transcoding import BOTH_WAYS, check_stream, decode, losses_of, read_back, tell, upstream_of
from support.ui_stream_grammar import check_ui, read_ui

from sluiceway.events import BlockKind, Event, StreamEnd, StreamError
from sluiceway.fold import Block, Completion, fold
from sluiceway.usage import Stop

ALL = recordings()
BROKEN = {"test_tool_use_failed_error_streaming.0.sse", "cut.sse", "vllm-error.sse"}
ENDED = [recording for recording in ALL if recording.name not in BROKEN]
BREAKING = [recording for recording in ALL if recording.name in BROKEN]

INVALID_INPUT = "The tool's input is not whole JSON."
UI_REASONS = {
    Stop.LENGTH: "length",
    Stop.CONTENT_FILTER: "content-filter",
    Stop.TOOL_CALL: "tool-calls",
    Stop.OTHER: "other",
}


def name_of(recording: Recording) -> str:
    return recording.name


RECORDING = pytest.mark.parametrize("recording", ENDED, ids=name_of)


@cache
def events_of(recording: Recording) -> list[Event]:
    return decode(recording.dialect, recording.body, is_stream=recording.is_stream)


def test_the_corpora_are_there() -> None:
    dialects = [recording.dialect for recording in ALL]
    assert {name: dialects.count(name) for name in dialects} == {
        "openai_chat": 34,
        "openai_completions": 7,
        "openai_responses": 22,
        "anthropic": 45,
        "gemini": 6,
        "ollama": 3,
    }
    assert len(BREAKING) == len(BROKEN)


@RECORDING
def test_a_recorded_answer_comes_to_its_end(recording: Recording) -> None:
    assert type(events_of(recording)[-1]) is StreamEnd


@pytest.mark.parametrize("target", BOTH_WAYS)
@RECORDING
def test_a_stream_loses_only_what_the_dialect_cannot_hold(recording: Recording, target: str) -> None:
    body = tell(target, events_of(recording))
    check_grammar(recording, target, body)
    own = target if recording.dialect == target else ""
    expected = lose(fold(events_of(recording)), losses_of(target, is_stream=True))
    assert known(read_back(target, body), own) == known(expected, own)


def check_grammar(recording: Recording, target: str, body: bytes) -> None:
    """Check what is told of others; what a dialect tells of its own may be what only it has."""
    if recording.dialect != target:
        check_stream(target, body)


@pytest.mark.parametrize("target", BOTH_WAYS)
@RECORDING
def test_a_whole_answer_loses_only_what_the_dialect_cannot_hold(recording: Recording, target: str) -> None:
    body = tell(target, events_of(recording), is_stream=False)
    json.loads(body)
    expected = lose(fold(events_of(recording)), losses_of(target, is_stream=False))
    assert known(read_back(target, body, is_stream=False)) == known(expected)


@pytest.mark.parametrize("target", BOTH_WAYS)
@pytest.mark.parametrize("recording", BREAKING, ids=name_of)
def test_an_answer_that_breaks_off_does_so_in_the_readers_words(recording: Recording, target: str) -> None:
    check_broken(events_of(recording), target)


@pytest.mark.parametrize("target", BOTH_WAYS)
@pytest.mark.parametrize("recording", ENDED[::4], ids=name_of)
def test_an_answer_that_is_cut_breaks_off_in_the_readers_words(recording: Recording, target: str) -> None:
    half = recording.body[: len(recording.body) // 2]
    frames = decode_pieces(upstream_of(recording.dialect).decoder(recording.is_stream, 1 << 22), [half])
    check_broken([event for frame in frames for event in frame.events], target)


def check_broken(events: list[Event], target: str) -> None:
    *_, error = events
    assert isinstance(error, StreamError)
    body = tell(target, events)
    told = read_back(target, body)
    assert told.error is not None
    assert told.error.message == error.message
    assert texts_of(told) == texts_of(lose(fold(events), losses_of(target, is_stream=True)))
    assert tell(target, events, is_stream=False) == b""


def texts_of(completion: Completion) -> list[str]:
    return [block.text for choice in completion.choices for block in choice.blocks if block.text]


@RECORDING
def test_the_clients_message_holds_what_the_ui_stream_can_say(recording: Recording) -> None:
    parts = check_ui(tell("ui_stream", events_of(recording)))
    completion = fold(events_of(recording))
    (choice, *_) = completion.choices
    said = [block for block in choice.blocks if block.start.kind is not BlockKind.VENDOR]
    assert read_ui(parts) == [part_of(block) for block in said]
    assert choice.reason is not None
    is_refused = choice.reason.stop is Stop.END and any(block.start.kind is BlockKind.REFUSAL for block in said)
    stop = Stop.CONTENT_FILTER if is_refused else choice.reason.stop
    assert parts[-1]["finishReason"] == UI_REASONS.get(stop, "stop")
    usage, told = completion.usage, parts[-1].get("messageMetadata", {}).get("usage", {})
    assert (told.get("inputTokens"), told.get("outputTokens")) == (
        (usage.input_tokens, usage.output_tokens) if usage else (None, None)
    )


def part_of(block: Block) -> dict[str, Any]:
    """Return the part that the AI SDK's client makes of a block."""
    start = block.start
    if start.kind is BlockKind.TOOL:
        call: dict[str, Any] = {
            "type": f"tool-{start.tool_name}",
            "toolCallId": start.tool_id,
            "text": block.text,
        }
        try:
            return {**call, "state": "input-available", "input": json.loads(block.text or "{}")}
        except ValueError:
            return {**call, "state": "output-error", "rawInput": block.text, "errorText": INVALID_INPUT}
    kind = "reasoning" if start.kind is BlockKind.REASONING else "text"
    part: dict[str, Any] = {"type": kind, "text": block.text, "state": "done"}
    if block.signature is not None:
        part["providerMetadata"] = {"sluiceway": {"signature": block.signature}}
    return part

"""Recorded Ollama answers, whole and however they are cut, there and back again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from ollama import ChatResponse
from support.cuts import cut_everywhere, cut_in_two, decode_pieces
from support.ollama_grammar import check_answer, check_stream
from support.ollamalines import UPSTREAM, events_of, options, values_of

from sluiceway.dialects.base import Framing
from sluiceway.dialects.ollama.encode import encoder as encoder_for
from sluiceway.dialects.ollama.shapes import NAME, Form
from sluiceway.events import BlockKind, Frame, StreamEnd, StreamError
from sluiceway.fold import fold
from sluiceway.order import StreamState, check_order
from sluiceway.usage import FinishReason, Stop, Usage

CORPUS = Path(__file__).parent.parent / "corpora" / "ollama" / "langchaingo"
STREAMS = sorted(CORPUS.glob("*.ndjson"))
FORMS = {"TestClient_GenerateStream.ndjson": Form.GENERATE}
TOOL_CALL = CORPUS / "TestCloudToolCall.0.json"

STREAM = pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
KIND = pytest.mark.parametrize("is_stream", [True, False], ids=["lines", "cloud"])


def form_of(path: Path) -> Form:
    return FORMS.get(path.name, Form.CHAT)


def decode(pieces: Iterable[bytes], *, is_stream: bool = True) -> list[Frame]:
    return decode_pieces(UPSTREAM.decoder(is_stream, 1 << 20), pieces)


def encode(frames: Iterable[Frame], form: Form, framing: Framing = Framing.NDJSON) -> bytes:
    encoder = encoder_for(form, options(framing))
    return b"".join(encoder.encode(frame) for frame in frames)


def told_from_events(frames: Iterable[Frame]) -> list[Frame]:
    return [Frame(frame.events) for frame in frames]


def test_the_corpus_is_there() -> None:
    assert (len(STREAMS), TOOL_CALL.is_file()) == (3, True)


@STREAM
@KIND
def test_events_come_in_legal_order_and_the_end_is_right(path: Path, is_stream: bool) -> None:
    events = events_of(decode([path.read_bytes()], is_stream=is_stream))
    assert check_order(events) is StreamState.ENDED
    assert type(events[-1]) is StreamEnd


@STREAM
@KIND
def test_no_cut_makes_a_difference(path: Path, is_stream: bool) -> None:
    body = path.read_bytes()
    whole = decode([body], is_stream=is_stream)
    assert decode(cut_everywhere(body), is_stream=is_stream) == whole
    assert all(decode(pieces, is_stream=is_stream) == whole for pieces in cut_in_two(body))


@STREAM
@KIND
def test_the_same_form_gets_the_same_bytes(path: Path, is_stream: bool) -> None:
    body = path.read_bytes()
    assert encode(decode([body], is_stream=is_stream), form_of(path)) == body


@STREAM
def test_events_carry_the_same_payloads(path: Path) -> None:
    body = path.read_bytes()
    sent = encode(decode([body]), form_of(path), Framing.SSE)
    assert [event.partition(b": ")[2] for event in sent.split(b"\n\n")[:-1]] == body.splitlines()


@STREAM
@pytest.mark.parametrize("form", list(Form))
def test_what_is_told_from_events_means_the_same(path: Path, form: Form) -> None:
    frames = decode([path.read_bytes()])
    told = encode(told_from_events(frames), form)
    check_stream(told, form)
    assert fold(events_of(decode([told]))) == fold(events_of(frames))


@STREAM
@pytest.mark.parametrize("form", list(Form))
def test_a_whole_answer_means_the_same_as_its_stream(path: Path, form: Form) -> None:
    frames = decode([path.read_bytes()])
    body = encode(frames, form, Framing.JSON)
    check_answer(json.loads(body), form)
    assert fold(events_of(decode([body], is_stream=False))) == fold(events_of(frames))


@STREAM
def test_a_stream_without_its_last_line_was_cut(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    *_, last = events_of(decode(lines[:-1]))
    assert isinstance(last, StreamError)
    assert last.code == "engine_unavailable"


def test_a_whole_tool_call_goes_out_as_it_came_and_means_the_same_told_anew() -> None:
    body = TOOL_CALL.read_bytes()
    frames = decode([body], is_stream=False)
    assert encode(frames, Form.CHAT, Framing.JSON) == body
    again = json.loads(encode(told_from_events(frames), Form.CHAT, Framing.JSON))
    assert again == {**json.loads(body), "created_at": "2026-03-03T23:44:44Z"}


def test_a_whole_tool_call_can_be_streamed() -> None:
    frames = decode([TOOL_CALL.read_bytes()], is_stream=False)
    body = encode(frames, Form.CHAT)
    check_stream(body, Form.CHAT)
    calls = [call for line in values_of(body) for call in ChatResponse(**line).message.tool_calls or ()]
    assert [call.function.arguments for call in calls] == [{"location": "San Francisco, CA"}]


def test_a_tool_call_has_its_id_and_its_reason_to_end() -> None:
    completion = fold(events_of(decode([TOOL_CALL.read_bytes()], is_stream=False)))
    (choice,) = completion.choices
    thinking, call = choice.blocks
    assert (thinking.start.kind, call.start.tool_id) == (BlockKind.REASONING, "call_mo1wm122")
    assert (call.start.tool_name, call.text) == ("getWeather", '{"location":"San Francisco, CA"}')
    assert choice.reason == FinishReason(Stop.TOOL_CALL, "stop")
    assert completion.usage == Usage(145, 44)


def test_thinking_comes_before_the_answer() -> None:
    completion = fold(events_of(decode([(CORPUS / "TestCloudStreaming.ndjson").read_bytes()])))
    assert [block.start.kind for block in completion.choices[0].blocks] == [BlockKind.REASONING, BlockKind.TEXT]


def test_the_context_and_the_durations_are_kept() -> None:
    completion = fold(events_of(decode([(CORPUS / "TestClient_GenerateStream.ndjson").read_bytes()])))
    extras = completion.choices[0].extras[NAME]
    assert extras.keys() == {
        "context",
        "total_duration",
        "load_duration",
        "prompt_eval_duration",
        "eval_duration",
    }
    assert msgspec.convert(extras["context"], list[int])[:2] == [105, 2364]

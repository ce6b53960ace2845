from __future__ import annotations

import json

import pytest
from support.ollamalines import chat, chat_done, decode_stream, generate, ndjson, options, values_of
from support.tellings import check_telling

from sluiceway.dialects.base import Framing
from sluiceway.dialects.ollama.encode import StreamEncoder, encoder
from sluiceway.dialects.ollama.shapes import Form
from sluiceway.dialects.whole import WholeEncoder
from sluiceway.events import BlockEnd, BlockKind, BlockStart, ChoiceEnd, Frame, StreamEnd, StreamError, TextDelta
from sluiceway.usage import FinishReason, Stop

LINES = [chat("a"), chat("b", thinking="x"), chat("c"), chat_done(eval_count=1)]


def encode(frames: list[Frame], form: Form = Form.CHAT, framing: Framing = Framing.NDJSON) -> bytes:
    writer = StreamEncoder(form, options(framing))
    return b"".join(writer.encode(frame) for frame in frames)


def test_frames_of_the_same_form_leave_as_their_own_bytes() -> None:
    assert encode(decode_stream(*LINES)) == ndjson(*LINES)


def test_frames_of_the_other_form_are_told_anew() -> None:
    lines = values_of(encode(decode_stream(*LINES), Form.GENERATE))
    assert [line["response"] for line in lines] == ["a", "", "b", "c", ""]
    back = values_of(encode(decode_stream(generate("a"), generate(done=True))))
    assert [line["message"]["content"] for line in back] == ["a", ""]


def test_as_events_the_lines_are_the_payloads() -> None:
    body = encode(decode_stream(*LINES), framing=Framing.SSE)
    assert [event[6:] for event in body.split(b"\n\n")[:-1]] == LINES
    told = encode(decode_stream(*LINES), Form.GENERATE, Framing.SSE)
    assert json.loads(told.split(b"\n\n")[0][6:])["response"] == "a"


def test_carriage_returns_of_a_line_are_spaces_in_an_event() -> None:
    frame = Frame([TextDelta(0, "a")], "ollama/ndjson", b'\r\n{"done":\rfalse}\r\n')
    assert encode([frame], framing=Framing.SSE)[6:] == b'{"done": false}\n\n'


@pytest.mark.parametrize("framing", [Framing.SSE, Framing.NDJSON])
def test_an_answer_stopped_on_the_way_ends_properly(framing: Framing) -> None:
    frames = decode_stream(*LINES)[:1]
    stop = Frame([BlockEnd(0), ChoiceEnd(0, FinishReason(Stop.CANCELLED)), StreamEnd()])
    body = encode([*frames, stop, stop], framing=framing)
    assert body.count(b'"done":true,"done_reason":"stop"') == 1
    assert b'"model":"m","created_at":"2025-06-03T08:46:59Z"' in body


def test_an_answer_that_breaks_off_ends_in_an_error_line() -> None:
    frames = decode_stream(*LINES)[:1]
    body = encode([*frames, Frame([StreamError("engine_unavailable", "it went away")])])
    assert values_of(body)[-1] == {"error": "it went away"}


def test_nothing_follows_the_upstreams_own_end() -> None:
    error = Frame([StreamError("engine_unavailable", "too late")])
    assert encode([*decode_stream(*LINES), error]) == ndjson(*LINES)
    broken = [chat("a"), b'{"error":"it broke"}']
    assert encode([*decode_stream(*broken), error]) == ndjson(*broken)


def test_no_client_sees_a_line_end_within_a_line() -> None:
    text = "a\x0b\x0c\x1c\x85\u2028\u2029é"
    body = encode([Frame([BlockStart(0, BlockKind.TEXT), TextDelta(0, text)])])
    (line,) = body.decode().splitlines()
    assert json.loads(line)["message"]["content"] == text
    assert "é" in line


def test_a_heartbeat_is_white_space_before_the_next_line_or_a_comment() -> None:
    writer = StreamEncoder(Form.CHAT, options())
    first, *rest = decode_stream(*LINES)
    body = writer.encode(first) + writer.heartbeat() + b"".join(map(writer.encode, rest))
    assert values_of(body) == values_of(ndjson(*LINES))
    assert b"\n\n" not in body
    assert StreamEncoder(Form.CHAT, options(Framing.SSE)).heartbeat() == b": ping\n"


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("framing", [Framing.SSE, Framing.NDJSON])
def test_what_stands_around_a_text_is_what_is_written_around_it(form: Form, framing: Framing) -> None:
    check_telling(StreamEncoder(form, options(framing)), form.wire_ndjson)


def test_each_framing_has_its_encoder() -> None:
    assert isinstance(encoder(Form.CHAT, options(Framing.JSON)), WholeEncoder)
    assert isinstance(encoder(Form.CHAT, options()), StreamEncoder)

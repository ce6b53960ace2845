from __future__ import annotations

import json

import pytest
from support.geminichunks import call, chunk, decode_stream, options, payloads_of, sse, text
from support.tellings import check_telling

from sluiceway.dialects.base import Framing
from sluiceway.dialects.gemini.encode import StreamEncoder, encoder
from sluiceway.dialects.whole import WholeEncoder
from sluiceway.events import (
    BlockEnd,
    ChoiceEnd,
    Frame,
    StreamEnd,
    StreamError,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage
from sluiceway.usual import Around, Usual

COUNTS = {"promptTokenCount": 9}
ANSWER = [
    chunk(text("a"), usageMetadata=COUNTS),
    chunk(text("b"), vendor={"x": 1}),
    chunk(text(""), finish="STOP", usageMetadata=COUNTS),
]
ERROR = b'{"error":{"code":503,"message":"no","status":"UNAVAILABLE"}}'
STOP = Frame([BlockEnd(0), ChoiceEnd(0, FinishReason(Stop.CANCELLED)), UsageReport(Usage(1)), StreamEnd()])
BROKEN = Frame([StreamError("upstream_failed", "no", "UNAVAILABLE")])


def encode(frames: list[Frame], framing: Framing = Framing.SSE) -> bytes:
    one = StreamEncoder(options(framing))
    return b"".join(one.encode(frame) for frame in frames)


def test_frames_of_the_same_dialect_leave_as_their_own_bytes() -> None:
    assert encode(decode_stream(*ANSWER)) == sse(*ANSWER)


def test_ndjson_has_the_same_payloads() -> None:
    assert encode(decode_stream(*ANSWER), Framing.NDJSON) == b"".join(payload + b"\n" for payload in ANSWER)


def test_a_list_has_the_same_payloads() -> None:
    body = encode(decode_stream(*ANSWER), Framing.JSON_ARRAY)
    assert body == b"[" + b"\r\n,\r\n".join(ANSWER) + b"]"
    assert json.loads(body) == [json.loads(payload) for payload in ANSWER]


@pytest.mark.parametrize("framing", [Framing.SSE, Framing.NDJSON, Framing.JSON_ARRAY])
def test_other_frames_are_told_from_their_events(framing: Framing) -> None:
    frames = [Frame(frame.events) for frame in decode_stream(*ANSWER)]
    body = encode(frames, framing)
    if framing is Framing.JSON_ARRAY:
        payloads = json.loads(body)
    elif framing is Framing.NDJSON:
        payloads = [json.loads(line) for line in body.splitlines()]
    else:
        payloads = payloads_of(body)
    assert [payload["candidates"][0]["content"]["parts"][0]["text"] for payload in payloads] == ["a", "b", ""]
    assert payloads[-1]["usageMetadata"] == COUNTS


def test_events_have_crlf_line_ends() -> None:
    body = encode([Frame(frame.events) for frame in decode_stream(*ANSWER)])
    assert body.count(b"\r\n\r\n") == 3
    assert body.count(b"\n") == 6


def test_a_stopped_stream_of_the_same_dialect_is_brought_to_its_end() -> None:
    payloads = payloads_of(encode([*decode_stream(*ANSWER)[:2], STOP]))
    last = payloads[-1]
    assert len(payloads) == 3
    assert last["usageMetadata"] == {"promptTokenCount": 1}
    assert (last["responseId"], last["modelVersion"]) == ("r", "m")


def test_a_stopped_call_in_pieces_is_closed() -> None:
    frames = decode_stream(chunk(call("f", willContinue=True)))[:1]
    payloads = payloads_of(encode([*frames, STOP]))
    assert b'"functionCall":{}' in encode([*frames, STOP])
    assert len(payloads) == 3


@pytest.mark.parametrize("framing", [Framing.SSE, Framing.NDJSON, Framing.JSON_ARRAY])
@pytest.mark.parametrize("start", [[], decode_stream(*ANSWER)[:2]])
def test_a_broken_stream_ends_with_its_error(framing: Framing, start: list[Frame]) -> None:
    body = encode([*start, BROKEN], framing)
    if framing is Framing.JSON_ARRAY:
        assert json.loads(body)[-1] == json.loads(ERROR)
    assert ERROR in body


def test_an_upstreams_error_event_goes_out_once() -> None:
    frames = decode_stream(ANSWER[0], ERROR)
    assert encode(frames) == sse(ANSWER[0], ERROR)
    assert json.loads(encode(frames, Framing.JSON_ARRAY)) == [json.loads(ANSWER[0]), json.loads(ERROR)]


def test_a_list_is_taken_apart_where_it_is_no_event() -> None:
    frames = decode_stream(b"[" + ERROR + b"]")
    assert encode(frames, Framing.NDJSON) == ERROR + b"\n"


def test_an_empty_list_is_a_list() -> None:
    assert encode([Frame([StreamEnd()])], Framing.JSON_ARRAY) == b"[]"


def test_a_list_may_have_frames_that_say_nothing() -> None:
    one = StreamEncoder(options(Framing.JSON_ARRAY))
    assert one.encode(Frame([])) == b""


@pytest.mark.parametrize("noise", [b": ping\n", b"\r\n: ping\r\n", b"event: x\nid: 1\n"])
def test_lines_that_are_not_data_are_not_handed_on(noise: bytes) -> None:
    assert encode(decode_stream(tail=noise + sse(ANSWER[0]))[:1]) == sse(ANSWER[0])


def test_a_mark_of_another_dialect_is_not_handed_on() -> None:
    assert encode([Frame([], "gemini/sse", sse(b"[DONE]"))]) == b""


def test_heartbeats_say_nothing_and_are_no_comments() -> None:
    beats = {
        framing: StreamEncoder(options(framing)).heartbeat() for framing in Framing if framing is not Framing.JSON
    }
    assert set(beats.values()) == {b"\r\n\r\n", b"\n", b"\r\n"}
    beat = beats[Framing.JSON_ARRAY]
    body = encode(decode_stream(*ANSWER), Framing.JSON_ARRAY)
    assert json.loads(beat + body.replace(b",\r\n", beat + b",\r\n"))


@pytest.mark.parametrize("framing", [Framing.SSE, Framing.NDJSON])
def test_what_stands_around_a_text_is_what_is_written_around_it(framing: Framing) -> None:
    check_telling(StreamEncoder(options(framing)), "gemini/sse")


def test_the_elements_of_an_array_are_told_one_by_one() -> None:
    assert StreamEncoder(options(Framing.JSON_ARRAY)).telling(Usual("w", Around(b"", b""))) is None


def test_the_framing_chooses_the_encoder() -> None:
    assert isinstance(encoder(options()), StreamEncoder)
    assert isinstance(encoder(options(Framing.JSON)), WholeEncoder)

from __future__ import annotations

import pytest
from support.geminichunks import call, chunk, decode_stream, events_of, sse, text

from sluiceway.dialects.gemini.decode import END, stream_decoder
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    Frame,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
)
from sluiceway.usage import FinishReason, Stop

TEXT = [StreamStart("r", "m"), BlockStart(0, BlockKind.TEXT), TextDelta(0, "a")]
ENDING = [BlockEnd(0), ChoiceEnd(0, FinishReason(Stop.END, "STOP")), StreamEnd()]
ERROR = b'{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}'
FAILED = StreamError("upstream_failed", "overloaded", "UNAVAILABLE")


def events(*payloads: bytes, tail: bytes = b"") -> list[Event]:
    return events_of(decode_stream(*payloads, tail=tail))


def test_each_event_is_a_frame_and_the_end_is_one_more() -> None:
    payloads = [chunk(text("a")), chunk(text(""), finish="STOP")]
    frames = decode_stream(*payloads)
    assert [frame.raw for frame in frames] == [*map(sse, payloads), END]
    assert {frame.wire for frame in frames} == {"gemini/sse"}
    assert events_of(frames) == TEXT + ENDING
    assert frames[-1].events == ENDING


def test_a_body_that_ends_early_was_cut() -> None:
    for payloads in ([], [chunk(text("a"))], [chunk(text("a")), chunk(finish="STOP", index=1)]):
        last = events(*payloads)[-1]
        assert isinstance(last, StreamError)
        assert last.code == "engine_unavailable"


def test_a_body_cut_in_mid_event_was_cut() -> None:
    last = events(chunk(text("a")), tail=sse(chunk(text("b")))[:-20])[-1]
    assert isinstance(last, StreamError)
    assert last.code == "engine_unavailable"


@pytest.mark.parametrize("payload", [ERROR, b"[" + ERROR + b"]"])
def test_an_error_event_ends_the_answer_with_its_bytes(payload: bytes) -> None:
    frames = decode_stream(chunk(text("a")), payload, chunk(text("b")))
    assert events_of(frames) == [*TEXT, FAILED]
    assert frames[-1].raw == sse(payload)


@pytest.mark.parametrize("error", [ERROR, b"[" + ERROR + b"]", ERROR.replace(b",", b",\n"), ERROR + b"\r\n"])
def test_a_bare_error_ends_the_answer_as_an_event(error: bytes) -> None:
    frames = decode_stream(chunk(text("a")), tail=error)
    assert events_of(frames) == [*TEXT, FAILED]
    assert frames[-1].raw == sse(b" ".join(error.strip().splitlines()))
    assert events(tail=error) == [FAILED]


def test_a_list_of_chunks_is_an_answer() -> None:
    tail = b"[" + chunk(text("a")) + b"\r\n,\r\n" + chunk(finish="STOP") + b"]"
    assert events(tail=tail) == TEXT + ENDING


def test_a_finish_reason_that_was_held_back_is_told_before_an_error() -> None:
    found = events(chunk(text("a"), finish="STOP"), b"{")
    assert found[:-1] == TEXT + ENDING[:-1]
    assert isinstance(found[-1], StreamError)
    assert found[-1].code == "upstream_protocol_error"


def test_pieces_that_do_not_fit_end_the_answer() -> None:
    last = events(chunk(call(partialArgs=[{"jsonPath": "$.x"}])))[-1]
    assert isinstance(last, StreamError)
    assert last.code == "upstream_protocol_error"


@pytest.mark.parametrize("payload", [b"[DONE]", b"", b"[]"])
def test_what_says_nothing_is_a_frame_without_events(payload: bytes) -> None:
    frames = decode_stream(payload, chunk(text("a"), finish="STOP"))
    assert frames[0] == Frame([], "gemini/sse", sse(payload))
    assert events_of(frames) == TEXT + ENDING


def test_events_that_differ_in_text_only_take_the_short_way() -> None:
    decoder = stream_decoder(1 << 20)
    body = sse(chunk(text("a")))
    decoder.feed(body + body)
    assert decoder.usual is not None
    assert decoder.feed(body) == [Frame([TextDelta(0, "a")], "gemini/sse", body)]


def test_an_event_with_other_lines_is_taken_apart_each_time() -> None:
    decoder = stream_decoder(1 << 20)
    body = sse(chunk(text("a")))
    frames = [frame for _ in range(3) for frame in decoder.feed(b": ping\n" + body)]
    assert [frame.raw for frame in frames] == [body] * 3
    assert events_of(frames) == [*TEXT, TextDelta(0, "a"), TextDelta(0, "a")]


@pytest.mark.parametrize(
    "other", [chunk(text("b"), finish="STOP"), b"[" + chunk(text("b")) + b"]", chunk(text("b"), promptFeedback={})]
)
def test_a_chunk_with_more_than_text_is_no_template(other: bytes) -> None:
    decoder = stream_decoder(1 << 20)
    decoder.feed(sse(chunk(text("a")), other))
    assert decoder.usual is None


def test_chunks_with_counts_are_alike_and_each_tells_its_own() -> None:
    decoder = stream_decoder(1 << 20)
    bodies = [sse(chunk(text("a"), usageMetadata={"totalTokenCount": count})) for count in (3, 4, 4, 15)]
    frames = [frame for body in bodies for frame in decoder.feed(body)]
    assert [len(frame.events) for frame in frames] == [4, 2, 1, 2]
    assert decoder.usual is None


def test_an_event_that_is_too_large_ends_the_answer() -> None:
    frames = decode_stream(chunk(text("a" * 100)), max_event_bytes=100)
    (last,) = events_of(frames)
    assert isinstance(last, StreamError)
    assert last.code == "upstream_event_too_large"

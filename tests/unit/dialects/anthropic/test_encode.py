from __future__ import annotations

import json

import pytest
from support.messages import (
    block_delta,
    decode_stream,
    events_of,
    message_start,
    options,
    payload,
    payloads_of,
    sse,
    text_answer,
)
from support.messages_grammar import check_messages_grammar
from support.tellings import check_telling

from sluiceway.delivery.outline import Outline
from sluiceway.dialects.anthropic.encode import StreamEncoder, encoder
from sluiceway.dialects.base import Framing
from sluiceway.dialects.whole import WholeEncoder
from sluiceway.events import BlockKind, BlockStart, Frame, StreamError, StreamStart, TextDelta
from sluiceway.usage import Usage

START = message_start(usage={"input_tokens": 25, "output_tokens": 1})
ANSWER = [START, payload("ping"), *text_answer("a", "b")[1:]]


def encode(frames: list[Frame], framing: Framing = Framing.SSE) -> bytes:
    writer = StreamEncoder(options(framing))
    return b"".join(writer.encode(frame) for frame in frames)


def test_frames_of_the_same_dialect_leave_as_their_own_bytes() -> None:
    assert encode(decode_stream(*ANSWER)) == sse(*ANSWER)


def test_ndjson_has_the_same_payloads() -> None:
    assert encode(decode_stream(*ANSWER), Framing.NDJSON) == b"".join(one + b"\n" for one in ANSWER)


def test_ndjson_has_one_line_for_each_payload_however_it_came() -> None:
    raw = b': ping\n\ndata: {"type":\ndata: "ping"}\n\ndata:\n\n'
    assert encode([Frame([], "anthropic/sse", raw)], Framing.NDJSON) == b'{"type": "ping"}\n'


def test_frames_of_other_wires_are_told_from_their_events() -> None:
    frames = [
        Frame([StreamStart("id", "m", 1), BlockStart(0, BlockKind.TEXT)], "openai_chat/sse", b"data: {}\n\n"),
        Frame([TextDelta(0, "a")], "anthropic/json", b"{}"),
    ]
    assert [value["type"] for value in payloads_of(encode(frames))] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
    ]
    assert encode(frames, Framing.NDJSON).count(b"\n") == 3


@pytest.mark.parametrize("seen", range(2, 8))
def test_an_answer_stopped_on_the_way_ends_properly(seen: int) -> None:
    frames = decode_stream(*ANSWER)[:seen]
    outline = Outline()
    for event in events_of(frames):
        outline.feed(event)
    told = payloads_of(encode([*frames, Frame(outline.stop(Usage(output_tokens=1, is_estimate=True)))]))
    check_messages_grammar(told)
    assert told[-2]["usage"] == {"output_tokens": 1, "is_estimate": True}


def test_an_answer_broken_off_on_the_way_ends_with_the_error() -> None:
    told = payloads_of(encode([*decode_stream(*ANSWER)[:4], Frame([StreamError("x", "no")])]))
    check_messages_grammar(told)
    assert told[-1]["type"] == "error"


def test_an_error_of_the_same_dialect_leaves_as_it_came() -> None:
    error = payload("error", error={"type": "overloaded_error", "message": "Overloaded"})
    assert encode(decode_stream(ANSWER[0], error)) == sse(ANSWER[0], error)


def test_pieces_without_bytes_go_on_where_others_left_off() -> None:
    frames = [*decode_stream(*ANSWER)[:4], Frame([TextDelta(0, "b")], "anthropic/sse")]
    assert encode(frames).endswith(sse(block_delta(0, "text_delta", text="b")))


def test_a_heartbeat_is_a_ping() -> None:
    assert StreamEncoder(options()).heartbeat() == sse(payload("ping"))
    assert json.loads(StreamEncoder(options(Framing.NDJSON)).heartbeat()) == {"type": "ping"}


def test_every_framing_has_its_encoder() -> None:
    assert isinstance(encoder(options(Framing.JSON)), WholeEncoder)
    assert isinstance(encoder(options(Framing.SSE)), StreamEncoder)


@pytest.mark.parametrize("framing", [Framing.SSE, Framing.NDJSON])
def test_what_stands_around_a_text_is_what_is_written_around_it(framing: Framing) -> None:
    check_telling(StreamEncoder(options(framing)), "anthropic/sse")

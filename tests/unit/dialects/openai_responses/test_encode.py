from __future__ import annotations

import json
from typing import Any

import pytest
from support.responsesevents import (
    ASKED,
    CREATED,
    TEXT_STREAM,
    added,
    decode_stream,
    delta,
    message,
    new_encoder,
    part_added,
    payloads_of,
    sse,
)

from sluiceway.dialects.base import Framing
from sluiceway.dialects.openai_responses.encode import StreamEncoder
from sluiceway.events import (
    BlockEnd,
    ChoiceEnd,
    Event,
    Frame,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage
from sluiceway.usual import Around, Usual

STOP: list[Event] = [
    BlockEnd(0),
    ChoiceEnd(0, FinishReason(Stop.CANCELLED)),
    UsageReport(Usage(None, 1)),
    StreamEnd(),
]


def encode(frames: list[Frame], framing: Framing = Framing.SSE) -> bytes:
    encoder = new_encoder(framing)
    return b"".join(encoder.encode(frame) for frame in frames)


def numbered(*payloads: bytes, first: int = 0) -> list[bytes]:
    return [
        json.dumps({**json.loads(payload), "sequence_number": number}).encode()
        for number, payload in enumerate(payloads, first)
    ]


def rest_of(frames: list[Frame], events: list[Event]) -> list[dict[str, Any]]:
    """Return what is told of ``events`` behind frames that left as they came."""
    encoder = new_encoder()
    for frame in frames:
        encoder.encode(frame)
    return payloads_of(encoder.encode(Frame(events)))


def test_frames_of_the_same_dialect_leave_as_their_own_bytes() -> None:
    assert encode(decode_stream(*TEXT_STREAM)) == sse(*TEXT_STREAM, is_named=False)


def test_every_event_must_be_seen_for_they_are_numbered() -> None:
    assert new_encoder().telling(Usual("w", Around(b"", b""))) is None


def test_ndjson_has_the_same_payloads() -> None:
    lines = encode(decode_stream(*TEXT_STREAM), Framing.NDJSON)
    assert lines == b"".join(payload + b"\n" for payload in TEXT_STREAM)


def test_ndjson_has_one_line_for_each_payload_however_it_came() -> None:
    frame = Frame([TextDelta(0, "a")], "openai_responses/sse", b': ping\n\ndata: {"type":\ndata: "x"}\n\n')
    assert encode([frame], Framing.NDJSON) == b'{"type": "x"}\n'


def test_frames_of_other_wires_are_told_from_their_events() -> None:
    frames = [
        Frame([StreamStart("id", "m", 1)], "anthropic/sse", b"event: message_start\n"),
        Frame([ChoiceEnd(0, FinishReason(Stop.END)), StreamEnd()], "anthropic/sse", b"event: message_stop\n"),
    ]
    assert [payload["type"] for payload in payloads_of(encode(frames))] == [
        "response.created",
        "response.in_progress",
        "response.completed",
    ]
    assert encode(frames, Framing.NDJSON).count(b"\n") == 3


def test_an_answer_stopped_on_the_way_ends_properly() -> None:
    frames = decode_stream(*numbered(*TEXT_STREAM, first=5))[:4]
    payloads = rest_of(frames, STOP)
    assert [payload["type"] for payload in payloads] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.incomplete",
    ]
    assert [payload["sequence_number"] for payload in payloads] == [9, 10, 11, 12]
    assert payloads[0]["text"] == "a"
    final = payloads[-1]["response"]
    assert (final["id"], final["status"], final["usage"]["output_tokens"]) == ("resp_1", "cancelled", 1)


@pytest.mark.parametrize("payloads", [TEXT_STREAM, [b'{"type":"keepalive","sequence_number":"x"}', *TEXT_STREAM]])
def test_numbers_are_counted_where_the_upstream_gives_none(payloads: list[bytes]) -> None:
    frames = decode_stream(*payloads)[:-2]
    assert rest_of(frames, STOP)[0]["sequence_number"] == len(frames)


def test_an_answer_that_broke_off_ends_in_an_error() -> None:
    frames = decode_stream(*TEXT_STREAM[:4])
    assert frames[-1].events == [
        StreamError("engine_unavailable", "the upstream ended its answer without a terminal event")
    ]
    (payload,) = rest_of(frames[:-1], frames[-1].events)
    assert (payload["type"], payload["sequence_number"]) == ("error", 4)


def test_an_upstreams_own_error_keeps_its_bytes() -> None:
    payload = b'{"type":"error","error":{"message":"no","code":"c"},"sequence_number":1}'
    assert encode(decode_stream(CREATED, payload)) == sse(CREATED, payload, is_named=False)


@pytest.mark.parametrize("data", [b"out of memory", b'{"a":' + b"[" * 5000])
def test_an_upstreams_error_may_be_no_object(data: bytes) -> None:
    raw = b"event: error\ndata: %b\n\n" % data
    assert encode([Frame([StreamError("upstream_failed", "no")], "openai_responses/sse", raw)]) == raw


def test_what_the_reader_saw_of_an_ending_is_not_told_again() -> None:
    text_done = json.dumps({"type": "response.output_text.done", "output_index": 0, "text": "a"}).encode()
    frames = decode_stream(CREATED, added(message()), part_added(), delta("a"), text_done)
    first, *_ = rest_of(frames[:-1], STOP)
    assert first["type"] == "response.content_part.done"


def test_a_whole_answer_is_the_response_at_its_end() -> None:
    body = encode([Frame(frame.events) for frame in decode_stream(*TEXT_STREAM)], Framing.JSON)
    response = json.loads(body)
    assert (response["id"], response["status"]) == ("resp_1", "completed")
    assert response["output"][0]["content"][0]["text"] == "a"


def test_a_whole_answer_of_the_same_dialect_leaves_as_it_came() -> None:
    frame = Frame([StreamEnd()], "openai_responses/json", b'{"id":"resp_1"}')
    assert encode([frame], Framing.JSON) == b'{"id":"resp_1"}'


def test_a_heartbeat_says_nothing() -> None:
    assert new_encoder().heartbeat() == b": ping\n"
    assert new_encoder(Framing.NDJSON).heartbeat() == b"\n"


def test_the_request_is_not_kept() -> None:
    encoder = new_encoder()
    assert isinstance(encoder, StreamEncoder)
    assert ASKED not in vars(encoder._writer).values()


def test_an_upstream_without_indices_is_told_with_them() -> None:
    bare = [
        json.dumps({name: value for name, value in json.loads(payload).items() if not name.endswith("_index")})
        for payload in TEXT_STREAM
    ]
    body = encode(decode_stream(*(payload.encode() for payload in bare)))
    told: list[dict[str, Any]] = [json.loads(line[6:]) for line in body.splitlines() if line.startswith(b"data: ")]
    items = [payload for payload in told if "item" in payload or "delta" in payload]
    assert items
    assert all(payload["output_index"] == 0 for payload in items)
    assert told[-1]["type"] == "response.completed"

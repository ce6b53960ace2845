from __future__ import annotations

import pytest
from support.responsesevents import (
    COMPLETED,
    CREATED,
    TEXT_STREAM,
    UPSTREAM,
    added,
    decode_stream,
    delta,
    done,
    ended,
    event,
    events_of,
    message,
    response,
    sse,
)

from sluiceway.dialects.openai_responses.decode import stream_decoder
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.events import ChoiceEnd, Event, Frame, StreamEnd, StreamError, StreamStart, TextDelta, UsageReport
from sluiceway.usage import FinishReason, Stop, Usage

START = StreamStart("resp_1", "m", 1, {NAME: {}})
USAGE = {"input_tokens": 9, "output_tokens": 1}


def events(*payloads: bytes) -> list[Event]:
    return events_of(decode_stream(*payloads))


def error_of(*payloads: bytes) -> StreamError:
    last = events(*payloads)[-1]
    assert isinstance(last, StreamError)
    return last


def test_an_answer_has_one_frame_for_each_event_with_its_bytes() -> None:
    frames = decode_stream(*TEXT_STREAM)
    assert [frame.raw for frame in frames] == [sse(payload, is_named=False) for payload in TEXT_STREAM]
    assert {frame.wire for frame in frames} == {"openai_responses/sse"}


def test_names_of_events_are_not_needed() -> None:
    named = UPSTREAM.decoder(True, 1000).feed(sse(*TEXT_STREAM))
    assert events_of(named) == events(*TEXT_STREAM)


def test_an_answer_starts_once() -> None:
    queued = event("queued", response=response("queued"))
    assert events(CREATED, queued, event("in_progress", response=response()), COMPLETED).count(START) == 1


def test_a_replay_starts_with_what_it_begins_with() -> None:
    queued = event("queued", response=response("queued"))
    assert events(queued, COMPLETED)[0] == START
    assert events(delta("a"), COMPLETED)[0] == StreamStart()
    assert events(COMPLETED)[0] == START


def test_an_answer_ends_with_its_reason_and_usage() -> None:
    found = events(*TEXT_STREAM[:-1], ended(usage=USAGE))
    assert found[-3:] == [
        ChoiceEnd(0, FinishReason(Stop.END, "completed")),
        UsageReport(Usage(9, 1, raw='{"input_tokens":9,"output_tokens":1}')),
        StreamEnd(),
    ]


@pytest.mark.parametrize(
    ("status", "details", "stop"),
    [
        ("incomplete", {"reason": "max_output_tokens"}, Stop.LENGTH),
        ("incomplete", {"reason": "content_filter"}, Stop.CONTENT_FILTER),
        ("incomplete", None, Stop.OTHER),
        ("cancelled", None, Stop.CANCELLED),
    ],
)
def test_an_answer_may_end_otherwise(status: str, details: object, stop: Stop) -> None:
    end = events(CREATED, ended(status, incomplete_details=details))[-2]
    assert isinstance(end, ChoiceEnd)
    assert end.reason.stop is stop


def test_a_call_is_why_an_answer_ends() -> None:
    end = events(CREATED, done({"type": "function_call", "call_id": "c", "name": "f"}), COMPLETED)[-2]
    assert isinstance(end, ChoiceEnd)
    assert end.reason.stop is Stop.TOOL_CALL


def test_a_failed_answer_is_an_error_and_keeps_its_usage() -> None:
    failed = ended("failed", error={"code": "server_error", "message": "no"}, usage=USAGE)
    found = events(CREATED, delta("a"), failed)
    assert isinstance(found[-2], UsageReport)
    assert found[-1] == StreamError("upstream_failed", "no", "server_error")
    assert error_of(ended("failed")).message == "the upstream reported an error"


@pytest.mark.parametrize(
    "payload",
    [
        b'{"type":"error","code":"c","message":"no","param":null,"sequence_number":3}',
        b'{"type":"error","error":{"type":"t","code":"c","message":"no","param":null}}',
        b'{"error":{"code":"c","message":"no"}}',
    ],
)
def test_an_error_ends_the_answer_and_keeps_its_bytes(payload: bytes) -> None:
    frames = decode_stream(CREATED, payload, ended("failed"))
    expected = [StreamError("upstream_failed", "no", "c")]
    assert frames[1:] == [Frame(expected, "openai_responses/sse", b"data: " + payload + b"\n\n")]  # type: ignore[arg-type]


def test_an_event_named_error_is_one_whatever_it_holds() -> None:
    raw = b"event: error\ndata: out of memory\n\n"
    assert stream_decoder(1000).feed(raw)[0].events == [StreamError("upstream_failed", "out of memory")]


def test_a_done_mark_behind_the_end_is_not_read() -> None:
    decoder = stream_decoder(1000)
    frames = decoder.feed(sse(*TEXT_STREAM) + b"data: [DONE]\n\n")
    assert len(frames) == len(TEXT_STREAM)
    assert decoder.close() == []


def test_a_done_mark_before_the_end_is_an_error() -> None:
    decoder = stream_decoder(1000)
    (frame,) = decoder.feed(b"data: [DONE]\n\n")
    assert frame.events == [
        StreamError("upstream_protocol_error", "the upstream said [DONE] before its answer had ended")
    ]


@pytest.mark.parametrize("payloads", [(), (CREATED,), (CREATED, delta("a")), TEXT_STREAM[:-1]])
def test_a_body_that_ends_before_its_answer_was_cut(payloads: tuple[bytes, ...]) -> None:
    assert error_of(*payloads) == StreamError(
        "engine_unavailable", "the upstream ended its answer without a terminal event"
    )


@pytest.mark.parametrize(
    "payload",
    [
        b'{"type":"keepalive","sequence_number":3}',
        b'{"type":"response.sparkle"}',
        b'{"type":"response.sparkle","output_index":4}',
        b'{"type":"response.output_item.added","output_index":0}',
        b'{"type":"response.output_item.done","output_index":0,"item":null}',
        b'{"type":"response.content_part.added","output_index":0}',
        b'{"type":"response.content_part.done","output_index":0,"part":null}',
        b'{"type":"response.reasoning_text.done","output_index":0}',
        b"{}",
    ],
)
def test_what_says_nothing_is_handed_on(payload: bytes) -> None:
    frames = decode_stream(CREATED, payload, COMPLETED)
    assert frames[1] == Frame([], "openai_responses/sse", b"data: " + payload + b"\n\n")


def test_data_that_is_empty_says_nothing() -> None:
    assert events_of(stream_decoder(1000).feed(b"data:\n\n")) == []


@pytest.mark.parametrize(
    "payload",
    [
        b"nonsense",
        b"[]",
        b'{"type":1}',
        delta(7),
        delta({}, "refusal"),
        event("output_text.done", output_index=0, text=None),
        event("completed"),
        event("completed", response=[]),
        event("output_text.delta", output_index=0, delta="a", logprobs=[1]),
        delta("a", "function_call_arguments"),
        event("output_text.delta", output_index=-1, delta="a"),
    ],
)
def test_what_breaks_the_dialect_ends_the_answer_in_one_error(payload: bytes) -> None:
    frames = decode_stream(CREATED, added(message()), payload, COMPLETED)
    assert frames[-1].raw == b""
    assert error_of(CREATED, added(message()), payload).code == "upstream_protocol_error"


def test_obfuscation_is_no_content() -> None:
    found = events(CREATED, delta("a", obfuscation="xyz", logprobs=[{"token": "a", "logprob": -1}]), COMPLETED)
    deltas = [one for one in found if isinstance(one, TextDelta)]
    assert [one.text for one in deltas] == ["a"]
    assert deltas[0].logprobs is not None


@pytest.mark.parametrize("kind", ["output_text", "refusal"])
def test_numbered_and_padded_deltas_are_alike(kind: str) -> None:
    decoder = stream_decoder(1 << 20)
    pieces = [delta(text, kind, obfuscation="x" * at, sequence_number=at) for at, text in enumerate("abc")]
    frames = [frame for body in (sse(CREATED, added(message())), *map(sse, pieces)) for frame in decoder.feed(body)]
    assert [frame.events[-1] for frame in frames[2:]] == [TextDelta(0, text) for text in "abc"]
    assert decoder.usual is None

from __future__ import annotations

import json

import pytest
from support.chatchunks import DONE, chunk, decode_stream, options, payloads_of, sse
from support.tellings import check_telling

from sluiceway.dialects.base import Framing
from sluiceway.dialects.openai_api.encode import StreamEncoder
from sluiceway.dialects.openai_chat.encode import encoder
from sluiceway.dialects.whole import WholeEncoder
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

USAGE = {"prompt_tokens": 9, "completion_tokens": 1}
ANSWER = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "a"}, vendor={"x": 1}),
    chunk(finish="stop"),
    chunk(choices=[], usage=USAGE),
    DONE,
]


def encode(frames: list[Frame], framing: Framing = Framing.SSE, *, include_usage: bool = False) -> bytes:
    writer = encoder(options(framing, include_usage=include_usage))
    return b"".join(writer.encode(frame) for frame in frames)


def test_frames_of_the_same_dialect_leave_as_their_own_bytes() -> None:
    assert encode(decode_stream(*ANSWER), include_usage=True) == sse(*ANSWER)


def test_the_chunk_with_usage_alone_is_kept_from_readers_who_did_not_ask() -> None:
    assert encode(decode_stream(*ANSWER)) == sse(*ANSWER[:3], DONE)


def test_usage_with_the_timings_of_llama_cpp_is_kept_from_readers_who_did_not_ask() -> None:
    payloads = [*ANSWER[:3], chunk(choices=[], usage=USAGE, timings={"prompt_n": 15}), DONE]
    assert encode(decode_stream(*payloads)) == sse(*ANSWER[:3], DONE)


@pytest.mark.parametrize("top", [{"choices": [], "moderation": {}}, {}])
def test_usage_beside_something_else_is_handed_on(top: dict[str, object]) -> None:
    payloads = [*ANSWER[:3], chunk(**top, usage=USAGE), DONE]
    assert encode(decode_stream(*payloads)) == sse(*payloads)


def test_ndjson_has_the_same_payloads_and_no_mark_at_the_end() -> None:
    assert encode(decode_stream(*ANSWER), Framing.NDJSON) == b"".join(payload + b"\n" for payload in ANSWER[:3])


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\n\r"])
def test_ndjson_has_one_line_for_each_payload_however_it_came(end: bytes) -> None:
    raw = b': ping\n\ndata: {"choices":\ndata: []}' + end
    frame = Frame([TextDelta(0, "a")], "openai_chat/sse", raw)
    assert encode([frame], Framing.NDJSON) == b'{"choices": []}\n'


def test_frames_of_other_wires_are_told_from_their_events() -> None:
    frames = [
        Frame([StreamStart("id", "m", 1)], "anthropic/sse", b"event: message_start\n"),
        Frame([ChoiceEnd(0, FinishReason(Stop.END)), StreamEnd()], "anthropic/sse", b"event: message_stop\n"),
    ]
    finish = payloads_of(encode(frames))[1]
    assert isinstance(finish, dict)
    assert (finish["id"], finish["choices"][0]["finish_reason"]) == ("id", "stop")


def test_an_answer_stopped_on_the_way_ends_properly() -> None:
    frames = decode_stream(*ANSWER)[:2]
    stop: list[Event] = [
        BlockEnd(0),
        ChoiceEnd(0, FinishReason(Stop.CANCELLED)),
        UsageReport(Usage(None, 1)),
        StreamEnd(),
    ]
    payloads = payloads_of(encode([*frames, Frame(stop)], include_usage=True))
    finish, usage, done = payloads[2:]
    assert isinstance(finish, dict)
    assert isinstance(usage, dict)
    assert (finish["id"], finish["choices"][0]["finish_reason"]) == ("chatcmpl-1", "stop")
    assert (usage["usage"]["completion_tokens"], done) == (1, "[DONE]")


def test_an_answer_that_broke_off_ends_in_an_error() -> None:
    payloads = payloads_of(encode([*decode_stream(*ANSWER)[:2], Frame([StreamError("engine_unavailable", "gone")])]))
    assert payloads[2:] == [
        {"error": {"message": "gone", "type": "server_error", "param": None, "code": "engine_unavailable"}},
        "[DONE]",
    ]


def test_an_upstreams_own_error_keeps_its_bytes_and_the_stream_is_ended() -> None:
    payload = b'{"error":{"message":"no","failed_generation":"{}"}}'
    frames = decode_stream(*ANSWER[:2], payload)
    assert encode(frames) == sse(*ANSWER[:2], payload, DONE)
    assert encode(frames, Framing.NDJSON).endswith(payload + b"\n")


def test_a_frame_without_events_is_handed_on() -> None:
    frame = Frame([], "openai_chat/sse", b"data: {}\n\n")
    assert encode([frame]) == b"data: {}\n\n"


def test_a_heartbeat_says_nothing() -> None:
    assert encoder(options()).heartbeat() == b": ping\n"
    assert encoder(options(Framing.NDJSON)).heartbeat() == b"\n"


@pytest.mark.parametrize(
    ("framing", "kind"),
    [(Framing.SSE, StreamEncoder), (Framing.NDJSON, StreamEncoder), (Framing.JSON, WholeEncoder)],
)
def test_each_framing_has_its_encoder(framing: Framing, kind: type) -> None:
    assert type(encoder(options(framing))) is kind


def test_events_can_be_told_as_ndjson_too() -> None:
    lines = encode([Frame([ChoiceEnd(0, FinishReason(Stop.END)), StreamEnd()])], Framing.NDJSON).splitlines()
    assert [json.loads(line)["choices"][0]["finish_reason"] for line in lines] == [None, "stop"]


@pytest.mark.parametrize("include_usage", [True, False])
def test_an_estimate_comes_before_the_mark_that_came_without_usage(include_usage: bool) -> None:
    *frames, done = decode_stream(*ANSWER[:3], DONE)
    estimate = Frame([UsageReport(Usage(output_tokens=1, is_estimate=True))])
    told = payloads_of(encode([*frames, estimate, done], include_usage=include_usage))[3:]
    counts = {"prompt_tokens": None, "completion_tokens": 1, "total_tokens": None, "is_estimate": True}
    assert [payload["usage"] for payload in told if isinstance(payload, dict)] == [counts] * include_usage
    assert told[-1] == "[DONE]"


@pytest.mark.parametrize("framing", [Framing.SSE, Framing.NDJSON])
def test_what_stands_around_a_text_is_what_is_written_around_it(framing: Framing) -> None:
    check_telling(encoder(options(framing)), "openai_chat/sse")

from __future__ import annotations

import pytest
from support.completionchunks import DONE, choice, chunk, decode_stream, events_of, sse

from sluiceway.dialects.openai_completions.decode import stream_decoder
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
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage

START = StreamStart("cmpl-1", "m", 1)
USAGE = {"prompt_tokens": 9, "completion_tokens": 1}
TEXT = [START, BlockStart(0, BlockKind.TEXT), TextDelta(0, "a")]
ENDING = [BlockEnd(0), ChoiceEnd(0, FinishReason(Stop.END, "stop")), StreamEnd()]


def events(*payloads: bytes) -> list[Event]:
    return events_of(decode_stream(*payloads))


def error_of(*payloads: bytes) -> StreamError:
    last = events(*payloads)[-1]
    assert isinstance(last, StreamError)
    return last


def test_an_answer_has_one_frame_for_each_event_with_its_bytes() -> None:
    payloads = [chunk(choice("a")), chunk(choice("b", "stop")), DONE]
    frames = decode_stream(*payloads)
    assert [frame.raw for frame in frames] == [sse(payload) for payload in payloads]
    assert {frame.wire for frame in frames} == {"openai_completions/sse"}
    assert events_of(frames) == [*TEXT, TextDelta(0, "b"), *ENDING]


def test_what_follows_a_template_gives_the_same_frames() -> None:
    texts = ["a", "b", "\n", "c", '"', "d"]
    frames = decode_stream(*(chunk(choice(text)) for text in texts), chunk(choice("", "stop")), DONE)
    assert events_of(frames)[2:-3] == [TextDelta(0, text) for text in texts]
    assert [frame.raw for frame in frames[:6]] == [sse(chunk(choice(text))) for text in texts]


def test_an_event_in_a_read_of_its_own_is_known_by_heart() -> None:
    decoder = stream_decoder(1 << 20)
    body = sse(chunk(choice("a")))
    decoder.feed(body + body)
    assert decoder.usual is not None
    assert decoder.feed(body) == [Frame([TextDelta(0, "a")], "openai_completions/sse", body)]


def test_usage_comes_in_a_chunk_of_its_own() -> None:
    told = events(chunk(choice("a", "stop"), usage=None), chunk(usage=USAGE), DONE)
    usage = Usage(9, 1, raw='{"prompt_tokens":9,"completion_tokens":1}')
    assert told == [*TEXT, UsageReport(usage), *ENDING]


def test_usage_may_come_with_every_chunk() -> None:
    told = events(chunk(choice("a"), usage=USAGE), chunk(choice("b", "stop"), usage=USAGE), DONE)
    assert sum(isinstance(event, UsageReport) for event in told) == 2


def test_zero_counts_stand_for_none_so_that_events_are_alike() -> None:
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    told = events(*[chunk(choice("a"), usage=nothing)] * 3, chunk(choice("", "stop"), usage=USAGE), DONE)
    assert told[:5] == [*TEXT, TextDelta(0, "a"), TextDelta(0, "a")]


def test_the_end_of_the_body_is_an_end_where_every_choice_has_finished() -> None:
    frames = decode_stream(chunk(choice("a", "stop")))
    assert events_of(frames) == [*TEXT, *ENDING]
    assert frames[-1].raw == sse(DONE)


def test_a_preface_starts_nothing() -> None:
    preface = chunk(id="", model="", prompt_filter_results=[])
    assert events(preface, chunk(choice("a", "stop")), DONE) == [*TEXT, *ENDING]


def test_an_answer_that_was_cut_is_an_error() -> None:
    assert error_of(chunk(choice("a"))).code == "engine_unavailable"
    assert error_of().code == "engine_unavailable"


def test_a_mark_at_the_end_without_a_finish_reason_is_an_error() -> None:
    assert error_of(chunk(choice("a")), DONE).code == "upstream_protocol_error"
    assert error_of(DONE).code == "upstream_protocol_error"


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"choices":7}'])
def test_payloads_that_cannot_be_read_are_an_error(payload: bytes) -> None:
    assert error_of(chunk(choice("a")), payload).code == "upstream_protocol_error"


def test_a_finish_reason_that_was_held_back_is_told_before_an_error() -> None:
    told = events(chunk(choice("a", "stop")), b"{")
    assert told[3:-1] == ENDING[:-1]


def test_an_upstreams_own_error_ends_the_answer() -> None:
    error = b'{"error":{"message":"no","type":"server_error","param":null,"code":500}}'
    assert events(chunk(choice("a")), error, DONE) == [*TEXT, StreamError("upstream_failed", "no", "500")]


def test_an_error_may_come_as_an_event_of_that_name() -> None:
    decoder = stream_decoder(1 << 20)
    (frame,) = decoder.feed(b'event: error\ndata: {"error":"gone"}\n\n')
    assert frame.events == [StreamError("upstream_failed", "gone")]


def test_events_without_a_payload_say_nothing() -> None:
    assert events_of(stream_decoder(100).feed(b"data:\n\n")) == []

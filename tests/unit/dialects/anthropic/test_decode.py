from __future__ import annotations

import json

import pytest
from support.messages import (
    UPSTREAM,
    block_delta,
    block_start,
    block_stop,
    decode_stream,
    events_of,
    message_delta,
    message_start,
    payload,
    sse,
    text_answer,
)

from sluiceway.dialects.anthropic.decode import MESSAGE_STOP, stream_decoder
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
    ToolInputDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage
from sluiceway.wire.sse import encode_event

STOP = payload("message_stop")
END = ChoiceEnd(0, FinishReason(Stop.END, "end_turn"))


def events(*payloads: bytes) -> list[Event]:
    return events_of(decode_stream(*payloads))


def error_of(*payloads: bytes) -> StreamError:
    last = events(*payloads)[-1]
    assert isinstance(last, StreamError)
    return last


def test_an_answer_comes_as_it_is() -> None:
    assert events(*text_answer("Hi", "!")) == [
        StreamStart("msg_1", "m"),
        BlockStart(0, BlockKind.TEXT),
        TextDelta(0, "Hi"),
        TextDelta(0, "!"),
        BlockEnd(0),
        UsageReport(Usage(output_tokens=5, raw='{"output_tokens":5}')),
        END,
        StreamEnd(),
    ]


def test_every_event_is_one_frame_with_its_bytes() -> None:
    payloads = [message_start(), payload("ping"), payload("new_event", a=1), *text_answer("a")[1:]]
    frames = decode_stream(*payloads)
    assert [frame.raw for frame in frames] == [sse(one) for one in payloads]
    assert {frame.wire for frame in frames} == {"anthropic/sse"}
    assert [frame.events for frame in frames[1:3]] == [[], []]


def test_a_ping_may_come_before_everything() -> None:
    assert events(payload("ping"), *text_answer("a")) == events(*text_answer("a"))


def test_an_event_without_data_says_nothing() -> None:
    decoder = UPSTREAM.decoder(True, 100)
    assert decoder.feed(encode_event(b"")) == [Frame([], "anthropic/sse", encode_event(b""))]


def test_the_name_of_an_event_counts_where_its_payload_has_none() -> None:
    decoder = stream_decoder(1 << 20)
    (frame,) = decoder.feed(encode_event(b'{"error":{"message":"no"}}', "error"))
    assert frame.events == [StreamError("upstream_failed", "no")]


def test_usage_is_told_at_the_start_without_the_output_that_is_not_known_yet() -> None:
    start = events(message_start(usage={"input_tokens": 25, "output_tokens": 1}))
    assert start[1] == UsageReport(Usage(25, raw='{"input_tokens":25,"output_tokens":1}'))


def test_a_delta_of_no_text_says_nothing() -> None:
    assert decode_stream(message_start(), block_start(0), block_delta(0, "text_delta", text=""))[2].events == []


def test_usage_that_cannot_be_read_spoils_nothing() -> None:
    told = events(message_start(usage=[]), block_start(0), block_stop(0), message_delta(usage=[]), STOP)
    assert not any(isinstance(event, UsageReport) for event in told)
    assert told[-1] == StreamEnd()


def test_a_start_may_hold_content() -> None:
    start = events(message_start(content=[{"type": "text", "text": "Hi"}]))
    assert start[1:4] == [BlockStart(0, BlockKind.TEXT), TextDelta(0, "Hi"), BlockEnd(0)]


def test_usage_on_the_way_ends_nothing() -> None:
    told = events(message_start(), block_start(0), message_delta(None), block_delta(0, "text_delta", text="a"))
    assert told[-2] == TextDelta(0, "a")
    assert isinstance(told[-1], StreamError)


def test_an_end_without_usage_is_one() -> None:
    payloads = [message_start(), payload("message_delta", delta={"stop_reason": "end_turn"}), STOP]
    assert events(*payloads)[1:] == [END, StreamEnd()]
    payloads[1] = payload("message_delta", usage={"output_tokens": 1})
    assert error_of(*payloads).code == "upstream_protocol_error"


def test_the_last_of_several_reasons_counts() -> None:
    told = events(message_start(), message_delta("pause_turn"), message_delta("end_turn"), STOP)
    assert told[-2:] == [END, StreamEnd()]


def test_a_reason_ends_the_blocks_that_have_no_end_of_their_own() -> None:
    told = events(
        message_start(),
        block_start(0, type="tool_use", id="t", name="f", input={}),
        block_delta(0, "input_json_delta", partial_json='{"a'),
        message_delta("max_tokens"),
        block_stop(0),
        STOP,
    )
    assert told[2:4] == [ToolInputDelta(0, '{"a'), BlockEnd(0)]
    assert told[-1] == StreamEnd()


def test_blocks_that_come_after_the_reason_are_ended_too() -> None:
    told = events(message_start(), message_delta(), block_start(0), STOP)
    assert told[-3:] == [BlockEnd(0), END, StreamEnd()]


def test_the_end_of_the_body_ends_an_answer_that_has_its_reason() -> None:
    frames = decode_stream(*text_answer("a")[:-1])
    assert frames[-1] == Frame([END, StreamEnd()], "anthropic/sse", sse(MESSAGE_STOP))


def test_a_last_event_without_its_blank_line_is_made_good() -> None:
    decoder = UPSTREAM.decoder(True, 1 << 20)
    frames = decoder.feed(sse(*text_answer("a")).removesuffix(b"\n\n")) + decoder.close()
    assert frames[-1] == Frame([END, StreamEnd()], "anthropic/sse", sse(MESSAGE_STOP))


def test_an_answer_without_its_reason_was_cut() -> None:
    assert error_of(*text_answer("a")[:-2]).code == "engine_unavailable"
    assert error_of().code == "engine_unavailable"


def test_a_stop_without_a_reason_breaks_the_dialect() -> None:
    assert error_of(message_start(), block_start(0), block_stop(0), STOP).code == "upstream_protocol_error"


def test_nothing_is_read_behind_the_end() -> None:
    assert events(*text_answer("a"), b"[DONE]", *text_answer("b")) == events(*text_answer("a"))


def test_an_error_ends_the_answer_with_its_own_bytes() -> None:
    error = payload("error", error={"type": "overloaded_error", "message": "Overloaded"})
    frames = decode_stream(message_start(), block_start(0), error, STOP)
    assert frames[-1].events == [StreamError("upstream_failed", "Overloaded", "overloaded_error")]
    assert frames[-1].raw == sse(error)


def test_an_error_before_the_start_ends_the_answer() -> None:
    assert error_of(payload("error", error={"type": "api_error", "message": "no"})).message == "no"


def test_what_was_held_back_is_told_before_an_error() -> None:
    error = payload("error", error={"type": "api_error", "message": "no"})
    call = block_start(0, type="tool_use", id="t", name="f", input={"a": 1})
    assert events(message_start(), call, error)[-2] == ToolInputDelta(0, '{"a":1}')
    assert events(message_start(), call, message_delta("tool_use"), error)[-2:] == [
        ChoiceEnd(0, FinishReason(Stop.TOOL_CALL, "tool_use")),
        StreamError("upstream_failed", "no", "api_error"),
    ]


def test_a_second_start_before_anything_was_said_changes_nothing() -> None:
    assert events(message_start(id="msg_0"), *text_answer("a"))[1:] == events(*text_answer("a"))[1:]


@pytest.mark.parametrize("said", [[block_start(0), block_stop(0)], [message_delta()]])
def test_a_second_start_after_something_was_said_breaks_the_answer_off(said: list[bytes]) -> None:
    error = error_of(message_start(), *said, message_start(id="msg_2"))
    assert (error.code, "another answer" in error.message) == ("upstream_protocol_error", True)


@pytest.mark.parametrize(
    "broken",
    [
        block_delta(0, "text_delta", text="a"),
        payload("content_block_delta", index=0),
        payload("content_block_delta", index=0, delta={"type": "text_delta", "text": 7}),
        payload("content_block_delta", delta={"type": "text_delta", "text": "a"}),
        payload("content_block_start", index=0),
        payload("content_block_start", content_block={"type": "text"}),
        payload("content_block_stop"),
        payload("content_block_stop", index=-1),
        b"{",
        b"[" * 100_000,
    ],
)
def test_what_breaks_the_dialect_ends_the_answer(broken: bytes) -> None:
    frames = decode_stream(message_start(), broken)
    (error,) = frames[-1].events
    assert isinstance(error, StreamError)
    assert error.code == "upstream_protocol_error"
    assert frames[-1].raw == b""


@pytest.mark.parametrize("early", [block_start(0), message_delta(), STOP, payload("message_start")])
def test_nothing_may_come_before_the_start(early: bytes) -> None:
    assert error_of(early).code == "upstream_protocol_error"


def test_texts_that_follow_one_another_are_learned_by_heart() -> None:
    decoder = UPSTREAM.decoder(True, 1 << 20)
    decoder.feed(sse(message_start(), block_start(0), block_delta(0, "text_delta", text="a")))
    usual = decoder.usual
    assert usual is not None
    assert usual.around.tell([b"b"]) == sse(block_delta(0, "text_delta", text="b"))
    decoder.feed(sse(block_stop(0)))
    assert decoder.usual is None


def test_padding_is_no_part_of_an_event() -> None:
    padded = [one[:-1] + b" " * 7 + b"}" for one in text_answer("Hi")]
    assert events(*padded) == events(*text_answer("Hi"))
    assert json.loads(padded[0]) == json.loads(text_answer()[0])

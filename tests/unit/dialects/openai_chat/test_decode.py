from __future__ import annotations

import pytest
from support.chatchunks import DONE, chunk, decode_stream, events_of, sse

from sluiceway.dialects.openai_chat.decode import stream_decoder
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
from sluiceway.fold import fold
from sluiceway.usage import FinishReason, Stop

START = StreamStart("chatcmpl-1", "m", 1)
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
    payloads = [chunk({"role": "assistant", "content": ""}), chunk({"content": "a"}), chunk(finish="stop"), DONE]
    frames = decode_stream(*payloads)
    assert [frame.raw for frame in frames] == [sse(payload) for payload in payloads]
    assert {frame.wire for frame in frames} == {"openai_chat/sse"}
    assert events_of(frames) == TEXT + ENDING


def test_what_follows_a_template_gives_the_same_frames() -> None:
    texts = ["a", "b", "\n", "c", '"', "d"]
    frames = decode_stream(*(chunk({"content": text}) for text in texts), chunk(finish="stop"), DONE)
    assert events_of(frames)[2:-3] == [TextDelta(0, text) for text in texts]
    assert [frame.raw for frame in frames[:6]] == [sse(chunk({"content": text})) for text in texts]


def test_an_event_in_a_read_of_its_own_gives_the_same_frame() -> None:
    decoder = stream_decoder(1000)
    body = sse(chunk({"content": "a"}))
    decoder.feed(body + body)
    assert decoder.feed(body) == [Frame([TextDelta(0, "a")], "openai_chat/sse", body)]


def test_finish_may_come_with_content() -> None:
    assert events(chunk({"content": "a"}, finish="stop"), DONE) == TEXT + ENDING


def test_usage_comes_between_the_last_choice_and_the_end() -> None:
    found = events(chunk({"content": "a"}), chunk(finish="stop"), chunk(choices=[], usage=USAGE), DONE)
    assert [type(event) for event in found[-4:]] == [UsageReport, BlockEnd, ChoiceEnd, StreamEnd]


def test_a_moderation_chunk_may_follow_the_usage() -> None:
    found = events(
        chunk({"content": "a"}, finish="stop"), chunk(choices=[], usage=USAGE), chunk(choices=[], moderation={}), DONE
    )
    assert fold(found).is_complete


@pytest.mark.parametrize("top", [{"usage": USAGE}, {"x_groq": {"id": "r", "usage": USAGE}}])
def test_usage_may_come_with_any_chunk(top: dict[str, object]) -> None:
    found = events(chunk({"content": "a"}, **top), chunk(finish="stop", **top), DONE)
    assert sum(isinstance(event, UsageReport) for event in found) == 2
    usage = fold(found).usage
    assert usage is not None
    assert usage.total_tokens == 10


@pytest.mark.parametrize("top", [{"usage": None}, {"x_groq": {"id": "r"}}, {"usage": {"prompt_tokens": "9"}}])
def test_a_chunk_without_counts_reports_none(top: dict[str, object]) -> None:
    assert events(chunk({"content": "a"}, **top), chunk(finish="stop"), DONE) == TEXT + ENDING


def test_azures_preface_does_not_start_the_answer() -> None:
    preface = chunk(choices=[], id="", model="", created=0, prompt_filter_results=[], usage=None)
    frames = decode_stream(preface, chunk({"content": "a"}), chunk(finish="stop"), DONE)
    assert frames[0] == Frame([], "openai_chat/sse", sse(preface))
    assert events_of(frames) == TEXT + ENDING


def test_usage_without_a_name_starts_the_answer() -> None:
    found = events(
        chunk(choices=[], id="", model="", usage=USAGE), chunk({"content": "a"}), chunk(finish="stop"), DONE
    )
    assert [type(event) for event in found[:2]] == [StreamStart, UsageReport]


def test_an_end_of_the_body_after_every_finish_is_an_end() -> None:
    frames = decode_stream(chunk({"content": "a"}, finish="stop"))
    assert events_of(frames) == TEXT + ENDING
    assert frames[-1].raw == sse(DONE)


def test_a_body_that_ends_without_a_finish_was_cut() -> None:
    found = events(chunk({"content": "a"}))
    assert found == [
        *TEXT,
        StreamError("engine_unavailable", "the upstream ended its answer without a finish reason"),
    ]


@pytest.mark.parametrize(
    "body", [b"", b": ping\n\n", b"data: {", b"<html>502</html>", sse(chunk({"content": "é"}))[:-60]]
)
def test_a_body_without_one_whole_event_was_cut(body: bytes) -> None:
    decoder = stream_decoder(1000)
    assert decoder.feed(body) == []
    assert [type(event) for event in events_of(decoder.close())] == [StreamError]


def test_one_choice_of_two_without_a_finish_is_no_end() -> None:
    payloads = [chunk({"content": "a"}), chunk({"content": "b"}, index=1, finish="stop")]
    assert error_of(*payloads).code == "engine_unavailable"
    assert error_of(*payloads, DONE).code == "upstream_protocol_error"
    assert ChoiceEnd(1, FinishReason(Stop.END, "stop")) in events(*payloads)


def test_done_without_a_finish_is_an_error() -> None:
    assert error_of(chunk({"content": "a"}), DONE).message == "the upstream said [DONE] without a finish reason"
    assert error_of(DONE).code == "upstream_protocol_error"


def test_done_after_the_usage_of_the_whole_is_an_end_for_an_unknown_reason() -> None:
    found = events(chunk({"content": "a"}), chunk(choices=[], usage=USAGE), DONE)
    assert found[-2:] == [ChoiceEnd(0, FinishReason(Stop.OTHER)), StreamEnd()]


def test_nothing_counts_after_the_end() -> None:
    decoder = stream_decoder(1000)
    decoder.feed(sse(chunk({"content": "a"}, finish="stop"), DONE, b"not json"))
    assert decoder.feed(b"data: more\n\n") == []
    assert decoder.close() == []


@pytest.mark.parametrize(
    "payload", [b"nonsense", b'{"choices":', b'{"choices":[{"delta":{"content":"\\ud83d"}}]}', b"[" * 5000]
)
def test_a_payload_that_is_not_json_ends_the_answer_in_one_error(payload: bytes) -> None:
    frames = decode_stream(chunk({"content": "a"}), payload, chunk({"content": "b"}))
    assert events_of(frames[:-1]) == TEXT
    assert len(frames[-1].events) == 1
    assert frames[-1].raw == b""
    assert error_of(chunk({"content": "a"}), payload).code == "upstream_protocol_error"


@pytest.mark.parametrize(
    "payload",
    [b"[]", chunk(choices={}), chunk("a"), chunk({"content": 1}), chunk({"content": "a"}, id=7), chunk(logprobs=[])],
)
def test_a_payload_of_a_wrong_shape_is_named_as_such(payload: bytes) -> None:
    assert error_of(payload).message.startswith("the upstream sent a payload of a wrong shape: Expected")


@pytest.mark.parametrize("feeds", [1, 2])
def test_an_event_that_is_too_large_ends_the_answer(feeds: int) -> None:
    decoder = stream_decoder(300)
    large = sse(chunk({"content": "b" * 300}))
    body = sse(chunk({"content": "a"})) + large
    frames = decoder.feed(body) if feeds == 1 else decoder.feed(body[:-290]) + decoder.feed(body[-290:])
    frames += decoder.feed(b"x") + decoder.close()
    assert events_of(frames)[:-1] == TEXT
    assert [type(event) for event in events_of(frames)].count(StreamError) == 1
    last = events_of(frames)[-1]
    assert isinstance(last, StreamError)
    assert last.code == "upstream_event_too_large"


def test_an_event_that_is_too_large_is_noticed_at_the_end_too() -> None:
    decoder = stream_decoder(300)
    decoder.feed(sse(chunk({"content": "a"})) + sse(chunk({"content": "b" * 300})))
    assert [event.code for event in events_of(decoder.close()) if isinstance(event, StreamError)] == [
        "upstream_event_too_large"
    ]


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    decoder = stream_decoder(1000)
    frames = decoder.feed(sse(chunk({"content": "Z"})).replace(b"Z", b"\xff"))
    assert events_of(frames)[-1] == TextDelta(0, "\N{REPLACEMENT CHARACTER}")


def test_an_error_payload_keeps_its_bytes_and_its_code() -> None:
    payload = b'{"error":{"message":"no","type":"t","param":null,"code":"c"}}'
    frames = decode_stream(chunk({"content": "a"}), payload, DONE)
    assert frames[-1] == Frame([StreamError("upstream_failed", "no", "c")], "openai_chat/sse", sse(payload))


def test_an_event_named_error_is_one_whatever_it_holds() -> None:
    decoder = stream_decoder(1000)
    raw = b"event: error\ndata: out of memory\n\n"
    assert decoder.feed(raw) == [Frame([StreamError("upstream_failed", "out of memory")], "openai_chat/sse", raw)]


def test_an_error_beside_choices_loses_nothing() -> None:
    payload = chunk({"content": "a"}, error={"code": 502, "message": "no"})
    assert events(payload, DONE) == [*TEXT, StreamError("upstream_failed", "no", "502")]


def test_a_choice_that_had_finished_before_an_error_has_ended() -> None:
    found = events(chunk({"content": "a"}, finish="stop"), b'{"error":"no"}')
    assert found == [*TEXT, *ENDING[:2], StreamError("upstream_failed", "no")]


def test_a_finish_by_error_is_an_error() -> None:
    assert error_of(chunk({"content": "a"}, finish="error")).upstream_code == "error"


def test_content_after_its_end_is_an_error_and_what_came_before_is_kept() -> None:
    found = events(chunk(finish="stop"), chunk(choices=[], usage=USAGE), chunk({"content": "a"}))
    assert [type(event) for event in found] == [StreamStart, UsageReport, ChoiceEnd, StreamError]


def test_an_event_of_another_type_is_read_by_its_data() -> None:
    decoder = stream_decoder(1000)
    payload = chunk({"content": "a"}).decode()
    frames = decoder.feed(f"data: {payload}\n\ndata: {payload}\n\nevent: message\ndata: {payload}\n\n".encode())
    assert events_of(frames)[2:] == [TextDelta(0, "a")] * 3


def test_data_that_is_empty_says_nothing() -> None:
    decoder = stream_decoder(1000)
    assert events_of(decoder.feed(b"data:\n\n")) == []


def test_the_last_blank_line_may_be_cut_in_half() -> None:
    decoder = stream_decoder(1000)
    assert events_of(decoder.feed(sse(chunk({"content": "a"}, finish="stop"))[:-1] + b"\r")) == []
    assert events_of(decoder.close()) == TEXT + ENDING
    decoder = stream_decoder(1000)
    decoder.feed(sse(chunk({"content": "a"}, finish="stop"), DONE)[:-1] + b"\r")
    assert events_of(decoder.close()) == ENDING

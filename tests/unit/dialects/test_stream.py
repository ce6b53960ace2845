"""What every streaming dialect shares, with a reading of two words: one that is text, and one that ends."""

from __future__ import annotations

import json

import msgspec
import pytest
from support.chatchunks import events_of

from sluiceway.dialects.stream import StreamDecoder, malformed
from sluiceway.dialects.template import Template
from sluiceway.errors import EngineUnavailable, RemoteProtocolError, UpstreamFailed
from sluiceway.events import BlockEnd, BlockKind, Event, Frame, StreamEnd, StreamError, TextDelta
from sluiceway.wire.ndjson import NDJSONDecoder, NDJSONLine
from sluiceway.wire.sse import SSEDecoder, SSEEvent


class Words:
    """Reads ``{"t":"text"}``; ``{"end":1}`` ends, ``{"fail":1}`` fails, and what is neither breaks."""

    def __init__(self, template: Template | None = None) -> None:
        self.is_over = False
        self.template = template
        self.block = 0
        self.closing = b""

    def feed(self, payload: SSEEvent | NDJSONLine, events: list[Event]) -> None:
        word = msgspec.json.decode(payload.data, type=dict[str, str | int])
        events.append(TextDelta(0, str(word.get("t", ""))))
        if "fail" in word:
            raise UpstreamFailed("no", upstream_code="busy")
        if "t" not in word and "end" not in word:
            raise RemoteProtocolError("no word")
        if "end" in word:
            events.append(StreamEnd())
            self.is_over = True
        elif self.template is not None:
            self.template.learn(payload.raw, self, BlockKind.TEXT, events[0])

    def close(self, events: list[Event]) -> bytes:
        if not self.closing:
            raise EngineUnavailable("cut")
        events.append(StreamEnd())
        return self.closing.removeprefix(b"-")

    def break_off(self, events: list[Event]) -> None:
        events.append(BlockEnd(0))


def decoder(reading: Words, max_event_bytes: int = 1000) -> StreamDecoder[NDJSONLine]:
    return StreamDecoder(NDJSONDecoder(max_event_bytes), reading, "words/ndjson", max_event_bytes)


def last(frames: list[Frame]) -> Event:
    return events_of(frames)[-1]


def test_each_payload_is_a_frame_with_its_bytes() -> None:
    frames = decoder(Words()).feed(b'{"t":"a"}\n\n{"t":"b"}\n{"t"')
    assert frames == [
        Frame([TextDelta(0, "a")], "words/ndjson", b'{"t":"a"}\n'),
        Frame([TextDelta(0, "b")], "words/ndjson", b'\n{"t":"b"}\n'),
    ]


def test_nothing_follows_the_end() -> None:
    stream = decoder(Words())
    assert last(stream.feed(b'{"end":1}\n{"t":"a"}\n')) == StreamEnd()
    assert stream.feed(b'{"t":"a"}\n') == []
    assert stream.close() == []
    assert stream.usual is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{\n", "upstream_protocol_error"),
        (b'{"t":[]}\n', "upstream_protocol_error"),
        (b'{"x":1}\n', "upstream_protocol_error"),
        (b'{"fail":1}\n', "upstream_failed"),
        (b"x" * 1001, "upstream_event_too_large"),
    ],
)
def test_bytes_that_break_the_dialect_end_in_one_frame_without_bytes(body: bytes, code: str) -> None:
    *_, frame = decoder(Words()).feed(body)
    error = frame.events[-1]
    assert isinstance(error, StreamError)
    assert (error.code, frame.raw, frame.events[-2]) == (code, b"", BlockEnd(0))


def test_what_was_said_before_the_failure_is_kept() -> None:
    (frame,) = decoder(Words()).feed(b'{"fail":1,"t":"a"}\n')
    assert frame.events == [TextDelta(0, "a"), BlockEnd(0), StreamError("upstream_failed", "no", "busy")]


def test_a_body_that_ends_in_the_middle_was_cut() -> None:
    stream = decoder(Words())
    assert last(stream.feed(b'{"t":"a"}\n') + stream.close()) == StreamError("engine_unavailable", "cut")
    assert stream.close() == []


@pytest.mark.parametrize(("closing", "wire"), [(b"done\n", "words/ndjson"), (b"-", "")])
def test_the_end_of_the_body_may_be_the_proper_end(closing: bytes, wire: str) -> None:
    reading = Words()
    reading.closing = closing
    (frame,) = decoder(reading).close()
    assert frame == Frame([StreamEnd()], wire, closing.removeprefix(b"-"))
    assert reading.is_over


def test_a_last_line_without_its_end_counts() -> None:
    stream = decoder(Words())
    assert stream.feed(b'{"end":1}') == []
    assert last(stream.close()) == StreamEnd()


def test_a_body_that_is_too_large_only_at_its_end_fails_there() -> None:
    stream = decoder(Words(), 20)
    assert stream.feed(b'{"t":"a"}\n' + b"x" * 21) != []
    assert last(stream.close()) == StreamError(
        "upstream_event_too_large", "one event is larger than the limit of 20 bytes"
    )


def event(text: str) -> bytes:
    return f'data: {{"t":{json.dumps(text)}}}\n\n'.encode()


def usual_stream(max_event_bytes: int = 1 << 20) -> tuple[StreamDecoder[SSEEvent], Words]:
    reading = Words(Template("words/sse", {BlockKind.TEXT: (b'"t"',)}))
    return StreamDecoder(SSEDecoder(max_event_bytes), reading, "words/sse", max_event_bytes), reading


def test_the_usual_event_is_known_once_it_was_seen_and_only_between_events() -> None:
    stream, reading = usual_stream()
    stream.feed(event("a"))
    assert stream.usual is not None
    assert stream.feed(event("b")) == [Frame([TextDelta(0, "b")], "words/sse", event("b"))]
    assert [len(frame.events) for frame in stream.feed(event("c") + event("d") + b"da")] == [1, 1]
    knows_now = [stream.usual is not None]
    assert stream.feed(event("e")[2:]) == [Frame([TextDelta(0, "e")], "words/sse", event("e"))]
    knows_now.append(stream.usual is not None)
    reading.block = 1
    knows_now.append(stream.usual is not None)
    assert knows_now == [False, True, False]


def test_before_any_event_there_is_no_usual_one() -> None:
    assert usual_stream()[0].usual is None


def test_with_a_small_limit_nobody_takes_the_short_way() -> None:
    stream, _ = usual_stream(100)
    stream.feed(event("a"))
    assert stream.usual is None


def test_a_wrong_shape_and_no_json_are_told_apart() -> None:
    assert "wrong shape: Expected `int`" in malformed(msgspec.ValidationError("Expected `int`")).message
    assert "not JSON" in malformed(msgspec.DecodeError("truncated")).message

from __future__ import annotations

import json

import pytest
from support.cuts import cut_everywhere, decode_pieces
from support.ollamalines import call, chat, chat_done, decode_stream, decode_whole, events_of, generate, ndjson

from sluiceway.dialects.ollama.unary import AnswerDecoder
from sluiceway.events import ChoiceEnd, StreamError
from sluiceway.usage import FinishReason, Stop


@pytest.mark.parametrize(
    ("body", "wire"),
    [
        (chat("a", thinking="x", done=True), "ollama/json"),
        (generate("a", done=True), "ollama_generate/json"),
        (generate("a", done=True) + b"\n", "ollama_generate/json"),
        (json.dumps(json.loads(chat_done()), indent=1).encode(), "ollama/json"),
    ],
)
def test_a_whole_answer_is_one_frame_with_its_bytes(body: bytes, wire: str) -> None:
    for pieces in ([body], cut_everywhere(body)):
        (frame,) = decode_pieces(AnswerDecoder(1 << 20), pieces)
        assert (frame.wire, frame.raw) == (wire, body)
    assert frame.events == events_of(decode_stream(body.replace(b"\n", b" ")))


def test_lines_that_came_as_a_whole_answer_are_told_as_they_come() -> None:
    decoder = AnswerDecoder(1 << 20)
    assert decoder.feed(ndjson(chat("a"))[:20]) == []
    first = decoder.feed(ndjson(chat("a"))[20:])
    rest = decoder.feed(ndjson(chat("b"), chat_done()))
    assert first + rest + decoder.close() == decode_stream(chat("a"), chat("b"), chat_done())
    assert decoder.usual is None


def test_an_answer_that_does_not_say_that_it_is_done_is_whole_all_the_same() -> None:
    for body, stop in ((chat("a", done=None), Stop.OTHER), (chat(done=None, tool_calls=[call()]), Stop.TOOL_CALL)):
        (frame,) = decode_whole(body)
        assert ChoiceEnd(0, FinishReason(stop)) in frame.events


@pytest.mark.parametrize("body", [chat("a"), b"{}", b'{"models":[]}', b"[]", b"{", b'{"message":{"content":"\xff"}}'])
def test_what_is_no_finished_answer_is_an_error(body: bytes) -> None:
    (frame,) = decode_whole(body)
    (event,) = frame.events
    assert isinstance(event, StreamError)
    assert event.code == "upstream_protocol_error"


def test_an_error_with_a_good_status_is_one() -> None:
    (frame,) = decode_whole(b'{"error":"it broke"}')
    assert frame.events == [StreamError("upstream_failed", "it broke")]


def test_no_body_is_no_answer() -> None:
    (frame,) = decode_whole(b"\n")
    assert isinstance(frame.events[0], StreamError)
    assert frame.events[0].code == "engine_unavailable"


@pytest.mark.parametrize("body", [generate("a" * 200, done=True), b"{" + b" " * 200 + b"\n", b"\n" * 200])
def test_a_body_that_is_too_large_is_refused(body: bytes) -> None:
    for pieces in ([body], cut_everywhere(body)):
        (frame,) = decode_pieces(AnswerDecoder(120), pieces)
        assert isinstance(frame.events[0], StreamError)
        assert frame.events[0].code == "upstream_event_too_large"

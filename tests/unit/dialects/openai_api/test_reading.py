from __future__ import annotations

import pytest
from support.both_completions import BOTH, Api
from support.decoding import decode_answer, events_of, sse

from sluiceway.events import Event, StreamEnd, StreamError, StreamStart, TextDelta

pytestmark = pytest.mark.parametrize("api", BOTH, ids=str)


def events(api: Api, *payloads: bytes) -> list[Event]:
    return events_of(decode_answer(api.upstream, sse(*payloads), 1 << 20))


def test_an_answer_begins_once_and_ends_with_the_end_mark(api: Api) -> None:
    told = events(api, api.text("a"), api.text("b"), api.finish, b"[DONE]")
    assert [event for event in told if isinstance(event, StreamStart | TextDelta | StreamEnd)][1:] == [
        TextDelta(0, "a"),
        TextDelta(0, "b"),
        StreamEnd(),
    ]


def test_a_body_that_ends_behind_a_finish_reason_is_whole_and_gets_the_mark(api: Api) -> None:
    decoder = api.upstream.decoder(True, 1 << 20)
    decoder.feed(sse(api.text("a"), api.finish))
    (frame,) = decoder.close()
    assert (frame.raw, frame.events[-1]) == (sse(b"[DONE]"), StreamEnd())


@pytest.mark.parametrize(("ending", "code"), [((), "engine_unavailable"), ((b"[DONE]",), "upstream_protocol_error")])
def test_an_end_without_a_finish_reason_is_an_error(api: Api, ending: tuple[bytes, ...], code: str) -> None:
    last = events(api, api.text("a"), *ending)[-1]
    assert isinstance(last, StreamError)
    assert last.code == code


def test_an_error_among_the_chunks_ends_the_answer(api: Api) -> None:
    told = events(api, api.text("a"), b'{"error":{"message":"overloaded","code":503}}', api.text("b"))
    assert told[-1] == StreamError("upstream_failed", "overloaded", "503")
    assert TextDelta(0, "b") not in told


def test_an_event_named_error_is_one(api: Api) -> None:
    decoder = api.upstream.decoder(True, 1 << 20)
    frames = decoder.feed(b'event: error\ndata: {"error":{"message":"no","code":"tool_use_failed"}}\n\n')
    assert events_of(frames) == [StreamError("upstream_failed", "no", "tool_use_failed")]

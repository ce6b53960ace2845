from __future__ import annotations

import json

import pytest

from sluiceway.client.course import Ask, Course, as_error, encode_order
from sluiceway.client.retry import Retry
from sluiceway.errors import CursorExpired, EngineUnavailable, UpstreamStatusError
from sluiceway.events import StreamError, TextDelta
from sluiceway.usage import Usage
from sluiceway.wire.sse import encode_event

HEAD = {"sluiceway-stream-id": "gen-1", "sluiceway-resume": "on"}
MESSAGES = [{"role": "user", "content": "Hi"}]
ONE, TWO, THREE = "http://one", "http://two", "http://three"


def new_course(*urls: str, attempts: int = 3, on_disconnect: str = "") -> Course:
    order = encode_order(urls or (ONE,), {"model": "m", "messages": MESSAGES}, "key", on_disconnect)
    return Course(order, Retry(attempts, 1, 8), lambda: 0.5)


def chunk(text: str, seq: int, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    record = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return encode_event(json.dumps(record).encode(), id=f"1-{seq}")


def usage_chunk(seq: int) -> bytes:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    record = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": usage}
    return encode_event(json.dumps(record).encode(), id=f"1-{seq}")


def done(seq: int) -> bytes:
    return encode_event(b"[DONE]", id=f"1-{seq}")


def text_of(course: Course, data: bytes) -> str:
    return "".join(event.text for event in course.feed(data) if isinstance(event, TextDelta))


def test_the_first_request_asks_for_the_answer_and_to_be_able_to_come_back() -> None:
    ask = new_course(f"{ONE}/").ask()
    assert (ask.method, ask.url) == ("POST", f"{ONE}/v1/chat/completions")
    assert (ask.headers["sluiceway-resume"], ask.headers["authorization"]) == ("on", "Bearer key")
    assert "sluiceway-on-disconnect" not in ask.headers
    fields = {"model": "m", "messages": MESSAGES, "stream": True, "stream_options": {"include_usage": True}}
    assert json.loads(ask.body) == fields


def test_what_becomes_of_it_without_a_reader_is_said_at_the_beginning() -> None:
    assert new_course(on_disconnect="continue").ask().headers["sluiceway-on-disconnect"] == "continue"


def test_a_client_may_have_no_key() -> None:
    assert "authorization" not in encode_order([ONE], {}).headers


def test_after_a_cut_what_follows_the_last_whole_event_is_asked_for() -> None:
    course = new_course()
    course.begin(HEAD)
    body = chunk("a", 1) + chunk("b", 2)
    assert text_of(course, body[:-5]) == "a"
    assert course.fail() == 0.5
    ask = course.ask()
    assert (ask.method, ask.url, ask.headers["last-event-id"]) == ("GET", f"{ONE}/v1/streams/gen-1", "1-1")
    course.begin(HEAD)
    assert text_of(course, chunk("b", 2) + chunk("", 3, "stop") + usage_chunk(4) + done(5)) == "b"
    assert (course.is_over, course.usage and course.usage.output_tokens) == (True, 2)


def test_before_the_first_event_it_is_asked_for_from_the_start() -> None:
    course = new_course()
    course.begin(HEAD)
    course.fail()
    assert "last-event-id" not in course.ask().headers


def test_what_is_told_twice_counts_once() -> None:
    course = new_course()
    course.begin(HEAD)
    assert text_of(course, chunk("a", 1) + chunk("a", 1)) == "a"


def test_an_event_without_an_id_is_none_of_the_answer() -> None:
    course = new_course()
    course.begin(HEAD)
    error = encode_event(b'{"error":{"message":"too slow","code":"reader_too_slow"}}')
    assert text_of(course, chunk("a", 1) + error) == "a"
    assert not course.is_over


def test_an_error_of_the_answer_ends_it() -> None:
    course = new_course()
    course.begin(HEAD)
    (error,) = course.feed(encode_event(b'{"error":{"message":"it broke","code":"broken"}}', id="1-1"))
    assert course.is_over
    assert isinstance(error, StreamError)
    assert "it broke" in str(as_error(error))
    assert as_error(error).code == error.code


def test_waits_grow_and_begin_anew_when_something_comes() -> None:
    course = new_course(attempts=9)
    course.begin(HEAD)
    assert [course.fail() for _ in range(3)] == [0.5, 1, 2]
    course.feed(chunk("a", 1))
    assert course.fail() == 0.5


def test_it_is_given_up_after_so_many_attempts_in_a_row() -> None:
    course = new_course(attempts=2)
    course.fail()
    course.fail()
    with pytest.raises(EngineUnavailable, match="2 attempts"):
        course.fail()


@pytest.mark.parametrize("head", [{}, {"sluiceway-stream-id": "gen-1"}, {"sluiceway-resume": "on"}])
def test_a_server_that_keeps_nothing_is_read_as_it_is_and_not_come_back_to(head: dict[str, str]) -> None:
    course = new_course()
    course.begin(head)
    plain = b"".join(line for line in chunk("a", 1).splitlines(keepends=True) if not line.startswith(b"id"))
    assert text_of(course, plain) == "a"
    with pytest.raises(EngineUnavailable, match="does not keep"):
        course.fail()


def test_replicas_are_asked_in_turn_when_nobody_answers() -> None:
    course = new_course(ONE, TWO)
    urls = []
    for _ in range(3):
        course.fail(is_elsewhere=True)
        urls.append(course.ask().url.removesuffix("/v1/chat/completions"))
    assert urls == [TWO, ONE, TWO]


def test_a_cut_is_first_tried_where_it_was() -> None:
    course = new_course(ONE, TWO)
    course.begin(HEAD)
    course.fail()
    assert course.ask().url.startswith(ONE)


@pytest.mark.parametrize(("header", "delay_s"), [("", 0.5), ("3", 3), ("99", 8), ("soon", 0.5), ("9" * 9, 0.5)])
def test_a_busy_server_is_asked_again_when_it_says(header: str, delay_s: float) -> None:
    course = new_course(ONE, TWO)
    course.refuse(503, {"retry-after": header}, b"")
    assert (course.fail(), course.ask().url.startswith(TWO)) == (delay_s, True)
    assert course.fail() == 1


def test_a_wrong_request_is_not_repeated() -> None:
    with pytest.raises(UpstreamStatusError, match="no such model") as caught:
        new_course().refuse(404, {}, b'{"error":{"message":"no such model"}}')
    assert caught.value.status == 404


def test_what_is_no_longer_kept_is_not_asked_for_again() -> None:
    with pytest.raises(CursorExpired, match="answered 410"):
        new_course().refuse(410, {}, b"")


def test_each_replica_is_asked_once_for_an_answer_that_others_do_not_know() -> None:
    course = new_course(ONE, TWO, THREE)
    course.begin(HEAD)
    for _ in range(2):
        course.refuse(404, {}, b"")
        course.fail()
    assert course.ask().url.startswith(THREE)
    with pytest.raises(UpstreamStatusError):
        course.refuse(404, {}, b"")


def test_it_is_stopped_wherever_it_runs() -> None:
    course = new_course(ONE, TWO, THREE)
    assert course.ask_to_stop() == []
    course.fail(is_elsewhere=True)
    course.begin({**HEAD, "sluiceway-stream-id": "a/b"})
    asks = course.ask_to_stop()
    assert [ask.url for ask in asks] == [f"{url}/v1/streams/a%2Fb" for url in (TWO, THREE, ONE)]
    assert asks[0] == Ask("DELETE", asks[0].url, asks[0].headers)
    usage = {"input_tokens": 3, "output_tokens": 2, "is_estimate": True}
    assert course.note_stopped(json.dumps({"id": "a/b", "stopped": True, "usage": usage}).encode()) == Usage(
        3, 2, is_estimate=True
    )

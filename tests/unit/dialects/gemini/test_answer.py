from __future__ import annotations

import msgspec
import pytest
from support.geminichunks import chunk, text

from sluiceway.dialects.gemini.answer import Answer, split_payload
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import BlockEnd, ChoiceEnd, Event, StreamError, StreamStart, TextDelta, UsageReport
from sluiceway.usage import Usage

USAGE = {"promptTokenCount": 1}


def feed(answer: Answer, *payloads: bytes) -> list[Event]:
    events: list[Event] = []
    for payload in payloads:
        answer.feed(payload, events)
    return events


def start_of(**head: object) -> StreamStart:
    (start,) = feed(Answer(), msgspec.json.encode(head))
    assert isinstance(start, StreamStart)
    return start


def test_the_first_payload_starts_the_answer() -> None:
    events = feed(Answer(), chunk(text("a")), chunk(text("b")))
    assert events[0] == StreamStart("r", "m")
    assert [type(event) for event in events[2:]] == [TextDelta, TextDelta]


def test_the_start_may_know_the_time() -> None:
    assert start_of(createTime="2026-03-19T19:35:33.563823Z").created_at_unix_s == 1_773_948_933


def test_a_time_without_a_zone_is_utc() -> None:
    assert start_of(createTime="1970-01-01T00:00:07").created_at_unix_s == 7
    assert start_of(createTime="1969-01-01T00:00:00Z").created_at_unix_s == 0


@pytest.mark.parametrize("stamp", ["", "yesterday", None])
def test_a_time_that_cannot_be_read_is_unknown(stamp: str | None) -> None:
    assert start_of(createTime=stamp).created_at_unix_s is None


def test_counts_are_told_when_they_change() -> None:
    other = {"promptTokenCount": 2}
    payloads = [chunk(usageMetadata=counts) for counts in (USAGE, USAGE, other, None)]
    reports = [event for event in feed(Answer(), *payloads) if isinstance(event, UsageReport)]
    assert [report.usage.input_tokens for report in reports] == [1, 2]


def test_counts_that_cannot_be_read_are_not_told() -> None:
    assert feed(Answer(), chunk(usageMetadata={"promptTokenCount": "x"})) == [StreamStart("r", "m")]


def test_an_error_ends_the_answer() -> None:
    answer = Answer()
    events = feed(
        answer, chunk(text("a"), finish="STOP"), b'{"error":{"code":503,"message":"no","status":"UNAVAILABLE"}}'
    )
    assert answer.is_over
    assert [type(event) for event in events[-3:]] == [BlockEnd, ChoiceEnd, StreamError]
    assert events[-1] == StreamError("upstream_failed", "no", "UNAVAILABLE")


def test_an_error_may_be_all_there_is() -> None:
    assert [type(event) for event in feed(Answer(), b'{"error":{"message":"no"}}')] == [StreamError]


def test_a_blocked_prompt_ends_the_answer_properly() -> None:
    answer = Answer()
    events = feed(answer, msgspec.json.encode({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": USAGE}))
    assert events == [StreamStart(), UsageReport(Usage(1, raw='{"promptTokenCount":1}'))]
    assert answer.has_finished
    answer.end(events)
    assert type(events[-1]) is ChoiceEnd


def test_an_answer_without_candidates_has_no_end() -> None:
    with pytest.raises(RemoteProtocolError, match="no candidates"):
        Answer().end([], is_last=True)


@pytest.mark.parametrize(
    ("payload", "is_plain"),
    [
        (chunk(text("a")), True),
        (chunk(text("a"), finish="STOP"), False),
        (chunk(text("a"), usageMetadata=USAGE), True),
        (chunk(text("a"), promptFeedback={}), False),
        (chunk(text("a"), candidate={"tokenCount": 1}), False),
        (b'{"candidates":[{},{}]}', False),
        (b"{}", False),
        (b'{"error":{"message":"no"}}', False),
    ],
)
def test_a_plain_payload_says_what_its_candidate_says_and_counts(payload: bytes, is_plain: bool) -> None:
    assert (Answer().feed(payload, []) is not None) is is_plain


def test_a_list_is_taken_apart() -> None:
    assert split_payload(b'[{"a":1}, {"b":[2]}]') == [b'{"a":1}', b'{"b":[2]}']
    assert split_payload(b"[]") == []
    assert split_payload(b"{}") == [b"{}"]


def test_counts_are_told_where_they_changed_and_could_be_read() -> None:
    events: list[Event] = []
    answer = Answer()
    assert answer.report(b'{"promptTokenCount":1}', events)
    assert answer.report(b'{"promptTokenCount":1}', events)
    assert not answer.report(b'{"promptTokenCount":', events)
    assert [type(event) for event in events] == [UsageReport]
    assert answer.counts == b'{"promptTokenCount":1}'

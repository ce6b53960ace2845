from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_responses.lifecycle import ResponseFields
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import ChoiceEnd, StreamError, StreamStart
from sluiceway.usage import FinishReason, Stop, Usage

START = StreamStart("resp_1", "m", 1, {NAME: {}})


def fields(**values: object) -> ResponseFields:
    return ResponseFields(msgspec.json.encode({"id": "resp_1", "model": "m", "created_at": 1, **values}))


def test_a_start_keeps_what_only_this_vendor_says() -> None:
    response = fields(service_tier="auto", background=False, moderation=None, instructions="x", tools=[], usage=None)
    assert response.start() == StreamStart("resp_1", "m", 1, {NAME: {"service_tier": "auto", "background": False}})


@pytest.mark.parametrize(
    ("created", "seconds"), [(1.5, 1), (0, None), (-1, None), ("1", None), (2**60, None), (None, None)]
)
def test_a_time_stamp_is_whole_seconds(created: object, seconds: int | None) -> None:
    assert fields(created_at=created).start().created_at_unix_s == seconds


def test_an_end_tells_what_is_not_as_it_was() -> None:
    start = fields(service_tier="auto", background=False).start()
    end = fields(status="completed", service_tier="default", background=False, completed_at=2)
    assert end.end(start, "completed", has_calls=False) == ChoiceEnd(
        0, FinishReason(Stop.END, "completed"), {NAME: {"service_tier": "default", "completed_at": 2}}
    )


def test_an_end_without_news_has_no_extras() -> None:
    assert fields().end(START, "completed", has_calls=True) == ChoiceEnd(0, FinishReason(Stop.TOOL_CALL, "completed"))


@pytest.mark.parametrize("reason", ["steered", None, 7])
def test_an_incomplete_end_keeps_its_words(reason: object) -> None:
    details = {"reason": reason}
    end = fields(status="incomplete", incomplete_details=details).end(START, "completed", has_calls=False)
    assert end.extras == {NAME: {"status": "incomplete", "incomplete_details": details}}
    assert end.reason == FinishReason(Stop.OTHER, reason if isinstance(reason, str) else "incomplete")


def test_usage_and_output_may_be_missing() -> None:
    assert (fields().usage, fields().output(), fields(output=None).output()) == (None, [], [])
    assert fields(usage={"input_tokens": 1}).usage == Usage(1, raw='{"input_tokens":1}')


def test_a_failure_tells_its_error() -> None:
    assert fields(error={"code": "c", "message": "no"}).error == StreamError("upstream_failed", "no", "c")
    assert fields(error=None).error == StreamError("upstream_failed", "the upstream reported an error")


def test_a_status_that_is_no_word_is_none() -> None:
    assert fields(status=7).status == ""


def test_there_must_be_a_response() -> None:
    with pytest.raises(RemoteProtocolError, match="without its response"):
        ResponseFields(b"")

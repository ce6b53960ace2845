from __future__ import annotations

import json

import pytest
from support.both_completions import BOTH, Api
from support.decoding import events_of

from sluiceway.events import StreamEnd, StreamError, UsageReport

pytestmark = pytest.mark.parametrize("api", BOTH, ids=str)

USAGE = {"prompt_tokens": 3, "completion_tokens": 2}


def last_of(api: Api, body: object) -> list[object]:
    """Return the last two things that a whole answer says."""
    decoder = api.upstream.decoder(False, 10_000)
    frames = decoder.feed(json.dumps(body).encode()) + decoder.close()
    return list(events_of(frames)[-2:])


def body_of(choice: object, **top: object) -> dict[str, object]:
    return {"id": "x-1", "created": 1, "model": "m", "choices": [choice], **top}


def test_counts_come_before_the_end_where_there_are_any(api: Api) -> None:
    choice = {"index": 0, "text": "a", "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}
    report, end = last_of(api, body_of(choice, usage=USAGE))
    assert isinstance(report, UsageReport)
    assert (report.usage.input_tokens, report.usage.output_tokens, end) == (3, 2, StreamEnd())
    assert not isinstance(last_of(api, body_of(choice))[0], UsageReport)


def test_an_error_with_a_good_status_is_an_error(api: Api) -> None:
    (error,) = last_of(api, {"error": {"message": "no", "type": "invalid_request_error", "code": "bad"}})
    assert error == StreamError("upstream_failed", "no", "bad")


@pytest.mark.parametrize("choices", [[], None])
def test_an_answer_without_choices_breaks_the_dialect(api: Api, choices: object) -> None:
    (error,) = last_of(api, {"id": "x-1", "created": 1, "model": "m", "choices": choices})
    assert isinstance(error, StreamError)
    assert "no choices" in error.message

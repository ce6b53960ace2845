from __future__ import annotations

import json

import pytest
from support.responsesevents import events_of, message, response

from sluiceway.dialects.openai_responses.unary import unary_decoder
from sluiceway.events import ChoiceEnd, Event, StreamEnd, StreamError, UsageReport
from sluiceway.fold import fold
from sluiceway.order import check_order
from sluiceway.usage import Stop


def decode(body: object) -> list[Event]:
    decoder = unary_decoder(1 << 20)
    decoder.feed(json.dumps(body).encode())
    frames = decoder.close()
    check_order(events_of(frames))
    return events_of(frames)


def test_items_become_blocks() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    completion = fold(decode(response("completed", [message("a"), call], usage={"input_tokens": 1})))
    (choice,) = completion.choices
    assert [block.text for block in choice.blocks] == ["a", "{}"]
    assert choice.reason is not None
    assert choice.reason.stop is Stop.TOOL_CALL
    assert completion.usage is not None


def test_a_response_that_failed_is_an_error_and_keeps_its_usage() -> None:
    body = response("failed", error={"code": "server_error", "message": "no"}, usage={"input_tokens": 1})
    events = decode(body)
    assert isinstance(events[-2], UsageReport)
    assert events[-1] == StreamError("upstream_failed", "no", "server_error")


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_a_response_that_runs_in_the_background_is_an_answer(status: str) -> None:
    *_, end, last = decode(response(status))
    assert isinstance(end, ChoiceEnd)
    assert (end.reason.stop, end.reason.raw, last) == (Stop.OTHER, status, StreamEnd())


def test_an_error_with_status_200_is_an_error() -> None:
    assert decode({"error": {"message": "no"}}) == [StreamError("upstream_failed", "no")]


@pytest.mark.parametrize("body", [{}, {"error": None}, [], {"output": {}}, {"output": [1]}])
def test_anything_else_breaks_the_dialect(body: object) -> None:
    (event,) = decode(body)
    assert isinstance(event, StreamError)
    assert event.code == "upstream_protocol_error"

"""Tool calls as they come: finished when the protocol says so and the JSON is whole."""

from __future__ import annotations

from typing import Any

import msgspec
import pydantic
import pytest

from sluiceway.errors import SettingsError, ToolCallCut, ToolCallError, ToolCallInvalid
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    ToolInputDelta,
)
from sluiceway.partial.calls import (
    ToolCall,
    ToolCallEvent,
    ToolCallFailed,
    ToolCallFeed,
    ToolCallFinished,
    ToolCallGrew,
    ToolCallStarted,
)
from sluiceway.partial.events import MISSING, Grew
from sluiceway.partial.feed import JSONFeed
from sluiceway.usage import FinishReason, Stop

CALLED = FinishReason(Stop.TOOL_CALL)


class Point(msgspec.Struct):
    x: int
    y: int = 0


class Draw(pydantic.BaseModel):
    color: str
    points: list[int] = []


def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


def start(block: int = 0, name: str = "add", choice: int = 0, kind: str = "") -> BlockStart:
    extras: dict[str, dict[str, object]] = {"openai_chat": {"type": kind}} if kind else {}
    return BlockStart(block, BlockKind.TOOL, choice, f"call_{block}", name, extras)


def told(feed: ToolCallFeed, *events: Event) -> list[ToolCallEvent]:
    return [what for event in events for what in feed.feed(event)]


def whole(text: str, reason: FinishReason = CALLED, name: str = "add") -> list[Event]:
    return [start(name=name), ToolInputDelta(0, text), BlockEnd(0), ChoiceEnd(0, reason)]


def called(tools: Any, text: str, reason: FinishReason = CALLED, name: str = "add", **options: Any) -> ToolCall:
    feed = ToolCallFeed(tools, **options)
    told(feed, *whole(text, reason, name))
    (call,) = feed.calls
    return call


def failure(call: ToolCall) -> ToolCallError:
    with pytest.raises(ToolCallError) as caught:
        call.result()
    assert call.error is caught.value
    assert not call.is_finished
    return caught.value


def test_a_call_begins_grows_and_finishes() -> None:
    feed = ToolCallFeed()
    began, grew, finished = told(feed, *whole('{"a":"b"}'))
    (call,) = feed.calls
    assert began == ToolCallStarted(call)
    assert isinstance(grew, ToolCallGrew)
    assert (grew.text, Grew(("a",), "b") in grew.events) == ('{"a":"b"}', True)
    assert finished == ToolCallFinished(call, {"a": "b"})
    assert (call.name, call.id, call.block, call.choice) == ("add", "call_0", 0, 0)
    assert call.result() == call.arguments == {"a": "b"}


def test_balanced_text_does_not_finish_a_call() -> None:
    feed = ToolCallFeed()
    told(feed, start(), ToolInputDelta(0, '{"a":1}'))
    (call,) = feed.calls
    assert (call.is_finished, call.arguments) == (False, {"a": 1})
    told(feed, BlockEnd(0))
    assert not call.is_finished
    with pytest.raises(ToolCallCut, match="is not finished"):
        call.result()
    told(feed, ChoiceEnd(0, CALLED))
    assert call.result() == {"a": 1}


def test_calls_grow_side_by_side() -> None:
    feed = ToolCallFeed({"point": Point})
    told(feed, start(0, "point"), start(1, choice=1), ToolInputDelta(1, '{"a":'), ToolInputDelta(0, '{"x":1,'))
    first, second = feed.calls
    assert first.arguments.x == 1
    told(feed, ToolInputDelta(1, "2}"), BlockEnd(1), ChoiceEnd(1, CALLED))
    assert (second.result(), first.is_finished) == ({"a": 2}, False)
    told(feed, ToolInputDelta(0, '"y":2}'), BlockEnd(0), ChoiceEnd(0, CALLED))
    assert first.result() == Point(1, 2)


@pytest.mark.parametrize("stop", [Stop.END, Stop.TOOL_CALL, Stop.STOP_SEQUENCE, Stop.PAUSED, Stop.OTHER])
def test_a_proper_end_finishes_a_call(stop: Stop) -> None:
    assert called({}, "{}", FinishReason(stop)).is_finished


@pytest.mark.parametrize(
    ("stop", "reason"),
    [(Stop.LENGTH, "length"), (Stop.CONTENT_FILTER, "content_filter"), (Stop.CANCELLED, "cancelled")],
)
def test_a_call_that_was_cut_looks_whole_and_is_not(stop: Stop, reason: str) -> None:
    error = failure(called({}, '{"a":1}', FinishReason(stop)))
    assert isinstance(error, ToolCallCut)
    assert (error.reason, error.arguments, error.text) == (reason, {"a": 1}, '{"a":1}')
    assert error.message == f"the call of 'add' broke off: the answer ended for {reason.replace('_', ' ')}"


def test_a_cut_call_tells_what_there_was() -> None:
    feed = ToolCallFeed({"draw": Draw})
    (*_, failed) = told(feed, *whole('{"color":"re', FinishReason(Stop.LENGTH), "draw"))
    assert isinstance(failed, ToolCallFailed)
    assert isinstance(failed.error.arguments, Draw)
    assert failed.error.arguments.color == "re"
    assert told(feed, ToolInputDelta(0, "d")) == []


def test_text_that_is_not_whole_at_a_proper_end_was_cut() -> None:
    error = failure(called({"add": add}, '{"a":1'))
    assert isinstance(error, ToolCallCut)
    assert (error.reason, error.arguments) == ("incomplete", {})


def test_a_broken_answer_cuts_its_calls() -> None:
    feed = ToolCallFeed()
    told(feed, start(), ToolInputDelta(0, '{"a":1}'), BlockEnd(0))
    (failed,) = told(feed, StreamError("upstream_failed", "it went away"))
    assert isinstance(failed, ToolCallFailed)
    assert isinstance(failed.error, ToolCallCut)
    assert failed.error.reason == "error"
    assert "it went away" in failed.error.message


def test_a_broken_answer_leaves_finished_calls_alone() -> None:
    feed = ToolCallFeed()
    told(feed, *whole("{}"))
    assert told(feed, StreamError("upstream_failed", "it went away")) == []
    assert feed.calls[0].is_finished


def test_events_that_do_not_go_on_cut_their_calls() -> None:
    feed = ToolCallFeed()
    told(feed, start(), ToolInputDelta(0, "{}"))
    (failed,) = feed.close()
    assert isinstance(failed, ToolCallFailed)
    assert failed.call.error is failed.error
    assert feed.close() == []


@pytest.mark.parametrize("texts", [[], [""], ["", ""], [" "]])
def test_no_arguments_are_an_empty_object(texts: list[str]) -> None:
    feed = ToolCallFeed()
    told(feed, start(), *(ToolInputDelta(0, text) for text in texts), BlockEnd(0), ChoiceEnd(0, CALLED))
    assert feed.calls[0].result() == {}


def test_nothing_has_come_at_first() -> None:
    feed = ToolCallFeed({"either": Point | None})
    told(feed, start(0), start(1, "either"))
    assert [call.arguments for call in feed.calls] == [MISSING, MISSING]


@pytest.mark.parametrize(
    ("tools", "text", "message"),
    [
        ({}, '{"a":]', "a value was expected"),
        ({}, "[1]", "they are no object"),
        ({"add": add}, '{"b":1}', "missing required field `a`"),
        ({"add": Point}, '{"x":"1"}', "Expected `int`, got `str`, at /x"),
    ],
)
def test_wrong_arguments_are_an_error(tools: Any, text: str, message: str) -> None:
    error = failure(called(tools, text))
    assert isinstance(error, ToolCallInvalid)
    assert error.text == text
    assert "the arguments of 'add' are wrong: " in error.message
    assert message in error.message


def test_a_wrong_field_may_fail_a_call_early() -> None:
    feed = ToolCallFeed({"add": add}, fails_early=True)
    (_, failed) = told(feed, start(), ToolInputDelta(0, '{"a":"x","b":'))
    assert isinstance(failed, ToolCallFailed)
    assert isinstance(failed.error, ToolCallInvalid)
    assert (failed.error.arguments, failed.error.text) == ({}, '{"a":"x","b":')


def test_a_functions_parameters_are_its_model() -> None:
    assert add(**called({"add": add}, '{"a":2}').result()) == 3


@pytest.mark.parametrize(("tools", "kind"), [({"add": str}, ""), ({}, "custom"), ({}, "custom_tool_call")])
def test_free_text_is_text(tools: Any, kind: str) -> None:
    feed = ToolCallFeed(tools, max_text_chars=3)
    _, grew, _ = told(feed, start(kind=kind), ToolInputDelta(0, "{not "), ToolInputDelta(0, "json"))
    assert grew == ToolCallGrew(feed.calls[0], "{not ", ())
    assert (feed.calls[0].is_text, feed.calls[0].arguments) == (True, "{not json")
    told(feed, BlockEnd(0), ChoiceEnd(0, CALLED))
    assert feed.calls[0].result() == "{not json"


def test_free_text_is_bounded() -> None:
    call = ToolCall(start(), None, max_text_chars=3)
    call.push("abc")
    with pytest.raises(ToolCallInvalid, match="too long"):
        call.push("d")
    assert call.text == "abc"


def test_the_text_kept_for_errors_is_bounded() -> None:
    call = called({}, '{"a":"' + "x" * 99, FinishReason(Stop.LENGTH), max_text_chars=10)
    assert failure(call).text == '{"a":"xxxx'
    told_late = called({}, "{}", max_text_chars=0)
    assert (told_late.text, told_late.result()) == ("", {})


def test_the_feed_of_the_text_may_be_chosen() -> None:
    call = called({}, '{"a":1,"a":2}', make_feed=lambda: JSONFeed(duplicate_keys="error"))
    assert isinstance(failure(call), ToolCallInvalid)


def test_a_tool_of_any_object_may_be_listed() -> None:
    assert called({"add": None}, '{"a":[1]}').result() == {"a": [1]}


def test_a_tool_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(SettingsError):
        ToolCallFeed({"add": lambda *numbers: sum(numbers)})


def test_what_is_no_tool_call_is_let_by() -> None:
    feed = ToolCallFeed()
    others: list[Event] = [
        StreamStart(),
        BlockStart(0, BlockKind.TEXT),
        TextDelta(0, "a"),
        BlockEnd(0),
        ChoiceEnd(0, FinishReason(Stop.END)),
        StreamEnd(),
    ]
    assert told(feed, *others) == []
    assert feed.calls == ()

"""The legal order of events: each rule of the table and of the checker, once kept and once broken."""

from __future__ import annotations

from typing import get_args

import pytest

from sluiceway.errors import LocalProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ReasoningDelta,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.order import DELTA_OF, STREAM, OrderChecker, StreamState, check_order
from sluiceway.usage import FinishReason, Stop, Usage

START = StreamStart()
TEXT = BlockStart(0, BlockKind.TEXT)
DONE = ChoiceEnd(0, FinishReason(Stop.END))
ERROR = StreamError("engine_error", "gone")


def test_a_whole_answer_ends() -> None:
    answer: list[Event] = [START, TEXT, TextDelta(0, "Hi"), BlockEnd(0), DONE, UsageReport(Usage()), StreamEnd()]
    assert check_order(answer) is StreamState.ENDED


def test_blocks_of_parallel_choices_interleave() -> None:
    other = BlockStart(1, BlockKind.TOOL, 1, "call_1", "f")
    middle: list[Event] = [TEXT, other, TextDelta(0, "Hi"), ToolInputDelta(1, "{}"), BlockEnd(0), DONE, BlockEnd(1)]
    ends: list[Event] = [ChoiceEnd(1, FinishReason(Stop.TOOL_CALL)), StreamEnd()]
    assert check_order([START, *middle, *ends]) is StreamState.ENDED


def test_a_choice_may_end_without_saying_anything() -> None:
    assert check_order([START, DONE, StreamEnd()]) is StreamState.ENDED


@pytest.mark.parametrize("before", [[], [START], [START, TEXT], [START, TEXT, BlockEnd(0), DONE]])
def test_an_error_may_come_at_any_time_before_the_end(before: list[Event]) -> None:
    assert check_order([*before, ERROR]) is StreamState.ENDED


def test_the_state_says_how_far_an_answer_is() -> None:
    assert check_order([]) is StreamState.IDLE
    assert check_order([START, TEXT]) is StreamState.OPEN


@pytest.mark.parametrize(
    ("before", "event", "why"),
    [
        ([], TEXT, "idle"),
        ([START], START, "StreamStart is illegal in a stream that is open"),
        ([START, DONE, StreamEnd()], StreamEnd(), "ended"),
        ([ERROR], ERROR, "ended"),
        ([START], BlockStart(1, BlockKind.TEXT), "block 1 started where 0 comes next"),
        ([START, TEXT], TEXT, "block 0 started where 1 comes next"),
        ([START], TextDelta(0, ""), "block 0 is not open"),
        ([START, TEXT, BlockEnd(0)], TextDelta(0, ""), "block 0 is not open"),
        ([START, TEXT, BlockEnd(0)], BlockEnd(0), "block 0 is not open"),
        ([START, TEXT], ReasoningDelta(0, ""), "ReasoningDelta in a text block"),
        ([START, TEXT], DONE, "choice 0 ended with a block open"),
        ([START, DONE], DONE, "choice 0 ended twice"),
        ([START, DONE], TEXT, "choice 0 has ended and opens block 0"),
        ([START], StreamEnd(), "before every choice had ended"),
        ([START, TEXT, BlockEnd(0)], StreamEnd(), "before every choice had ended"),
        ([START, DONE, BlockStart(0, BlockKind.TEXT, 1), BlockEnd(0)], StreamEnd(), "before every choice had ended"),
    ],
)
def test_what_breaks_a_rule_is_refused(before: list[Event], event: Event, why: str) -> None:
    checker = OrderChecker()
    for earlier in before:
        checker.feed(earlier)
    with pytest.raises(LocalProtocolError, match=why):
        checker.feed(event)


@pytest.mark.parametrize("kind", BlockKind)
def test_each_kind_of_block_takes_its_own_delta_only(kind: BlockKind) -> None:
    deltas: list[Event] = [TextDelta(0, ""), ReasoningDelta(0, ""), ToolInputDelta(0, "")]
    for delta in deltas:
        if type(delta) is DELTA_OF[kind]:
            check_order([START, BlockStart(0, kind), delta])
        else:
            with pytest.raises(LocalProtocolError):
                check_order([START, BlockStart(0, kind), delta])


def test_the_table_covers_every_state_and_every_event() -> None:
    assert set(STREAM) == set(StreamState)
    assert {event for following in STREAM.values() for event in following} == set(get_args(Event))

from __future__ import annotations

import pytest

from sluiceway.delivery.outline import Outline
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
    UsageReport,
)
from sluiceway.order import StreamState, check_order
from sluiceway.usage import FinishReason, Stop, Usage

USAGE = Usage(1, 2)
END = FinishReason(Stop.END)
CANCELLED = FinishReason(Stop.CANCELLED)
STARTED: list[Event] = [StreamStart(), BlockStart(0, BlockKind.TEXT)]


def outline_of(events: list[Event]) -> Outline:
    outline = Outline()
    for event in events:
        outline.feed(event)
    return outline


def test_it_knows_whether_the_answer_started_and_ended() -> None:
    assert (Outline().is_started, Outline().is_ended) == (False, False)
    whole = outline_of([*STARTED, TextDelta(0, "a"), BlockEnd(0), ChoiceEnd(0, END), UsageReport(USAGE), StreamEnd()])
    assert (whole.is_started, whole.is_ended, whole.error, whole.usage) == (True, True, None, USAGE)


def test_an_error_is_an_end() -> None:
    error = StreamError("engine_error", "gone")
    outline = outline_of([*STARTED, error])
    assert (outline.is_ended, outline.error) == (True, error)


def test_the_last_report_counts() -> None:
    assert outline_of([UsageReport(Usage(9, 9)), UsageReport(USAGE)]).usage == USAGE


def test_stopping_ends_open_blocks_and_running_choices_only() -> None:
    second: list[Event] = [BlockStart(1, BlockKind.TEXT, choice=1), BlockStart(2, BlockKind.TOOL, choice=1)]
    outline = outline_of([*STARTED, BlockEnd(0), ChoiceEnd(0, END), *second, BlockEnd(1)])
    assert outline.stop(USAGE) == [BlockEnd(2), ChoiceEnd(1, CANCELLED), UsageReport(USAGE), StreamEnd()]


def test_stopping_after_every_choice_ended_changes_no_reason() -> None:
    outline = outline_of([*STARTED, BlockEnd(0), ChoiceEnd(0, END)])
    assert outline.stop(USAGE) == [UsageReport(USAGE), StreamEnd()]


def test_stopping_before_anything_came_is_a_whole_answer() -> None:
    assert Outline().stop(USAGE) == [StreamStart(), ChoiceEnd(0, CANCELLED), UsageReport(USAGE), StreamEnd()]


@pytest.mark.parametrize("count", range(5))
def test_wherever_it_is_stopped_the_order_is_legal(count: int) -> None:
    so_far = [*STARTED, TextDelta(0, "a"), BlockEnd(0), ChoiceEnd(0, END)][:count]
    assert check_order([*so_far, *outline_of(so_far).stop(USAGE)]) is StreamState.ENDED


def test_an_answer_is_unmetered_when_it_ended_well_without_a_report() -> None:
    ending: list[Event] = [*STARTED, BlockEnd(0), ChoiceEnd(0, END)]
    assert not outline_of(ending).is_unmetered
    assert outline_of([*ending, StreamEnd()]).is_unmetered
    assert not outline_of([*ending, UsageReport(USAGE), StreamEnd()]).is_unmetered
    assert not outline_of([*ending, StreamError("c", "m")]).is_unmetered

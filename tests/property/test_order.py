"""The order checker takes every legal sequence, and notices when one is spoiled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.event_sequences import event_sequences

from sluiceway.errors import LocalProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ReasoningDelta,
    StreamEnd,
    TextDelta,
    ToolInputDelta,
)
from sluiceway.order import DELTA_OF, OrderChecker, StreamState, check_order

complete = event_sequences(is_complete=True)
EVENTS_THAT_COUNT = (BlockStart, BlockEnd, ChoiceEnd)


def refuses(events: list[Event]) -> None:
    with pytest.raises(LocalProtocolError):
        check_order(events)


@given(event_sequences())
def test_a_legal_sequence_is_taken_and_ends(events: list[Event]) -> None:
    assert check_order(events) is StreamState.ENDED


@given(event_sequences())
def test_only_the_last_event_ends_it(events: list[Event]) -> None:
    assert check_order(events[:-1]) is not StreamState.ENDED


@given(complete)
def test_nothing_may_come_before_the_start(events: list[Event]) -> None:
    refuses(events[1:])


@given(event_sequences(), st.data())
def test_nothing_may_follow_the_end(events: list[Event], data: st.DataObject) -> None:
    refuses([*events, data.draw(st.sampled_from(events))])


@given(complete, st.data())
def test_what_opens_or_closes_may_not_come_twice(events: list[Event], data: st.DataObject) -> None:
    index = data.draw(st.sampled_from([i for i, event in enumerate(events) if isinstance(event, EVENTS_THAT_COUNT)]))
    refuses([*events[: index + 1], *events[index:]])


@given(complete, st.data())
def test_no_start_or_end_of_a_block_may_be_missing(events: list[Event], data: st.DataObject) -> None:
    indices = [i for i, event in enumerate(events) if isinstance(event, BlockStart | BlockEnd)]
    if indices:
        index = data.draw(st.sampled_from(indices))
        refuses(events[:index] + events[index + 1 :])


@given(complete)
def test_no_choice_that_said_something_may_lack_its_end(events: list[Event]) -> None:
    for choice in {event.choice for event in events if isinstance(event, BlockStart)}:
        refuses([event for event in events if not (isinstance(event, ChoiceEnd) and event.choice == choice)])


@given(event_sequences(), st.sampled_from([TextDelta(0, ""), ReasoningDelta(0, ""), ToolInputDelta(0, "")]))
def test_a_delta_fits_its_block_or_is_refused(events: list[Event], delta: Event) -> None:
    checker = OrderChecker()
    for event in events:
        checker.feed(event)
        if isinstance(event, BlockStart) and event.block == 0:
            break
    else:
        return
    if DELTA_OF[event.kind] is type(delta):
        checker.feed(delta)
    else:
        with pytest.raises(LocalProtocolError):
            checker.feed(delta)


@given(event_sequences(max_choices=1, kinds=[BlockKind.TEXT], is_complete=False))
def test_a_sequence_can_be_drawn_to_measure(events: list[Event]) -> None:
    kinds = {event.kind for event in events if isinstance(event, BlockStart)}
    choices = {event.choice for event in events if isinstance(event, BlockStart | ChoiceEnd)}
    assert kinds <= {BlockKind.TEXT}
    assert choices <= {0}
    assert not isinstance(events[-1], StreamEnd)

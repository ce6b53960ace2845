"""Folding and unfolding any legal sequence."""

from __future__ import annotations

import json

from hypothesis import given
from support.event_sequences import event_sequences

from sluiceway.events import BlockKind, Event
from sluiceway.fold import Folder, fold, unfold
from sluiceway.order import check_order


@given(event_sequences())
def test_what_is_unfolded_folds_to_the_same(events: list[Event]) -> None:
    completion = fold(events)
    assert fold(unfold(completion)) == completion


@given(event_sequences())
def test_what_is_unfolded_is_legal(events: list[Event]) -> None:
    assert check_order(unfold(fold(events))) is check_order(events)


@given(event_sequences())
def test_looking_on_the_way_changes_nothing(events: list[Event]) -> None:
    folder = Folder()
    for event in events:
        folder.feed(event)
        folder.completion()
    assert folder.completion() == fold(events)


@given(event_sequences(is_complete=True))
def test_a_complete_answer_has_a_reason_for_each_choice_and_whole_arguments(events: list[Event]) -> None:
    completion = fold(events)
    assert completion.is_complete
    for choice in completion.choices:
        assert choice.reason is not None
        for block in choice.blocks:
            assert block.is_complete
            assert block.start.kind is not BlockKind.TOOL or isinstance(json.loads(block.text), dict)

"""What an engine says of itself."""

from __future__ import annotations

import pytest

from sluiceway.engine import Capabilities, Lane
from sluiceway.features import Rule


def test_an_engine_can_do_everything_unless_it_says_otherwise() -> None:
    assert Capabilities().rules == {}
    assert Capabilities("fake", {"seed": Rule.DROP}).rules["seed"] is Rule.DROP


def test_what_an_engine_can_do_does_not_change() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        Capabilities().dialect = "other"  # type: ignore[misc]


def test_a_lane_hands_out_its_times_once_and_remembers_the_last() -> None:
    lane = Lane(lambda: None)
    assert lane.last_at == 0
    lane.delivered_at += [1.0, 2.0]
    assert lane.last_at == 2
    assert (lane.take_times(), lane.take_times()) == ([1.0, 2.0], [])
    assert lane.last_at == 2


def test_a_lane_hands_the_texts_to_who_keeps_them_when_it_is_counted() -> None:
    lane, kept = Lane(lambda: None), list[list[bytes]]()
    lane.keep = kept.append
    lane.passed += [b"a", b"b"]
    lane.take_times()
    lane.take_times()
    assert (kept, lane.passed) == ([[b"a", b"b"]], [])


def test_a_closed_lane_has_let_go_of_everybody() -> None:
    told: list[str] = []
    lane = Lane(lambda: told.append("settle"))
    lane.lead, lane.keep = (lambda _usual: None), (lambda _texts: told.append("keep"))
    lane.close()
    lane.settle()
    lane.passed.append(b"a")
    lane.take_times()
    assert (lane.lead is None, told) == (True, [])

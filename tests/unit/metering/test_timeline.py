from __future__ import annotations

import pytest

from sluiceway.metering.timeline import ITL_BOUNDS_S, Timeline


def test_before_the_first_delta_there_is_nothing_to_tell() -> None:
    timeline = Timeline(10.0)
    assert (timeline.ttft_s, timeline.tps(7), timeline.deltas) == (None, None, 0)


def test_ttft_is_from_acceptance_to_the_first_delta() -> None:
    timeline = Timeline(10.0)
    timeline.delivered(1, 10.5)
    timeline.delivered(1, 12.0)
    assert timeline.ttft_s == 0.5


def test_every_gap_falls_into_its_bucket() -> None:
    timeline = Timeline(0.0)
    now = 0.0
    for gap_s in (0.0, 0.0005, 0.015, 0.015, 60.0):
        now += gap_s
        timeline.delivered(1, now)
    assert timeline.gaps[0] == 1
    assert timeline.gaps[ITL_BOUNDS_S.index(0.02)] == 2
    assert timeline.gaps[-1] == 1
    assert timeline.gaps_sum_s == pytest.approx(60.0305)


def test_deltas_that_come_together_have_no_gap_between_them() -> None:
    timeline = Timeline(0.0)
    timeline.delivered(3, 1.0)
    timeline.delivered(2, 1.7)
    assert (timeline.deltas, sum(timeline.gaps)) == (5, 4)
    assert timeline.gaps[0] == 3
    assert timeline.gaps_sum_s == pytest.approx(0.7)


def test_tps_divides_the_vendors_count_by_the_duration() -> None:
    timeline = Timeline(0.0)
    timeline.delivered(1, 5.0)
    timeline.delivered(1, 7.0)
    assert (timeline.tps(30), timeline.tps(0)) == (15.0, 0.0)


def test_without_the_vendors_count_deltas_are_counted() -> None:
    timeline = Timeline(0.0)
    timeline.delivered(1, 5.0)
    timeline.delivered(5, 7.0)
    assert timeline.tps(None) == 3.0


def test_one_moment_has_no_rate() -> None:
    timeline = Timeline(0.0)
    timeline.delivered(9, 5.0)
    assert timeline.tps(9) is None


@pytest.mark.parametrize("cut", [0, 1, 3])
def test_deltas_counted_in_batches_are_counted_as_one_by_one(cut: int) -> None:
    times = [1.0, 1.0, 1.0004, 1.5, 9.0, 30.0]
    one_by_one, batched = Timeline(0.5), Timeline(0.5)
    for now in times:
        one_by_one.delivered(1, now)
    for batch in (times[:cut], times[cut:]):
        if batch:
            batched.delivered_each(batch)
    for name in ("first_at", "last_at", "deltas", "gaps"):
        assert getattr(batched, name) == getattr(one_by_one, name)
    assert batched.gaps_sum_s == pytest.approx(one_by_one.gaps_sum_s)

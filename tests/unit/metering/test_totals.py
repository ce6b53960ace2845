from __future__ import annotations

import msgspec
import pytest

from sluiceway.metering.timeline import Timeline
from sluiceway.metering.totals import TPS_BOUNDS, TTFT_BOUNDS_S, Histogram, Labels, Series, Totals
from sluiceway.usage import Usage


def answered(*at: float) -> Timeline:
    timeline = Timeline(0.0)
    for now in at:
        timeline.delivered(1, now)
    return timeline


def test_a_value_falls_into_the_bucket_whose_bound_it_does_not_pass() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 9.0):
        histogram.observe(value)
    assert (histogram.counts, histogram.sum) == ([2, 1, 1], 12.0)


def test_counts_made_elsewhere_are_added() -> None:
    histogram = Histogram((1.0, 2.0))
    histogram.observe(1.5)
    histogram.merge([1, 2, 3], 10.0)
    assert (histogram.counts, histogram.sum) == ([1, 3, 3], 11.5)


def test_counts_over_other_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Histogram((1.0, 2.0)).merge([1], 0.0)


def test_an_answer_is_counted_once_in_every_total() -> None:
    series = Series()
    series.observe(answered(0.2, 0.7, 1.2), Usage(10, 50), "complete")
    assert series.ttft_s.counts[TTFT_BOUNDS_S.index(0.25)] == 1
    assert sum(series.itl_s.counts) == 2
    assert series.itl_s.sum == pytest.approx(1.0)
    assert series.tps.counts[TPS_BOUNDS.index(50.0)] == 1
    assert (series.input_tokens, series.output_tokens, series.ends) == (10, 50, {"complete": 1})


def test_an_estimate_counts_deltas_for_the_rate() -> None:
    series = Series()
    series.observe(answered(1.0, 2.0), Usage(output_tokens=1000, is_estimate=True), "stopped")
    assert series.tps.counts[TPS_BOUNDS.index(5.0)] == 1


def test_an_answer_without_output_only_has_an_end() -> None:
    series = Series()
    series.observe(answered(), Usage(), "upstream_error")
    assert (sum(series.ttft_s.counts), sum(series.tps.counts)) == (0, 0)
    assert (series.input_tokens, series.output_tokens, series.ends) == (0, 0, {"upstream_error": 1})


def test_ends_are_counted_by_reason() -> None:
    series = Series()
    for reason in ("complete", "complete", "stopped"):
        series.observe(answered(), Usage(), reason)
    assert series.ends == {"complete": 2, "stopped": 1}


def test_labels_tell_series_apart() -> None:
    totals = Totals()
    one = totals.of(Labels("a", "openai_chat"))
    assert totals.of(Labels("a", "openai_chat")) is one
    assert totals.of(Labels("b", "openai_chat")) is not one
    assert len(totals.series) == 2


def test_what_several_processes_counted_adds_up() -> None:
    totals = [Totals(), Totals()]
    for number, each in enumerate(totals, 1):
        each.of(Labels("a", "openai_chat")).observe(answered(0.2, 1.2), Usage(10 * number, 20), "complete")
    totals[1].of(Labels("b", "openai_chat")).observe(answered(), Usage(), "stopped")
    totals[0].merge(totals[1].series.items())
    both, other = totals[0].of(Labels("a", "openai_chat")), totals[0].of(Labels("b", "openai_chat"))
    assert (both.input_tokens, both.output_tokens, both.ends) == (30, 40, {"complete": 2})
    assert (both.ttft_s.sum, sum(both.itl_s.counts), sum(both.tps.counts)) == (0.4, 2, 2)
    assert other.ends == {"stopped": 1}


def test_a_series_travels_as_json() -> None:
    series = Series()
    series.observe(answered(0.2, 1.2), Usage(10, 20), "complete")
    assert msgspec.json.decode(msgspec.json.encode(series), type=Series) == series


def test_answers_held_to_a_schema_are_counted_by_what_came_of_it() -> None:
    one, other = Series(), Series()
    one.observe(Timeline(0.0), Usage(), "complete", "valid")
    one.observe(Timeline(0.0), Usage(), "complete")
    other.observe(Timeline(0.0), Usage(), "complete", "valid")
    other.observe(Timeline(0.0), Usage(), "schema_violation", "invalid")
    one.merge(other)
    assert one.guarded == {"valid": 2, "invalid": 1}

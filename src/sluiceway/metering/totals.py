"""Totals: what all answers of one process add up to. Arithmetic only; the sinks read it.

One observation an answer, made when the answer is over: nothing is counted here per token.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import msgspec

from sluiceway.metering.timeline import ITL_BOUNDS_S, Timeline
from sluiceway.usage import Usage

__all__ = ["TPS_BOUNDS", "TTFT_BOUNDS_S", "Histogram", "Labels", "Series", "Totals"]

TTFT_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the TTFT histogram's buckets, in seconds."""

TPS_BOUNDS = (1.0, 5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0, 150.0, 200.0, 500.0, 1000.0)
"""Upper bounds of the TPS histogram's buckets, in tokens per second."""


class Labels(msgspec.Struct, frozen=True):
    """What answers are told apart by. Neither is the client's to choose, so their number is bounded."""

    engine: str
    dialect: str


class Histogram(msgspec.Struct):
    """Counts by upper bound, not cumulated; the last count is above every bound."""

    bounds: tuple[float, ...]
    counts: list[int] = []
    sum: float = 0.0

    def __post_init__(self) -> None:
        if not self.counts:
            self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def merge(self, counts: Sequence[int], total: float) -> None:
        """Add counts made elsewhere over the same bounds."""
        self.counts = [ours + theirs for ours, theirs in zip(self.counts, counts, strict=True)]
        self.sum += total


def _ttft() -> Histogram:
    return Histogram(TTFT_BOUNDS_S)


def _itl() -> Histogram:
    return Histogram(ITL_BOUNDS_S)


def _tps() -> Histogram:
    return Histogram(TPS_BOUNDS)


class Series(msgspec.Struct):
    """The totals under one pair of labels.

    Attributes:
        ttft_s: a histogram of times to first token.
        itl_s: a histogram of gaps between deltas.
        tps: a histogram of tokens per second.
        ends: how many answers ended, by reason.
        guarded: how many answers were held to a schema, by what came of it.
        input_tokens: as far as known.
        output_tokens: the vendor's count, or an estimate from the deltas.
    """

    ttft_s: Histogram = msgspec.field(default_factory=_ttft)
    itl_s: Histogram = msgspec.field(default_factory=_itl)
    tps: Histogram = msgspec.field(default_factory=_tps)
    ends: dict[str, int] = {}
    guarded: dict[str, int] = {}
    input_tokens: int = 0
    output_tokens: int = 0

    def observe(self, timeline: Timeline, usage: Usage, reason: str, outcome: str | None = None) -> None:
        """Count one answer that is over; ``outcome`` is what came of the schema it was held to, if any."""
        if timeline.ttft_s is not None:
            self.ttft_s.observe(timeline.ttft_s)
        if timeline.deltas > 1:
            self.itl_s.merge(timeline.gaps, timeline.gaps_sum_s)
        tps = timeline.tps(None if usage.is_estimate else usage.output_tokens)
        if tps is not None:
            self.tps.observe(tps)
        self.ends[reason] = self.ends.get(reason, 0) + 1
        if outcome is not None:
            self.guarded[outcome] = self.guarded.get(outcome, 0) + 1
        self.input_tokens += usage.input_tokens or 0
        self.output_tokens += usage.output_tokens or 0

    def merge(self, other: Series) -> None:
        """Add what another process counted."""
        self.ttft_s.merge(other.ttft_s.counts, other.ttft_s.sum)
        self.itl_s.merge(other.itl_s.counts, other.itl_s.sum)
        self.tps.merge(other.tps.counts, other.tps.sum)
        for reason, count in other.ends.items():
            self.ends[reason] = self.ends.get(reason, 0) + count
        for outcome, count in other.guarded.items():
            self.guarded[outcome] = self.guarded.get(outcome, 0) + count
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens


class Totals:
    """All series of one process, or of several once merged.

    Attributes:
        series: by label.
    """

    def __init__(self) -> None:
        self.series: dict[Labels, Series] = {}

    def of(self, labels: Labels) -> Series:
        """Return the series of these labels, new if it is the first time."""
        if labels not in self.series:
            self.series[labels] = Series()
        return self.series[labels]

    def merge(self, rows: Iterable[tuple[Labels, Series]]) -> None:
        """Add another process's series."""
        for labels, series in rows:
            self.of(labels).merge(series)

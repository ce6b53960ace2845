"""Totals as Prometheus text. Imported only where metrics are served.

The totals keep their own buckets, so this is a collector that reads them when asked, and nothing on a token's way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from sluiceway.metering.totals import Histogram, Series, Totals

__all__ = ["CONTENT_TYPE", "Exposition"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_LABELS = ["engine", "dialect"]


class Exposition(Collector):
    """Writes totals in Prometheus' text format.

    Args:
        totals: what is written.
        streams_open: tells how many answers run now.
    """

    def __init__(self, totals: Totals, streams_open: Callable[[], int]) -> None:
        self._totals = totals
        self._streams_open = streams_open
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def render(self) -> bytes:
        """Return the whole page."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield each family; the registry asks for it."""
        yield GaugeMetricFamily("sluiceway_streams_open", "Answers that run now.", value=self._streams_open())
        yield self._histogram("sluiceway_ttft_seconds", "Request accepted to first output delta.", lambda s: s.ttft_s)
        yield self._histogram("sluiceway_itl_seconds", "Gap between output deltas at the reader.", lambda s: s.itl_s)
        yield self._histogram("sluiceway_tokens_per_second", "Output tokens over their duration.", lambda s: s.tps)
        yield self._tokens()
        yield self._ends()
        yield self._guarded()

    def _histogram(self, name: str, text: str, pick: Callable[[Series], Histogram]) -> Metric:
        family = HistogramMetricFamily(name, text, labels=_LABELS)
        for labels, series in self._totals.series.items():
            histogram = pick(series)
            family.add_metric([labels.engine, labels.dialect], _cumulated(histogram), histogram.sum)
        return family

    def _tokens(self) -> Metric:
        family = CounterMetricFamily("sluiceway_tokens", "Tokens, as far as known.", labels=[*_LABELS, "kind"])
        for labels, series in self._totals.series.items():
            family.add_metric([labels.engine, labels.dialect, "input"], series.input_tokens)
            family.add_metric([labels.engine, labels.dialect, "output"], series.output_tokens)
        return family

    def _ends(self) -> Metric:
        family = CounterMetricFamily("sluiceway_ends", "Answers that ended, by reason.", labels=[*_LABELS, "reason"])
        for labels, series in self._totals.series.items():
            for reason, count in series.ends.items():
                family.add_metric([labels.engine, labels.dialect, reason], count)
        return family

    def _guarded(self) -> Metric:
        text = "Answers held to a JSON schema, by what came of it."
        family = CounterMetricFamily("sluiceway_guarded", text, labels=[*_LABELS, "outcome"])
        for labels, series in self._totals.series.items():
            for outcome, count in series.guarded.items():
                family.add_metric([labels.engine, labels.dialect, outcome], count)
        return family


def _cumulated(histogram: Histogram) -> list[tuple[str, float]]:
    buckets: list[tuple[str, float]] = []
    total = 0
    for bound, count in zip([*map(str, histogram.bounds), "+Inf"], histogram.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets

"""From samples to the lines of the table: medians, ratios within each pair, and whether the goal was met.

A ratio or a difference is taken inside one pair first, and only then the median over the pairs: what the machine did
between two pairs does not enter it.
"""

import math
from statistics import median

import msgspec

from bench.measure import Sample
from bench.plan import Figure, WorkloadName
from bench.systems import SystemName

__all__ = ["TIMES", "Row", "Spread", "goal_text", "rows"]

TIMES = "\N{MULTIPLICATION SIGN}"


class Spread(msgspec.Struct, frozen=True):
    """The median over the pairs, and its range."""

    middle: float
    least: float
    most: float


class Row(msgspec.Struct, frozen=True):
    """One line: the medians of each system, the comparison, and the verdict."""

    figure: Figure
    medians: dict[SystemName, float]
    compared: Spread | None
    verdict: str


def goal_text(figure: Figure) -> str:
    """The goal as a reader sees it."""
    if math.isinf(figure.limit):
        return ""
    sign = "≥" if figure.at_least else "≤"
    if figure.relation == "ratio":
        return f"{sign} {figure.limit:g} {TIMES} {figure.against[0] if figure.against else ''}".rstrip()
    return f"{sign} {figure.limit:g} {figure.unit}"


def _by_pair(samples: list[Sample], system: SystemName, workload: WorkloadName, metric: str) -> dict[int, float]:
    return {
        sample.pair: sample.values[metric]
        for sample in samples
        if sample.system == system and sample.workload == workload and metric in sample.values
    }


def _compare(figure: Figure, ours: dict[int, float], theirs: dict[int, float]) -> list[float]:
    if figure.relation == "value":
        return list(ours.values())
    shared = ours.keys() & theirs.keys()
    if figure.relation == "added":
        return [ours[pair] - theirs[pair] for pair in shared]
    return [ours[pair] / theirs[pair] for pair in shared if theirs[pair] > 0]


def _verdict(figure: Figure, compared: Spread | None, faults: int) -> str:
    if faults:
        return f"{faults} faults"
    if compared is None:
        return "not measured"
    if math.isinf(figure.limit):
        return ""
    is_met = compared.middle >= figure.limit if figure.at_least else compared.middle <= figure.limit
    return "met" if is_met else "short"


def _row(figure: Figure, samples: list[Sample]) -> Row:
    ours = _by_pair(samples, "sluiceway", figure.workload, figure.metric)
    theirs = _by_pair(samples, *figure.against, figure.metric) if figure.against else {}
    values = _compare(figure, ours, theirs)
    compared = Spread(median(values), min(values), max(values)) if values else None
    systems: tuple[SystemName, ...] = ("direct", "nginx")
    each = {system: _by_pair(samples, system, figure.workload, figure.metric) for system in systems}
    if figure.against:
        each[figure.against[0]] = theirs
    each["sluiceway"] = ours
    medians = {system: median(found.values()) for system, found in each.items() if found}
    faults = sum(s.faults for s in samples if s.system == "sluiceway" and s.workload == figure.workload)
    return Row(figure, medians, compared, _verdict(figure, compared, faults))


def rows(figures: tuple[Figure, ...], samples: list[Sample]) -> list[Row]:
    """One line per figure whose workload was run."""
    ran = {sample.workload for sample in samples}
    return [_row(figure, samples) for figure in figures if figure.workload in ran]

import msgspec
import pytest

from bench.load import LoadResult, Quantiles
from bench.measure import Sample
from bench.noise import Noise
from bench.plan import Figure, WorkloadName
from bench.systems import SystemName
from bench.verdict import Row, goal_text, rows

NOTHING = Quantiles(0, 0.0, 0.0, 0.0, 0.0)
LOAD = LoadResult(
    requests=1,
    started=1,
    errors=0,
    status_bad=0,
    cut=0,
    open_at_end=0,
    tokens=1,
    reads=1,
    seconds=1.0,
    cpu_s=1.0,
    window_tokens=0,
    window_seconds=0.0,
    window_cpu_s=0.0,
    rss_start_kib=0,
    rss_max_kib=0,
    own_cpu_s=0.0,
    ttft_ms=NOTHING,
    delivery_ms=NOTHING,
    window_delivery_ms=NOTHING,
    whole_ms=NOTHING,
    gone=[],
)
RATIO = Figure(
    title="t", unit="µs", workload="plain", metric="m", relation="ratio", limit=1.25, against=("nginx", "plain")
)
ADDED = Figure(
    title="t", unit="ms", workload="plain", metric="m", relation="added", limit=1.0, against=("direct", "plain")
)
VALUE = Figure(title="t", unit="KiB", workload="plain", metric="m", relation="value", limit=32.0)
AT_LEAST = Figure(
    title="t",
    unit="/s",
    workload="plain",
    metric="m",
    relation="ratio",
    limit=1.0,
    at_least=True,
    against=("nginx", "plain"),
)


def _sample(system: SystemName, pair: int, value: float, workload: WorkloadName = "plain", faults: int = 0) -> Sample:
    return Sample(system, workload, pair, {"m": value}, faults, Noise(0.0, 0.0, 0.0), LOAD)


def _only_row(figure: Figure, samples: list[Sample]) -> Row:
    (row,) = rows((figure,), samples)
    return row


def test_a_ratio_is_taken_within_a_pair_before_the_median() -> None:
    pairs = [(10.0, 11.0), (20.0, 24.0), (100.0, 130.0)]
    samples = [_sample("nginx", pair, theirs) for pair, (theirs, _) in enumerate(pairs)]
    samples += [_sample("sluiceway", pair, ours) for pair, (_, ours) in enumerate(pairs)]
    row = _only_row(RATIO, samples)
    assert row.compared is not None
    assert (row.compared.least, row.compared.middle, row.compared.most) == (1.1, 1.2, 1.3)
    assert row.verdict == "met"


def test_a_ratio_above_the_limit_is_short() -> None:
    assert _only_row(RATIO, [_sample("nginx", 0, 10.0), _sample("sluiceway", 0, 12.6)]).verdict == "short"


def test_what_must_be_at_least_the_limit_is_short_below_it() -> None:
    assert _only_row(AT_LEAST, [_sample("nginx", 0, 10.0), _sample("sluiceway", 0, 9.9)]).verdict == "short"


def test_what_was_added_is_the_difference_to_the_floor() -> None:
    row = _only_row(ADDED, [_sample("direct", 0, 0.5), _sample("sluiceway", 0, 0.75)])
    assert row.compared is not None
    assert row.compared.middle == 0.25


def test_a_value_needs_no_other_system() -> None:
    assert _only_row(VALUE, [_sample("sluiceway", 0, 32.0)]).verdict == "met"


def test_a_run_with_faults_meets_no_goal() -> None:
    samples = [_sample("nginx", 0, 10.0), _sample("sluiceway", 0, 1.0, faults=3)]
    assert _only_row(RATIO, samples).verdict == "3 faults"


def test_nginx_is_shown_with_the_workload_it_is_compared_in() -> None:
    other = msgspec.structs.replace(RATIO, workload="transcode")
    row = _only_row(other, [_sample("nginx", 0, 10.0), _sample("sluiceway", 0, 15.0, workload="transcode")])
    assert row.medians == {"nginx": 10.0, "sluiceway": 15.0}


def test_a_run_that_delivered_nothing_shows_its_faults() -> None:
    lost = msgspec.structs.replace(_sample("sluiceway", 0, 1.0, faults=500), values={})
    assert _only_row(RATIO, [lost]).verdict == "500 faults"


def test_a_figure_without_its_other_side_is_not_measured() -> None:
    assert _only_row(RATIO, [_sample("sluiceway", 0, 1.0)]).verdict == "not measured"


def test_only_figures_whose_workload_ran_have_a_row() -> None:
    assert rows((VALUE,), [_sample("sluiceway", 0, 1.0, workload="gone")]) == []


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (RATIO, "≤ 1.25 \N{MULTIPLICATION SIGN} nginx"),
        (AT_LEAST, "≥ 1 \N{MULTIPLICATION SIGN} nginx"),
        (VALUE, "≤ 32 KiB"),
        (ADDED, "≤ 1 ms"),
    ],
)
def test_a_goal_reads_as_a_sentence(figure: Figure, text: str) -> None:
    assert goal_text(figure) == text

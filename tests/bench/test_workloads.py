import msgspec
import pytest

from bench.load import LoadResult, Quantiles, arguments
from bench.plan import FIGURES, WORKLOADS, Scale, WorkloadName, systems_of
from bench.redis import RedisUse
from bench.workloads import load_of, values_of, warm_up_of

SOME = Quantiles(1, 1.0, 9.0, 9.9, 10.0)
RESULT = LoadResult(
    requests=100,
    started=100,
    errors=0,
    status_bad=0,
    cut=0,
    open_at_end=0,
    tokens=1000,
    reads=1000,
    seconds=2.0,
    cpu_s=0.02,
    window_tokens=500,
    window_seconds=0.5,
    window_cpu_s=0.25,
    rss_start_kib=1000,
    rss_max_kib=3000,
    own_cpu_s=0.0,
    ttft_ms=SOME,
    delivery_ms=SOME,
    window_delivery_ms=SOME,
    whole_ms=SOME,
    gone=[(1, 1_000_000), (2, 2_000_000), (3, 3_000_000)],
)
USE = RedisUse(commands=1500, memory_bytes=204_800, cpu_s=0.005)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_workload_gives_the_values_its_figures_read(workload: WorkloadName) -> None:
    values = values_of(workload, RESULT, {1: 1_001_000, 2: 2_002_000, 3: 3_003_000}, USE)
    assert {figure.metric for figure in FIGURES if figure.workload == workload} <= values.keys()


def test_every_workload_has_a_figure() -> None:
    assert {figure.workload for figure in FIGURES} == set(WORKLOADS)


@pytest.mark.parametrize("workload", ["resume", "redis", "kept"])
def test_kept_answers_can_be_resumed(workload: WorkloadName) -> None:
    line = arguments(load_of(workload, Scale()), 8080, [])
    assert line[line.index("-H") + 1] == "Sluiceway-Resume: on"


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_warm_up_ends_by_itself(workload: WorkloadName) -> None:
    assert warm_up_of(workload, Scale()).requests != 0
    assert warm_up_of(workload, Scale()).hang_ups == 0


def test_cpu_per_token_counts_the_whole_run() -> None:
    assert values_of("plain", RESULT, {})["cpu_us_per_token"] == 20.0


def test_no_tokens_give_no_figures() -> None:
    assert values_of("plain", msgspec.structs.replace(RESULT, tokens=0), {}) == {}


def test_saturation_counts_the_steady_window_only() -> None:
    values = values_of("saturation", RESULT, {})
    assert (values["tokens_per_s"], values["cpu_us_per_token"]) == (1000.0, 500.0)


def test_memory_is_what_grew_per_stream() -> None:
    assert values_of("memory", RESULT, {})["rss_kib_per_stream"] == 20.0


def test_memory_of_kept_answers_is_what_grew_per_answer() -> None:
    assert values_of("kept", RESULT, {})["rss_kib_per_answer"] == 20.0


def test_what_redis_does_is_counted_per_token_and_per_answer() -> None:
    values = values_of("redis", RESULT, {}, USE)
    assert values["cpu_us_per_token"] == 20.0
    assert values["redis_cpu_us_per_token"] == 5.0
    assert values["redis_commands_per_token"] == 1.5
    assert values["redis_kib_per_answer"] == 2.0


def test_a_stream_the_upstream_never_saw_close_is_missing() -> None:
    values = values_of("gone", RESULT, {1: 1_004_000, 3: 3_002_000})
    assert values == {"gone_p50_ms": 4.0, "gone_p99_ms": 4.0, "gone_missing": 1.0}


def test_nothing_seen_closing_gives_no_figure() -> None:
    assert values_of("gone", RESULT, {}) == {"gone_missing": 3.0}


def test_streams_start_spread_over_a_second() -> None:
    line = arguments(load_of("plain", Scale(streams=500)), 8080, [7, 8])
    assert line[line.index("-R") + 1] == "2000"
    assert [line[i + 1] for i, part in enumerate(line) if part == "-P"] == ["7", "8"]
    assert line[-2:] == ["8080", "mock-400-20000-0"]


def test_options_not_given_do_not_appear() -> None:
    assert not {"-H", "-b", "-g", "-n", "-K"} & set(arguments(load_of("plain", Scale()), 8080, []))


def test_nginx_and_the_server_take_turns_in_going_first() -> None:
    assert systems_of("plain", 0) == ("direct", "nginx", "sluiceway")
    assert systems_of("plain", 1) == ("direct", "sluiceway", "nginx")


def test_a_quick_scale_keeps_the_number_of_streams() -> None:
    assert Scale().quick() == msgspec.structs.replace(Scale().quick(), streams=500, saturation_streams=2000)

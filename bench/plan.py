"""What is asked: the workloads, the figures with their goals, and how long and how often to measure."""

from typing import Literal, get_args

import msgspec

from bench.systems import SystemName

__all__ = ["FIGURES", "WITH_REDIS", "WORKLOADS", "Figure", "Scale", "WorkloadName", "systems_of"]

WorkloadName = Literal[
    "plain",
    "transcode",
    "resume",
    "redis",
    "kept",
    "saturation",
    "single",
    "memory",
    "gone",
    "unary",
    "unary_close",
]
WORKLOADS: tuple[WorkloadName, ...] = get_args(WorkloadName)
OURS_ONLY: tuple[WorkloadName, ...] = ("transcode", "resume", "redis", "kept")
WITH_REDIS: tuple[WorkloadName, ...] = ("redis",)


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured. ``quick`` figures are for a look, not for a claim."""

    pairs: int = 3
    streams: int = 500
    seconds: float = 8.0
    saturation_streams: int = 2000
    saturation_interval_us: int = 15_000
    memory_streams: int = 1000
    kept_answers: int = 500
    single_requests: int = 300
    unary_requests: int = 4000
    hang_ups: int = 200

    def quick(self) -> "Scale":
        """One pair of short runs."""
        return msgspec.structs.replace(
            self, pairs=1, seconds=3.0, single_requests=100, unary_requests=2000, hang_ups=100
        )


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table.

    ``against`` names the system and workload of the same pair that the server is compared with;
    ``relation`` says how: their ratio, the difference, or the server's own value alone.
    """

    title: str
    unit: str
    workload: WorkloadName
    metric: str
    relation: Literal["ratio", "added", "value"]
    limit: float
    at_least: bool = False
    against: tuple[SystemName, WorkloadName] | None = None


def _against_nginx(title: str, unit: str, workload: WorkloadName, metric: str, limit: float) -> Figure:
    against: tuple[SystemName, WorkloadName] = ("nginx", workload)
    return Figure(
        title=title, unit=unit, workload=workload, metric=metric, relation="ratio", limit=limit, against=against
    )


def _cpu_against_plain(title: str, workload: WorkloadName, limit: float, system: SystemName) -> Figure:
    """CPU per token against that of a plain stream through ``system``."""
    return Figure(
        title=f"CPU per token, {title}",
        unit="µs",
        workload=workload,
        metric="cpu_us_per_token",
        relation="ratio",
        limit=limit,
        against=(system, "plain"),
    )


def _added(title: str, workload: WorkloadName, metric: str, limit: float) -> Figure:
    against: tuple[SystemName, WorkloadName] = ("direct", workload)
    return Figure(
        title=title, unit="ms", workload=workload, metric=metric, relation="added", limit=limit, against=against
    )


def _value(title: str, unit: str, workload: WorkloadName, metric: str, limit: float) -> Figure:
    return Figure(title=title, unit=unit, workload=workload, metric=metric, relation="value", limit=limit)


FIGURES: tuple[Figure, ...] = (
    _against_nginx("CPU per token, same dialect", "µs", "plain", "cpu_us_per_token", 1.25),
    _cpu_against_plain("OpenAI chat → Anthropic", "transcode", 1.6, "nginx"),
    _cpu_against_plain("resume log in memory (against plain)", "resume", 1.10, "sluiceway"),
    _cpu_against_plain("resume log in Redis (against plain)", "redis", 1.4, "sluiceway"),
    _value("CPU per token of redis-server itself", "µs", "redis", "redis_cpu_us_per_token", float("inf")),
    _value("Redis commands per token", "", "redis", "redis_commands_per_token", float("inf")),
    _value("memory of Redis per kept answer", "KiB", "redis", "redis_kib_per_answer", float("inf")),
    _value("memory per kept answer, log in memory", "KiB", "kept", "rss_kib_per_answer", float("inf")),
    _against_nginx("delivery p50", "ms", "plain", "delivery_p50_ms", float("inf")),
    _against_nginx("delivery p99", "ms", "plain", "delivery_p99_ms", 2.0),
    Figure(
        title="tokens/s at saturation",
        unit="/s",
        workload="saturation",
        metric="tokens_per_s",
        relation="ratio",
        limit=1.0,
        at_least=True,
        against=("nginx", "saturation"),
    ),
    _value("delivery p99 at saturation", "ms", "saturation", "delivery_p99_ms", 200.0),
    _added("TTFT p50 added, 1 stream", "single", "ttft_p50_ms", 1.0),
    _added("TTFT p99 added, all streams started over 1 s", "plain", "ttft_p99_ms", 30.0),
    _value("memory per open stream", "KiB", "memory", "rss_kib_per_stream", 32.0),
    _value("reader gone → upstream closed, p50", "ms", "gone", "gone_p50_ms", float("inf")),
    _value("reader gone → upstream closed, p99", "ms", "gone", "gone_p99_ms", 20.0),
    _against_nginx("CPU per non-streaming request, kept connections", "µs", "unary", "cpu_us_per_request", 2.0),
    _against_nginx("CPU per non-streaming request, new connections", "µs", "unary_close", "cpu_us_per_request", 2.0),
)


def systems_of(workload: WorkloadName, pair: int) -> tuple[SystemName, ...]:
    """Who runs a workload, in which order: nginx and the server take turns in going first."""
    if workload in OURS_ONLY:
        return ("sluiceway",)
    floor: tuple[SystemName, ...] = () if workload == "memory" else ("direct",)
    both: tuple[SystemName, ...] = ("nginx", "sluiceway")
    return (*floor, *(both if pair % 2 == 0 else both[::-1]))

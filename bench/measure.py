"""Runs the plan: for each pair and workload, each system once, on fresh processes, in alternating order."""

import os
import time
from collections.abc import Callable, Iterator

import msgspec

from bench import noise
from bench.load import LoadResult, offer
from bench.native import NativePrograms
from bench.plan import WITH_REDIS, Scale, WorkloadName, systems_of
from bench.processes import cpu_s, get, tree_pids
from bench.redis import use_of
from bench.systems import SystemName, Target, start
from bench.workloads import load_of, values_of, warm_up_of

__all__ = ["Sample", "measure_all", "measure_once"]

CLOSED_WITHIN_S = 5.0


class Sample(msgspec.Struct, frozen=True):
    """One run of one system: its figures, its faults, and how quiet the machine was."""

    system: SystemName
    workload: WorkloadName
    pair: int
    values: dict[str, float]
    faults: int
    noise: noise.Noise
    load: LoadResult


def _closings(target: Target, result: LoadResult) -> dict[int, int]:
    """When the upstream saw the streams close whose readers hung up; those it never saw are missing."""
    wanted = {id_ for id_, _ in result.gone}
    until = time.monotonic() + CLOSED_WITHIN_S
    while True:
        closed = dict(msgspec.json.decode(get(target.upstream_port, "/closings"), type=list[tuple[int, int]]))
        if wanted <= closed.keys() or time.monotonic() > until:
            return closed
        time.sleep(0.1)


def _faults(workload: WorkloadName, result: LoadResult, values: dict[str, float]) -> int:
    expects_open = workload in ("saturation", "gone")
    unfinished = 0 if expects_open else result.open_at_end
    return result.faults + unfinished + int(values.get("gone_missing", 0))


def measure_once(
    system: SystemName, workload: WorkloadName, pair: int, scale: Scale, programs: NativePrograms, serve: str
) -> Sample:
    """Start the system, warm it up, measure it once and end it."""
    with start(system, programs.mock, serve, has_redis=workload in WITH_REDIS) as target:
        offer(programs.load, warm_up_of(workload, scale), target.port, [])
        redis = target.redis
        pids = [target.upstream_pid, *target.pids, *([] if redis is None else [redis.pid])]
        use_before = None if redis is None else use_of(redis)
        cpu_before_s, machine_before = cpu_s(pids), noise.now()
        result = offer(programs.load, load_of(workload, scale), target.port, target.pids)
        if target.pids and tree_pids(target.pids[0]) != target.pids:
            raise SystemExit(f"{system} started or lost a process while it was measured: its CPU is not known")
        own_s, machine_after = cpu_s(pids) - cpu_before_s + result.own_cpu_s, noise.now()
        use = None if redis is None or use_before is None else use_of(redis).since(use_before)
        values = values_of(workload, result, _closings(target, result) if result.gone else {}, use)
    if system == "direct":  # no process lies between, so there is no CPU to show
        values = {name: value for name, value in values.items() if not name.startswith("cpu_")}
    quiet = noise.noise_between(machine_before, machine_after, own_s, os.cpu_count() or 1)
    slim = msgspec.structs.replace(result, gone=[])
    return Sample(system, workload, pair, values, _faults(workload, result, values), quiet, slim)


def measure_all(
    workloads: tuple[WorkloadName, ...],
    scale: Scale,
    programs: NativePrograms,
    serve: str,
    note: Callable[[str], None],
) -> Iterator[Sample]:
    """Every sample of the plan, as it is measured."""
    for pair in range(scale.pairs):
        for workload in workloads:
            for system in systems_of(workload, pair):
                note(f"pair {pair + 1} of {scale.pairs}: {workload}, {system}")
                yield measure_once(system, workload, pair, scale, programs, serve)

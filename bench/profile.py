"""``python -m bench.profile``: where the server's time goes under load, sampled by py-spy.

py-spy is no dependency of the project: ``python -m venv /tmp/pyspy && /tmp/pyspy/bin/pip install py-spy``.
Figures taken while it samples are no figures: it stops the server for every sample.
"""

import argparse
import re
import subprocess
import threading
from collections import Counter
from pathlib import Path

import msgspec

from bench.load import LoadResult, offer
from bench.native import NativePrograms, build
from bench.plan import WITH_REDIS, WORKLOADS, Scale, WorkloadName
from bench.processes import raise_file_limit
from bench.systems import SERVE, Target, start
from bench.workloads import load_of, warm_up_of

__all__ = ["main", "self_time"]


def self_time(folded: str) -> Counter[str]:
    """Samples per innermost frame, from py-spy's folded stacks."""
    found: Counter[str] = Counter()
    for line in folded.splitlines():
        # MainThread;run (asyncio/runners.py:190);data_received (transport.py:41) 17
        stack, _, count = line.rpartition(" ")
        found[re.sub(r":\d+\)$", ")", stack.rpartition(";")[2])] += int(count)
    return found


def _record(options: argparse.Namespace, target: Target) -> None:
    command = [options.py_spy, "record", "--pid", str(target.pids[0]), "--subprocesses", "--format", "raw"]
    command += ["--rate", "200", "--duration", str(int(options.seconds)), "--output", str(options.output)]
    subprocess.run([*command, *(["--native"] if options.native else [])], check=True)


def _under_load(options: argparse.Namespace, programs: NativePrograms) -> LoadResult:
    scale = Scale(streams=options.streams, seconds=options.seconds + 3)
    workload: WorkloadName = options.workload
    results: list[LoadResult] = []
    with start("sluiceway", programs.mock, options.serve, has_redis=workload in WITH_REDIS) as target:
        offer(programs.load, warm_up_of(workload, scale), target.port, [])
        load = msgspec.structs.replace(load_of(workload, scale), limit_s=options.seconds + 3)
        loading = threading.Thread(
            target=lambda: results.append(offer(programs.load, load, target.port, target.pids))
        )
        loading.start()
        _record(options, target)
        loading.join()
    return results[0]


def main() -> None:
    """Record, then print the functions with the most samples of their own."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--py-spy", default="/tmp/pyspy/bin/py-spy", help="the py-spy program")
    parser.add_argument("--workload", choices=WORKLOADS, default="plain")
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--native", action="store_true", help="C frames too (system calls, parsers)")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "build" / "profile.folded")
    parser.add_argument("--top", type=int, default=30)
    parser.add_argument("--serve", default=SERVE)
    options = parser.parse_args()
    raise_file_limit()
    result = _under_load(options, build())
    found = self_time(options.output.read_text())
    for frame, count in found.most_common(options.top):
        print(f"{count / found.total():6.1%}  {frame}")
    print(f"{result.tokens} tokens, {result.faults} faults; all stacks in {options.output}")


if __name__ == "__main__":
    main()

"""``python -m bench``: measures the server beside nginx and prints which goals it meets."""

import argparse
import datetime as dt
import sys
from pathlib import Path

import msgspec
from rich.console import Console

from bench import codecs, codecs_report, machine
from bench.measure import measure_all
from bench.native import build
from bench.plan import FIGURES, WITH_REDIS, WORKLOADS, Scale, WorkloadName
from bench.processes import raise_file_limit
from bench.redis import find_redis
from bench.report import Report, save, show
from bench.systems import SERVE
from bench.verdict import rows

RESULTS = Path(__file__).parent / "results"
CODECS = "codecs"
NAMES = (CODECS, *WORKLOADS)
PAGE_WIDTH = 200


def parser() -> argparse.ArgumentParser:
    """The options."""
    found = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    found.add_argument("--quick", action="store_true", help="one pair of short runs, for a look (about 2 minutes)")
    found.add_argument("--only", metavar="A,B", default=",".join(NAMES), help=f"of {', '.join(NAMES)}")
    found.add_argument("--pairs", type=int, help="runs of each system (3)")
    found.add_argument("--streams", type=int, help="streams at a time (500)")
    found.add_argument("--seconds", type=float, help="length of a stream (8)")
    found.add_argument("--saturation-streams", type=int, help="streams offered at saturation (2000)")
    found.add_argument("--saturation-interval-us", type=int, help="time between two of their tokens (15000)")
    found.add_argument("--memory-streams", type=int, help="open streams whose memory is measured (1000)")
    found.add_argument("--kept-answers", type=int, help="kept answers whose memory is measured (500)")
    found.add_argument("--serve", default=SERVE, help="the server's command, with {bin}, {port} and {upstream_port}")
    found.add_argument("--name", default="relay", help="name of the result")
    found.add_argument("--results", type=Path, default=RESULTS, help="folder for the result")
    found.add_argument("--no-save", action="store_true", help="print only")
    return found


def scale_of(options: argparse.Namespace) -> Scale:
    """How much to measure: the defaults, made quick, then what was given by hand."""
    scale = Scale().quick() if options.quick else Scale()
    fields = scale.__struct_fields__
    given = {name: value for name, value in vars(options).items() if name in fields and value is not None}
    return msgspec.structs.replace(scale, **given)


def workloads_of(only: str) -> tuple[WorkloadName, ...]:
    """The workloads named that load servers, in the plan's order."""
    named = set(only.split(","))
    if unknown := named - set(NAMES):
        raise SystemExit(f"no such workload: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    return tuple(workload for workload in WORKLOADS if workload in named)


def measurable(workloads: tuple[WorkloadName, ...], redis: str | None) -> tuple[WorkloadName, ...]:
    """Those of the workloads whose programs are there."""
    return tuple(workload for workload in workloads if redis or workload not in WITH_REDIS)


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else PAGE_WIDTH)


def _measure_codecs(options: argparse.Namespace, console: Console) -> None:
    scale = codecs.Scale(rounds=5) if options.quick else codecs.Scale()
    with console.status("codecs") as status:
        findings = codecs.measure_codecs(scale, status.update)
    name = f"{CODECS}-quick" if options.quick else CODECS
    report = codecs_report.CodecsReport(_today(), name, scale, machine.describe(), findings)
    codecs_report.show(report, console)
    if not options.no_save:
        console.print(f"kept in {codecs_report.save(report, options.results)}")


def _today() -> str:
    return dt.datetime.now(dt.UTC).date().isoformat()


def main() -> None:
    """Measure, show, keep."""
    options = parser().parse_args()
    named, console = workloads_of(options.only), _console()
    workloads = measurable(named, find_redis())
    if left_out := set(named) - set(workloads):
        console.print(f"not measured: {', '.join(left_out)}; install redis-server (apt-get install redis-server)")
    if CODECS in options.only.split(","):
        _measure_codecs(options, console)
    if workloads:
        _measure_servers(options, workloads, console)


def _measure_servers(options: argparse.Namespace, workloads: tuple[WorkloadName, ...], console: Console) -> None:
    scale = scale_of(options)
    raise_file_limit()
    facts, programs = machine.describe(), build()
    with console.status("starting") as status:
        samples = list(measure_all(workloads, scale, programs, options.serve, status.update))
    name = f"{options.name}-quick" if options.quick else options.name
    report = Report(_today(), name, options.serve, scale, facts, rows(FIGURES, samples), samples)
    show(report, console)
    if not options.no_save:
        console.print(f"kept in {save(report, options.results)}")


if __name__ == "__main__":
    main()

"""``python -m bench.json``: what a partial value costs per delta, beside the others, and which goals are met."""

import argparse
import datetime as dt
import os
import time
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markdown import Markdown

from bench import machine, noise
from bench.json.contenders import CONTENDERS
from bench.json.documents import KINDS
from bench.json.measure import Closer, Findings, Scale, measure
from bench.verdict import TIMES

RESULTS = Path(__file__).parent.parent / "results"
MEAN_US, P99_US, LAST_TENTH, MEMORY = 2.0, 6.0, 1.2, 1.05
TIMES_JITER = {10_000: 10, 100_000: 100}
"""The goals: per delta with all events; against the first tenth; against json.loads; on the mixed document."""


def _times_table(findings: Findings, kind: str, sizes: tuple[int, ...]) -> list[str]:
    lines = [f"| {kind}, µs per delta | {' | '.join(f'{size // 1000:,} KB' for size in sizes)} |"]
    lines.append("| --- " * (len(sizes) + 1) + "|")
    for title in (contender.title for contender in CONTENDERS):
        cells = []
        for size in map(str, sizes):
            us, times = findings.us[kind][size][title], findings.times[kind][size][title]
            cells.append(f"{us:,.2f} ({times:,.1f} {TIMES})" if us < 100 else f"{us:,.0f} ({times:,.0f} {TIMES})")
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return [*lines, ""]


def _closer_table(found: list[Closer]) -> list[str]:
    lines = ["| the feed alone | p50 µs | p99 µs | last tenth against the first | memory | peak | whole, MB/s |"]
    lines.append("| --- " * 7 + "|")
    lines += [
        f"| {one.kind}, {one.chars // 1000:,} KB | {one.p50_us:.2f} | {one.p99_us:.2f} | {one.tenths[-1]:.2f} "
        f"| {one.memory:.3f} {TIMES} | {one.peak:.2f} {TIMES} | {one.whole_mb_per_s:.0f} |"
        for one in found
    ]
    return [*lines, ""]


def _goals(findings: Findings) -> list[str]:
    """Each goal with the worst that was found."""
    title, jiter = CONTENDERS[0].title, next(one.title for one in CONTENDERS if one.title.startswith("jiter"))
    mean_us = max(cell[title] for kind in findings.us.values() for cell in kind.values())
    p99_us = max(one.p99_us - one.timer_us for one in findings.closer)
    tenth = max(one.tenths[-1] for one in findings.closer if one.chars == max(each.chars for each in findings.closer))
    memory = max(one.memory for one in findings.closer if one.chars > 1_000)
    lines = [
        f"- mean {mean_us:.2f} µs, goal {MEAN_US}: {_verdict(mean_us <= MEAN_US)}",
        f"- p99 {p99_us:.2f} µs without the timer, goal {P99_US}: {_verdict(p99_us <= P99_US)}",
        f"- last tenth {tenth:.2f} of the first, goal {LAST_TENTH}: {_verdict(tenth <= LAST_TENTH)}",
        f"- memory {memory:.3f} of json.loads from 10 KB on, goal {MEMORY}: {_verdict(memory <= MEMORY)}",
    ]
    for size, goal in TIMES_JITER.items():
        if str(size) in findings.times["mixed"]:
            times = findings.times["mixed"][str(size)][jiter]
            lines.append(f"- jiter at {size // 1000} KB {times:.0f} {TIMES}, goal {goal}: {_verdict(times >= goal)}")
    return [*lines, ""]


def _verdict(is_met: bool) -> str:  # noqa: FBT001 - the only argument
    return "met" if is_met else "not met"


def main() -> None:
    """Measure, show, keep."""
    options = argparse.ArgumentParser(prog="python -m bench.json", description=__doc__)
    options.add_argument("--quick", action="store_true", help="one round, up to 100 KB")
    options.add_argument("--results", type=Path, default=RESULTS, help="folder for the result")
    options.add_argument("--no-save", action="store_true", help="print only")
    chosen = options.parse_args()
    scale = Scale(rounds=1, passes=5, sizes=(1_000, 10_000, 100_000)) if chosen.quick else Scale()
    console = Console(width=200)
    before, own_s = noise.now(), time.process_time()
    with console.status("starting") as status:
        findings = measure(scale, status.update)
    quiet = noise.noise_between(before, noise.now(), time.process_time() - own_s, os.cpu_count() or 1)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    facts = " · ".join(f"{key} {value}" for key, value in machine.describe().items())
    lines = [f"# json, {today}", "", facts, "", *_goals(findings)]
    for kind in KINDS:
        lines += _times_table(findings, kind, scale.sizes)
    lines += _closer_table(findings.closer)
    lines.append(
        f"{quiet.others_cores:.2f} cores used by others, {quiet.steal_cores:.2f} stolen by the hypervisor,"
        f" load average {quiet.load_1_min:.1f}."
    )
    page = "\n".join(lines) + "\n"
    console.print(Markdown(page))
    if not chosen.no_save:
        chosen.results.mkdir(parents=True, exist_ok=True)
        (chosen.results / f"{today}-json.md").write_text(page)
        (chosen.results / f"{today}-json.json").write_bytes(msgspec.json.format(msgspec.json.encode(findings)))


if __name__ == "__main__":
    main()

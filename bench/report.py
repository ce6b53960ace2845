"""Shows the table on the terminal, and keeps it with machine, versions and every single run."""

from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench.measure import Sample
from bench.plan import Scale
from bench.verdict import TIMES, Row, goal_text

__all__ = ["Report", "markdown", "save", "show"]

HEADINGS = ("figure", "goal", "direct", "nginx", "sluiceway", "compared (least to most)", "verdict")
NOISY_CORES = 0.1


class Report(msgspec.Struct, frozen=True):
    """Everything one run of the benchmark found."""

    date: str
    name: str
    command: str
    scale: Scale
    machine: dict[str, str]
    rows: list[Row]
    samples: list[Sample]


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def _compared(row: Row) -> str:
    if row.compared is None:
        return ""
    spread, relation = row.compared, row.figure.relation
    sign = {"ratio": f" {TIMES}", "added": f" {row.figure.unit} added", "value": f" {row.figure.unit}"}[relation]
    return f"{_number(spread.middle)}{sign} ({_number(spread.least)} to {_number(spread.most)})"


def _cells(row: Row) -> tuple[str, ...]:
    figure = row.figure
    medians = tuple(
        f"{_number(row.medians[system])} {figure.unit}" if system in row.medians else ""
        for system in ("direct", "nginx", "sluiceway")
    )
    return (figure.title, goal_text(figure), *medians, _compared(row), row.verdict)


def noise_text(samples: list[Sample]) -> str:
    """How quiet the machine was, in a sentence."""
    others = max(sample.noise.others_cores for sample in samples)
    steal = max(sample.noise.steal_cores for sample in samples)
    load = max(sample.noise.load_1_min for sample in samples)
    noisy = sum(sample.noise.others_cores + sample.noise.steal_cores > NOISY_CORES for sample in samples)
    return (
        f"At most {others:.2f} cores used by others, {steal:.2f} stolen by the hypervisor, load average {load:.1f};"
        f" {noisy} of {len(samples)} runs had more than {NOISY_CORES:g} cores taken from them."
    )


def _faults(samples: list[Sample]) -> list[str]:
    return [f"{s.system}, {s.workload}, pair {s.pair + 1}: {s.faults} faults" for s in samples if s.faults]


def _offered_per_s(scale: Scale) -> float:
    return scale.saturation_streams * 1e6 / scale.saturation_interval_us


def _method(scale: Scale) -> str:
    return (
        f"Pairs: {scale.pairs}; {scale.streams} streams at 50 tokens/s for {scale.seconds:g} s;"
        f" saturation: {scale.saturation_streams} streams that offer {_offered_per_s(scale):,.0f} tokens/s."
        " Medians over the pairs. How it is measured: [bench/README.md](../README.md)."
    )


def show(report: Report, console: Console) -> None:
    """Print the table."""
    table = Table(title=f"{report.name}, {report.date}")
    for heading in HEADINGS:
        table.add_column(heading)
    for row in report.rows:
        table.add_row(*_cells(row))
    console.print(table)
    console.print(noise_text(report.samples))
    for line in _faults(report.samples):
        console.print(line, style="red")


def markdown(report: Report) -> str:
    """The same table as a page."""
    scale = report.scale
    lines = [
        f"# {report.name}, {report.date}",
        "",
        _method(scale),
        "",
        " · ".join(f"{key} {value}" for key, value in report.machine.items()),
        "",
        f"Server: `{report.command}`",
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(f"| {' | '.join(_cells(row))} |" for row in report.rows),
        "",
        noise_text(report.samples),
        *_faults(report.samples),
    ]
    return "\n".join(lines) + "\n"


def save(report: Report, folder: Path) -> Path:
    """Write <date>-<name>.md and .json; gives the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{report.date}-{report.name}.md"
    page.write_text(markdown(report))
    encoded = msgspec.json.format(msgspec.json.encode(report), indent=1)
    page.with_suffix(".json").write_bytes(encoded + b"\n")
    return page

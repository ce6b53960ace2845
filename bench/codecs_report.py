"""Shows what codecs cost: on the terminal, and as a page with machine and versions."""

from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench.codecs import COLUMNS, Codec, Findings, Scale
from bench.verdict import TIMES

__all__ = ["LIMIT", "CodecsReport", "headings", "pair_rows", "rows", "save", "show"]

LIMIT = 2.0
"""No dialect is to cost more than this many times the cheapest."""


class CodecsReport(msgspec.Struct, frozen=True):
    """Everything one run found."""

    date: str
    name: str
    scale: Scale
    machine: dict[str, str]
    findings: Findings


def headings() -> list[str]:
    """The columns of the table."""
    return ["µs per event", *COLUMNS, "client against decode"]


def rows(dialects: list[Codec]) -> list[list[str]]:
    """The table: each figure with how many times the cheapest dialect's it is."""
    cheapest = {column: min(codec.us[column] for codec in dialects if column in codec.us) for column in COLUMNS}
    return [
        [codec.title, *(_cell(codec, column, cheapest[column]) for column in COLUMNS), _against_client(codec)]
        for codec in dialects
    ]


def pair_rows(pairs: list[Codec]) -> list[list[str]]:
    """Decode and encode in one, against the first pair."""
    return [[pair.title, f"{pair.us['both']:.2f}", f"{pair.us['both'] / pairs[0].us['both']:.2f}"] for pair in pairs]


def _cell(codec: Codec, column: str, cheapest_us: float) -> str:
    us = codec.us.get(column)
    if us is None:
        return ""
    if column == "client":
        return f"{us:.0f} ({codec.client})"
    times = us / cheapest_us
    return f"{us:.2f} ({times:.1f} {TIMES}{' over' if times > LIMIT else ''})"


def _against_client(codec: Codec) -> str:
    return f"{codec.us['client'] / codec.us['decode']:.0f} {TIMES}" if "client" in codec.us else ""


def _pair_headings() -> list[str]:
    return ["decode and encode, µs per event", "", f"{TIMES} the first"]


def _noise_text(findings: Findings) -> str:
    found = findings.noise
    return (
        f"{found.others_cores:.2f} cores used by others, {found.steal_cores:.2f} stolen by the hypervisor,"
        f" load average {found.load_1_min:.1f}."
    )


def show(report: CodecsReport, console: Console) -> None:
    """Print the tables."""
    findings = report.findings
    for head, body in ((headings(), rows(findings.dialects)), (_pair_headings(), pair_rows(findings.pairs))):
        table = Table(title=f"{report.name}, {report.date}")
        for heading in head:
            table.add_column(heading)
        for row in body:
            table.add_row(*row)
        console.print(table)
    console.print(_noise_text(findings))


def _method(scale: Scale) -> str:
    return (
        f"{scale.events} events, medians of {scale.rounds} rounds; in brackets, how many times the cheapest dialect."
        " How it is measured: [bench/README.md](../README.md)."
    )


def markdown(report: CodecsReport) -> str:
    """The same as a page."""
    findings, scale = report.findings, report.scale
    lines = [
        f"# {report.name}, {report.date}",
        "",
        _method(scale),
        "",
        " · ".join(f"{key} {value}" for key, value in report.machine.items()),
        "",
        *_markdown_table(headings(), rows(findings.dialects)),
        "",
        *_markdown_table(_pair_headings(), pair_rows(findings.pairs)),
        "",
        _noise_text(findings),
    ]
    return "\n".join(lines) + "\n"


def _markdown_table(head: list[str], body: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *body)]


def save(report: CodecsReport, folder: Path) -> Path:
    """Write <date>-<name>.md and .json; gives the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{report.date}-{report.name}.md"
    page.write_text(markdown(report))
    page.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    return page

from pathlib import Path

from rich.console import Console

from bench.codecs import COLUMNS, Codec, Findings, Scale
from bench.codecs_report import CodecsReport, headings, pair_rows, rows, save, show
from bench.noise import Noise
from bench.verdict import TIMES

CHEAP = Codec("cheap", "sdk", dict.fromkeys(COLUMNS, 2.0) | {"client": 300.0})
DEAR = Codec("dear", "other", dict.fromkeys(COLUMNS, 5.0) | {"client": 50.0})
TOLD = Codec("told", "", {"encode, told": 4.0})
PAIRS = [Codec("a → a", "", {"both": 2.0}), Codec("a → b", "", {"both": 3.0})]
REPORT = CodecsReport("2026-08-01", "codecs", Scale(), {"CPU": "c"}, Findings([CHEAP, DEAR], PAIRS, Noise(0.5, 0, 1)))


def test_each_figure_is_compared_with_the_cheapest_and_with_the_client() -> None:
    cheap, dear, told = rows([CHEAP, DEAR, TOLD])
    assert cheap == ["cheap", *[f"2.00 (1.0 {TIMES})"] * 4, "300 (sdk)", f"150 {TIMES}"]
    assert dear == ["dear", *[f"5.00 (2.5 {TIMES} over)"] * 4, "50 (other)", f"10 {TIMES}"]
    assert told == ["told", "", "", "", f"4.00 (2.0 {TIMES})", "", ""]


def test_every_row_has_all_columns() -> None:
    assert {len(row) for row in rows([CHEAP, TOLD])} == {len(headings())}


def test_pairs_are_compared_with_the_first() -> None:
    assert pair_rows(PAIRS) == [["a → a", "2.00", "1.00"], ["a → b", "3.00", "1.50"]]


def test_the_page_and_the_terminal_show_both_tables_and_the_noise(tmp_path: Path) -> None:
    console = Console(width=200, record=True)
    show(REPORT, console)
    for text in (console.export_text(), save(REPORT, tmp_path).read_text()):
        assert f"5.00 (2.5 {TIMES} over)" in text
        assert "a → b" in text
        assert "0.50 cores used by others" in text
    assert (tmp_path / "2026-08-01-codecs.json").exists()

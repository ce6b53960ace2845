"""``docs/guard.md`` says what the checker does."""

from __future__ import annotations

from support.source import ROOT

from sluiceway.delivery.outcome import Outcome
from sluiceway.partial.schema import bounds, document
from sluiceway.partial.schema.keywords import keywords_table

PAGE = (ROOT / "docs" / "guard.md").read_text("utf-8")


def test_the_page_holds_the_table_of_keywords() -> None:
    assert keywords_table() in PAGE, f"docs/guard.md should hold this table:\n{keywords_table()}"


def test_the_page_names_every_outcome() -> None:
    assert [outcome for outcome in Outcome if f"| `{outcome.value}` |" not in PAGE] == []


def test_the_page_knows_the_limits() -> None:
    limits = [bounds.MAX_VALUES, bounds.MAX_DEPTH, bounds.MAX_PARTS, bounds.MAX_PATTERNS]
    limits += [document.MAX_CHARS, document.MAX_DEPTH]
    assert [limit for limit in limits if f"{limit:,} " not in PAGE] == []

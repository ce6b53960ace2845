"""``docs/dialects.md`` says what the rules say."""

from __future__ import annotations

from support.rulestable import rules_table
from support.source import ROOT

from sluiceway.dialects.registry import DIALECTS

PAGE = ROOT / "docs" / "dialects.md"


def test_the_page_holds_the_table_of_the_rules() -> None:
    assert rules_table() in PAGE.read_text("utf-8"), f"docs/dialects.md should hold this table:\n{rules_table()}"


def test_the_page_names_every_path_that_is_served() -> None:
    page = PAGE.read_text("utf-8")
    for dialect in DIALECTS.values():
        for endpoint in dialect.reader.endpoints if dialect.reader else ():
            assert f"`{endpoint.path.replace(':path}', '}')}`" in page

"""``docs/dialects.md`` says what the rules say."""

from __future__ import annotations

import re

from support.rulestable import rules_table
from support.source import ROOT

from sluiceway.dialects.registry import DIALECTS

PAGE = ROOT / "docs" / "dialects.md"


def test_the_page_holds_the_table_of_the_rules() -> None:
    assert rules_table() in PAGE.read_text("utf-8"), f"docs/dialects.md should hold this table:\n{rules_table()}"


def test_the_page_names_every_path_that_is_served() -> None:
    page = PAGE.read_text("utf-8")
    for dialect in DIALECTS.values():
        side = dialect.reader
        paths = [endpoint.path for endpoint in side.endpoints] if side else []
        paths += [*side.forwarded, side.models_path, side.running_path, *side.pages, *side.absent] if side else []
        for path in filter(None, paths):
            assert re.search(rf"`((GET|POST) )?{re.escape(path.replace(':path}', '}'))}`", page), path

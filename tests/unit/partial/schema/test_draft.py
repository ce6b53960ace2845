from __future__ import annotations

import pytest

from sluiceway.partial.schema.draft import Draft, draft_of


@pytest.mark.parametrize(
    ("named", "draft"),
    [
        ("http://json-schema.org/draft-07/schema#", Draft.DRAFT_7),
        ("https://json-schema.org/draft-07/schema", Draft.DRAFT_7),
        ("https://json-schema.org/draft/2020-12/schema", Draft.DRAFT_2020_12),
        ("http://json-schema.org/draft-04/schema#", None),
        ("https://json-schema.org/draft/2019-09/schema", None),
        ("draft-07/schema", None),
        (7, None),
    ],
)
def test_a_schema_names_its_draft(named: object, draft: Draft | None) -> None:
    assert draft_of({"$schema": named}) is draft


def test_a_schema_that_names_none_is_in_the_latest() -> None:
    assert draft_of({}) is Draft.DRAFT_2020_12

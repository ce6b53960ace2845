from __future__ import annotations

import pytest

from sluiceway.partial.schema.resolve import find, is_embedded

ROOT = {
    "$id": "https://example.com/root",
    "$defs": {"a/b": {"type": "null"}, "c~d": [{"x": 1}, 2], "e%f": True, "own": {"$id": "own", "items": {}}},
}


@pytest.mark.parametrize(
    ("reference", "place"),
    [
        ("#", ROOT),
        ("#/$defs/a~1b/type", "null"),
        ("#/$defs/c~0d/0/x", 1),
        ("#/$defs/e%25f", True),
    ],
)
def test_a_reference_leads_to_a_place_in_the_schema(reference: str, place: object) -> None:
    assert find(ROOT, reference) == place


@pytest.mark.parametrize(
    "reference",
    [
        "#/$defs/none",
        "#/$defs/c~0d/2",
        "#/$defs/c~0d/00",
        "#/$defs/c~0d/-1",
        "#/$defs/c~0d/1/x",
        "#anchor",
        "other.json#/a",
        "https://example.com/root",
        "",
        7,
        "#/$defs/own",
        "#/$defs/own/items",
    ],
)
def test_elsewhere_and_nowhere_are_not_followed(reference: object) -> None:
    with pytest.raises(LookupError):
        find(ROOT, reference)


def test_a_resource_of_its_own_has_an_id_that_is_text() -> None:
    assert is_embedded({"$id": "x"})
    assert not is_embedded({"$id": {"type": "string"}})
    assert not is_embedded([])

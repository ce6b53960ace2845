from __future__ import annotations

from sluiceway.partial.schema.verdict import Violation


def test_a_violation_names_its_place_as_a_json_pointer() -> None:
    assert Violation(("a/b", 0), "type", "it is wrong").pointer == "/a~1b/0"

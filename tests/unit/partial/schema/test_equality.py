from __future__ import annotations

import pytest

from sluiceway.partial.schema.equality import freeze, is_plain, kind_of


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (True, "boolean"),
        (0, "number"),
        (1.5, "number"),
        ("", "string"),
        ([], "array"),
        ({}, "object"),
    ],
)
def test_a_value_has_one_kind(value: object, kind: str) -> None:
    assert kind_of(value) == kind


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), ([1], [1.0]), ({"a": 1, "b": [None]}, {"b": [None], "a": 1}), (0, -0.0), ("", "")],
)
def test_equal_values_are_one(one: object, other: object) -> None:
    assert freeze(one) == freeze(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (0, False), ([1], [True]), ({"a": 0}, {"a": False}), ([], {}), ("1", 1), (None, False), ([[]], [])],
)
def test_other_values_are_two(one: object, other: object) -> None:
    assert freeze(one) != freeze(other)


@pytest.mark.parametrize("number", [2**53, -(2**53), 1e300, float("inf")])
def test_a_number_that_is_not_the_same_to_everybody_is_not_compared(number: float) -> None:
    assert not is_plain(number)
    with pytest.raises(ValueError, match="number"):
        freeze({"a": [number]})


def test_numbers_up_to_there_are_plain() -> None:
    assert is_plain(2**53 - 1)
    assert is_plain(-0.5)

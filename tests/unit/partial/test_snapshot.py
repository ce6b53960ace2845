"""Copies of values."""

from __future__ import annotations

from typing import Any

import pytest

from sluiceway.partial.snapshot import copied


@pytest.mark.parametrize("value", [1, None, "x", [], {}, [1, [2, {"a": [3]}]], {"a": {"b": [{}]}, "c": "d"}])
def test_a_copy_is_equal(value: Any) -> None:
    assert copied(value) == value


def test_no_list_or_object_is_shared() -> None:
    value: dict[str, Any] = {"a": [{"b": []}]}
    copy = copied(value)
    value["a"][0]["b"].append(1)
    value["c"] = 2
    assert copy == {"a": [{"b": []}]}


def test_depth_is_no_matter() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    copy, depth = copied(value), 0
    while copy:
        copy, depth = copy[0], depth + 1
    assert depth == 100_000

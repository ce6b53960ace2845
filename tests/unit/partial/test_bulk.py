"""Values that come whole: the C scanner reads only what is right by every rule of the feed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sluiceway.partial.bulk import MAX_REMEMBERED_KEYS, WholeReader, tell_whole
from sluiceway.partial.events import Completed, Event, Grew, Started
from sluiceway.partial.patterns import Pattern


def reader(
    keys: dict[str, str] | None = None, *, allows_nan: bool = False, allows_half_pairs: bool = False
) -> WholeReader:
    keys = {} if keys is None else keys
    return WholeReader(keys, allows_nan=allows_nan, allows_half_pairs=allows_half_pairs, max_number_chars=6)


@pytest.mark.parametrize("text", ['"x"', '{"a": [1, 2.5, true, null, "é"]}', "[]", "[[[]]]"])
def test_a_whole_value_is_read(text: str) -> None:
    assert reader().read(f" {text} ]", 1, 3) == (json.loads(text), 1 + len(text))


@pytest.mark.parametrize(
    "text",
    [
        "[1",
        "[1}",
        '"a',
        '"\n"',
        '{"a":1,"a":2}',
        "[1234567]",
        "[1.23456]",
        "[NaN]",
        '"\\ud83d"',
        '{"\ud83d":1}',
        '["é\ude00"]',
        "[[[[]]]]",
        "[" * 100_000,
    ],
)
def test_what_is_not_surely_right_is_left(text: str) -> None:
    assert reader().read(text, 0, 3) is None


def test_what_the_rules_allow_is_read() -> None:
    found = reader(allows_nan=True, allows_half_pairs=True).read('[Infinity, "\\ud83d"]', 0, 1)
    assert found == ([float("inf"), "\ud83d"], 20)


def test_keys_are_remembered_for_the_next_value_up_to_a_bound() -> None:
    keys: dict[str, str] = {}
    reader(keys).read('{"long": 1}', 0, 1)
    again = reader(keys).read('{"long": 2}', 0, 1)
    assert again is not None
    assert next(iter(again[0])) is keys["long"]
    full = {str(number): "" for number in range(MAX_REMEMBERED_KEYS)}
    reader(full).read('{"long": 1}', 0, 1)
    assert "long" not in full


def test_a_whole_value_is_told_as_if_it_had_grown() -> None:
    value = {"a": ["x", "", 1]}
    assert list(tell_whole(value, ("p",), None)) == [
        Started(("p",), dict),
        Started(("p", "a"), list),
        Started(("p", "a", 0), str),
        Grew(("p", "a", 0), "x"),
        Completed(("p", "a", 0), "x"),
        Started(("p", "a", 1), str),
        Completed(("p", "a", 1), ""),
        Completed(("p", "a", 2), 1),
        Completed(("p", "a"), ["x", "", 1]),
        Completed(("p",), value),
    ]


@pytest.mark.parametrize(
    ("pattern", "paths"), [("", [(), ()]), ("/*", [("a",), ("a",), ("b",)]), ("/a/0", [("a", 0)] * 3), ("/c", [])]
)
def test_only_what_is_listened_to_is_told(pattern: str, paths: list[Any]) -> None:
    root, heard = Pattern(), list[Event]()
    root.add(pattern, heard.append)
    assert [event.path for event in tell_whole({"a": ["x"], "b": 1}, (), (root,))] == paths

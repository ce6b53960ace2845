"""Patterns of paths, one step at a time."""

from __future__ import annotations

import pytest

from sluiceway.errors import SettingsError
from sluiceway.partial.events import Event
from sluiceway.partial.patterns import Pattern, below, listeners_of


def one(_: Event) -> None: ...


def other(_: Event) -> None: ...


@pytest.mark.parametrize(
    ("pattern", "path", "is_met"),
    [
        ("", (), True),
        ("", ("a",), False),
        ("/*", ("a",), True),
        ("/*", (0,), True),
        ("/*", (), False),
        ("/items/*", ("items", 3), True),
        ("/items/*", ("items", 3, "a"), False),
        ("/items/0/b", ("items", 0, "b"), True),
        ("/a~1b/~0/", ("a/b", "~", ""), True),
        ("/~01", ("~1",), True),
    ],
)
def test_a_pattern_meets_a_path_or_not(pattern: str, path: tuple[str | int, ...], *, is_met: bool) -> None:
    root = Pattern()
    root.add(pattern, one)
    assert listeners_of(root, path) == ([one] if is_met else [])


def test_everybody_who_listens_is_found() -> None:
    root = Pattern()
    root.add("/a/*", one)
    root.add("/*/b", other)
    root.add("/a/*", other)
    assert listeners_of(root, ("a", "b")) == [one, other, other]


def test_where_nobody_listens_nothing_is_below() -> None:
    assert below((), "a") == ()


def test_what_does_not_begin_with_a_slash_is_no_pattern() -> None:
    with pytest.raises(SettingsError, match="begins with a slash"):
        Pattern().add("items", one)

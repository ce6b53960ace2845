"""Events: small, comparable, and able to name their place as a JSON Pointer."""

from __future__ import annotations

import pytest

from sluiceway.partial.events import MISSING, Completed, Event, Grew, Restarted, Started, pointer


@pytest.mark.parametrize(
    ("path", "text"),
    [((), ""), (("items", 0), "/items/0"), (("a/b", "c~d", ""), "/a~1b/c~0d/"), (("~1",), "/~01")],
)
def test_a_path_has_a_pointer(path: tuple[str | int, ...], text: str) -> None:
    assert pointer(path) == text


@pytest.mark.parametrize(
    "event", [Started(("a", 0), str), Grew(("a", 0), "x"), Completed(("a", 0), 1), Restarted(("a", 0))]
)
def test_every_event_says_where(event: Event) -> None:
    assert event.pointer == "/a/0"


def test_missing_is_no_value_of_json() -> None:
    assert MISSING is not None
    assert repr(MISSING) == "MISSING"

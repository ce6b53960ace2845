"""What is left out is told within bounds, and says so where it is not all."""

from __future__ import annotations

import pytest

from sluiceway.server.dropped import MAX_CHARACTERS, MAX_NAME_CHARACTERS, shorten


def length(names: tuple[str, ...]) -> int:
    return len(", ".join(names))


def test_a_few_names_are_told_as_they_are() -> None:
    assert shorten(["seed", "messages[0].name", "tools[].function.x-y"]) == (
        "seed",
        "messages[0].name",
        "tools[].function.x-y",
    )
    assert shorten([]) == ()


def test_what_could_harm_a_header_or_its_reader_is_not_told() -> None:
    assert shorten(["a\r\nb: c", "d, +7", "\u20ac"]) == ("a??b??c", "d???7", "?")


def test_a_long_name_is_cut_and_says_so() -> None:
    (name,) = shorten(["n" * (MAX_NAME_CHARACTERS + 1)])
    assert (len(name), name[-4:]) == (MAX_NAME_CHARACTERS, "n...")
    assert shorten(["n" * MAX_NAME_CHARACTERS]) == ("n" * MAX_NAME_CHARACTERS,)


@pytest.mark.parametrize("count", [63, 64, 65, 1000, 100_000])
def test_what_has_no_room_is_counted(count: int) -> None:
    names = shorten(["name-6"] * count)
    more = int(names[-1].removeprefix("+")) if names[-1].startswith("+") else 0
    assert length(names) <= MAX_CHARACTERS
    assert len(names) - (more > 0) + more == count
    assert (more > 0) == (count > 62)


def test_all_names_are_told_where_they_just_have_room() -> None:
    exact = ["n" * 98] * 4 + ["n" * 100]
    assert length(shorten(exact)) == MAX_CHARACTERS
    assert shorten(exact) == tuple(exact)
    assert shorten([*exact[:-1], "n" * 98, "a"]) == (*exact[:-1], "+2")

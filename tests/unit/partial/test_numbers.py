"""Numbers, followed from any stage to the first character that is not theirs."""

from __future__ import annotations

import pytest

from sluiceway.partial.numbers import START, WHOLE, read_number, whole_number

NUMBERS = ["0", "-0", "7", "120", "-1.5", "0.25", "1e5", "1E+5", "2.5e-10", "12345678901234567890"]


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_whole_at_its_end(text: str) -> None:
    assert read_number(text + ",", 0, START)[0] == len(text)
    assert read_number(text, 0, START)[1] in WHOLE


@pytest.mark.parametrize("text", ["-", "1.", "1e", "1e+", "-0.", "1.5E-"])
def test_a_number_that_wants_more_is_not_whole(text: str) -> None:
    end, stage = read_number(text, 0, START)
    assert end == len(text)
    assert stage not in WHOLE


@pytest.mark.parametrize(
    ("text", "good"), [("01", 1), ("-a", 1), ("1.e", 2), ("1e5.", 3), ("+1", 0), (".5", 0), ("--", 1)]
)
def test_the_first_character_that_does_not_go_on_ends_it(text: str, good: int) -> None:
    assert read_number(text, 0, START)[0] == good


@pytest.mark.parametrize("text", NUMBERS)
def test_no_cut_changes_where_a_number_leads(text: str) -> None:
    whole = read_number(text, 0, START)
    for cut in range(len(text) + 1):
        _, stage = read_number(text[:cut], 0, START)
        assert read_number(text, cut, stage) == whole


@pytest.mark.parametrize(("text", "is_integer"), [("12,", True), ("-0]", True), ("1.5}", False), ("1e5 ", False)])
def test_a_number_with_its_end_in_sight_is_taken_at_once(text: str, *, is_integer: bool) -> None:
    found = whole_number(text)
    assert found is not None
    assert (found.group(), not found.group(1)) == (text[:-1], is_integer)


@pytest.mark.parametrize("text", ["12", "1.", "1.,", "01,", "1x", "-,"])
def test_what_may_go_on_or_is_wrong_is_not_taken_at_once(text: str) -> None:
    assert whole_number(text) is None

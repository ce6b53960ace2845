"""Runs of characters."""

from __future__ import annotations

import pytest

from sluiceway.partial.runs import run_of


@pytest.mark.parametrize(("index", "end"), [(0, 0), (1, 4), (2, 4), (4, 4), (5, 6), (6, 6)])
def test_a_run_reaches_as_far_as_its_letters_do_and_may_be_empty(index: int, end: int) -> None:
    assert run_of("[0-9]")("a123b4", index).span() == (index, end)


def test_a_run_may_have_a_limit() -> None:
    assert run_of("[0-9]", max_chars=2)("1234", 1).group() == "23"


def test_an_empty_text_has_an_empty_run() -> None:
    assert run_of(r"[^\s]")("", 0).group() == ""

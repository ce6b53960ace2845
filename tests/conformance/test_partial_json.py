"""Unfinished JSON from the tests of others: where they keep an unfinished string, the feed shows the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.source import ROOT

from sluiceway.partial.events import MISSING
from sluiceway.partial.feed import JSONFeed

CASES: dict[str, Any] = json.loads((ROOT / "tests" / "corpora" / "partial-json" / "cases.json").read_text("utf-8"))
JITER = CASES["jiter"]["cases"]
PROMPLATE = CASES["partial_json_parser"]["cases"]


def eager(text: str) -> Any:
    feed = JSONFeed(numbers="eager")
    feed.push(text)
    return feed.value


@pytest.mark.parametrize("case", JITER, ids=lambda case: case["input"])
def test_the_cases_of_jiter(case: dict[str, Any]) -> None:
    assert eager(case["input"]) == case.get("trailing_strings", case["on"])


@pytest.mark.parametrize("case", JITER, ids=lambda case: case["input"])
def test_every_prefix_has_the_type_that_jiter_gives_it(case: dict[str, Any]) -> None:
    kind = {"list": list, "dict": dict}.get(case.get("prefixes", ""), object)
    assert all(isinstance(eager(case["input"][:end]), kind) for end in range(1, len(case["input"])))


STRINGS_KEPT = [case for case in PROMPLATE if "STR" in case["allow"] or not case["allow"]]
GUESSED = [case for case in PROMPLATE if {"NULL", "BOOL", "NUM"} & set(case["allow"])]


@pytest.mark.parametrize("case", STRINGS_KEPT, ids=lambda case: case["input"])
def test_the_cases_of_partial_json_parser_that_guess_nothing(case: dict[str, Any]) -> None:
    assert eager(case["input"]) == case["value"]


@pytest.mark.parametrize("case", GUESSED, ids=lambda case: case["input"])
def test_what_partial_json_parser_guesses_is_not_shown(case: dict[str, Any]) -> None:
    assert eager(case["input"]) is MISSING

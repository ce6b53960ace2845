from __future__ import annotations

import pytest
from support.schemachecks import document, found

from sluiceway.partial.events import MISSING
from sluiceway.partial.schema.document import MAX_CHARS, MAX_DEPTH


def test_a_document_is_whole_when_its_last_character_has_come() -> None:
    under, seen = document({"items": {"type": "integer"}}), []
    for text in ("", "[1,", "2]"):
        under.push(text)
        seen.append((under.is_whole, repr(under.value)))
    assert seen == [(False, repr(MISSING)), (False, "[1]"), (True, "[1, 2]")]
    assert under.close() is None


def test_what_follows_the_document_breaks_it() -> None:
    under = document(True)
    assert under.push("[] \n") is None
    violation = under.push("x")
    assert violation is not None
    assert violation.keyword == ""


def test_a_number_that_is_all_of_it_ends_with_the_text() -> None:
    under = document({"minimum": 20})
    assert under.push("12") is None
    assert not under.is_whole
    violation = under.close()
    assert violation is not None
    assert violation.keyword == "minimum"
    assert found({"maximum": 20}, "12") is None


@pytest.mark.parametrize(
    ("text", "pointer"),
    [("", ""), ('{"a":[1,', "/a"), ('{"a":"b', "/a"), ("12.", ""), ("tru", "")],
)
def test_a_text_that_ends_too_early_breaks_its_schema(text: str, pointer: str) -> None:
    assert found(True, text) == (pointer, "")


def test_a_text_that_is_no_json_breaks_its_schema_where_it_stops_to_be() -> None:
    assert found(True, '{"a":[1,}') == ("/a", "")
    assert found({"type": "array"}, "Sure! Here") == ("", "")


def test_what_was_good_before_the_text_broke_is_judged_first() -> None:
    violation = document({"items": {"type": "string"}}).push("[1,}")
    assert violation is not None
    assert (violation.pointer, violation.keyword) == ("/0", "type")


def test_a_member_that_comes_twice_breaks_its_schema() -> None:
    assert found({"properties": {"a": {"type": "string"}}}, '{"a":"x","a":"y"}') is not None


def test_after_a_violation_nothing_more_is_followed() -> None:
    under = document({"type": "array"})
    violation = under.push("{")
    assert violation is not None
    assert under.push("[") is violation
    assert under.close() is violation


@pytest.mark.parametrize("text", ["[" * (MAX_DEPTH + 1), " " * (MAX_CHARS + 1), "1" * 5000])
def test_a_document_that_is_too_much_is_lost(text: str) -> None:
    under = document(True)
    assert under.push(text) is None
    assert (under.is_lost, under.push("]"), under.close()) == (True, None, None)


def test_a_document_that_makes_too_much_work_is_lost() -> None:
    under = document({"allOf": [{"items": {"allOf": [{"minimum": 0}] * 9}} for _ in range(60)]})
    under.push("[1]")
    assert (under.is_whole, under.is_lost) == (True, True)


def test_a_deep_document_with_many_alternatives_at_each_level_is_followed_by_a_bounded_stack() -> None:
    schema: object = {"anyOf": [{"items": {"$ref": "#"}}, False]}
    for _ in range(20):
        schema = {"anyOf": [schema]}
    under = document(schema)
    assert under.push("[" * MAX_DEPTH + "]" * MAX_DEPTH) is None
    assert under.is_whole

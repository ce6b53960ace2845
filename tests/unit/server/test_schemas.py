from __future__ import annotations

import pytest

from sluiceway.errors import SchemaUnusable
from sluiceway.partial.schema.verdict import Violation
from sluiceway.server.schemas import compile_judge, compile_pattern, prepare_schema

CLOSED = {"properties": {"a": {"type": "string"}}, "unevaluatedProperties": False}


def broken(schema: object, document: object) -> tuple[str, str] | None:
    violation = compile_judge(schema)(document)
    assert violation is None or isinstance(violation, Violation)
    return None if violation is None else (violation.pointer, violation.keyword)


def test_a_whole_document_is_judged_by_every_keyword() -> None:
    assert broken(CLOSED, {"a": "b"}) is None
    assert broken(CLOSED, {"a": "b", "c": 1}) == ("", "unevaluatedProperties")
    assert broken(CLOSED, {"a": 1}) == ("/a", "type")
    assert broken(False, 1) == ("", "")
    assert broken({"properties": {"a": False}}, {"a": 1}) == ("/a", "properties")


def test_formats_say_nothing() -> None:
    assert broken({"format": "date"}, "never") is None


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "text"},
        {"pattern": "["},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "#/$defs/none"},
        {"$schema": "http://127.0.0.1:9/draft"},
        [],
    ],
)
def test_what_is_no_schema_is_refused_and_nothing_is_fetched(schema: object) -> None:
    with pytest.raises(SchemaUnusable):
        compile_judge(schema)


def test_a_pattern_matches_anywhere_and_by_ecmas_rules() -> None:
    match = compile_pattern(r"\d$")
    assert match is not None
    assert [match("a1"), match("1a"), match("1\n"), match("\u0663")] == [True, False, False, False]


@pytest.mark.parametrize("pattern", ["[", "(?=a)b", r"(a)\1", r"\w{500}{500}"])
def test_a_pattern_that_is_none_or_costs_too_much_is_not_followed(pattern: str) -> None:
    assert compile_pattern(pattern) is None


def test_a_schema_is_prepared_for_both() -> None:
    compiled, judge = prepare_schema(CLOSED)
    assert compiled.is_closed
    assert judge({"a": "b"}) is None


@pytest.mark.parametrize(
    "schema",
    [
        {"$dynamicRef": "#a", "$dynamicAnchor": "a"},
        {"$ref": "#"},
        {"$schema": "http://json-schema.org/draft-04/schema#"},
    ],
)
def test_a_schema_whose_work_is_not_known_beforehand_is_refused(schema: object) -> None:
    with pytest.raises(SchemaUnusable):
        prepare_schema(schema)

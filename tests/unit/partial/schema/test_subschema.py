from __future__ import annotations

import pytest
from support.schemachecks import compile_pattern, found

from sluiceway.partial.schema.compile import compile_schema
from sluiceway.partial.schema.nodes import Node

DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def node(**keywords: object) -> Node:
    return compile_schema(keywords, compile_pattern).root


@pytest.mark.parametrize(
    "keywords",
    [
        {"type": "text"},
        {"type": []},
        {"type": [1]},
        {"enum": "a"},
        {"enum": [2**60]},
        {"const": 1e300},
        {"maxLength": -1},
        {"maxLength": 1.5},
        {"maxLength": "1"},
        {"maxLength": True},
        {"minimum": 2**60},
        {"minimum": None},
        {"pattern": 1},
        {"allOf": []},
        {"anyOf": {}},
        {"properties": []},
        {"required": "a"},
        {"required": [1]},
        {"uniqueItems": 1},
        {"dependentRequired": {"a": "b"}},
        {"dependencies": {}},
        {"$ref": "other"},
    ],
)
def test_a_keyword_with_a_value_that_is_none_is_left_to_others(keywords: dict[str, object]) -> None:
    assert not node(**keywords).is_exact


@pytest.mark.parametrize(
    "keywords",
    [{}, {"title": 1, "format": "date", "x": []}, {"maxLength": 2.0}, {"minimum": -1.5}, {"$defs": {"a": 7}}],
)
def test_what_says_nothing_of_the_document_is_passed_over(keywords: dict[str, object]) -> None:
    assert node(**keywords).is_exact


def test_a_length_may_be_written_with_a_point() -> None:
    strings = node(maxLength=2.0).strings
    assert strings is not None
    assert strings.max_length == 2


@pytest.mark.parametrize("negated", [True, {}])
def test_the_opposite_of_anything_is_nothing(negated: object) -> None:
    assert node(**{"not": negated}).is_never


@pytest.mark.parametrize("divisor", [0.5, 0, -2])
def test_only_whole_divisors_are_followed(divisor: float) -> None:
    numbers = node(multipleOf=divisor).numbers
    assert numbers is not None
    assert (numbers.multiple_of, numbers.is_exact) == (None, False)


@pytest.mark.parametrize(
    ("schema", "text", "violation"),
    [
        ({"items": [{"type": "string"}]}, "[1]", ("/0", "type")),
        ({"items": [True], "additionalItems": False}, "[1,2]", ("/1", "additionalItems")),
        ({"items": False}, "[1]", ("/0", "items")),
        ({"items": []}, "[1]", None),
        ({"$ref": "#/definitions/a", "type": "string", "definitions": {"a": {}}}, "[1]", None),
        ({"$ref": "#/definitions/a", "definitions": {"a": {"type": "string"}}}, "[1]", ("", "type")),
        ({"dependencies": {"a": ["b"]}}, '{"a":1}', ("", "dependentRequired")),
        ({"dependencies": {"a": {"required": ["b"]}}}, '{"a":1}', ("", "required")),
        ({"dependencies": {"a": False}}, '{"a":1}', ("", "dependentSchemas")),
        ({"contains": {"const": 1}, "minContains": 2, "maxContains": 0}, "[1]", None),
    ],
)
def test_draft_7_has_rules_of_its_own(schema: dict[str, object], text: str, violation: object) -> None:
    assert found({"$schema": DRAFT_7, **schema}, text) == violation


@pytest.mark.parametrize(
    ("schema", "text", "violation"),
    [
        ({"prefixItems": [True], "items": False}, "[1,2]", ("/1", "items")),
        ({"items": [False]}, "[1]", None),
        ({"dependencies": {"a": ["b"]}}, '{"a":1}', None),
        ({"dependentRequired": {"a": ["b"]}}, '{"a":1}', ("", "dependentRequired")),
        ({"contains": {"const": 1}, "minContains": 2}, "[1]", ("", "minContains")),
        ({"contains": {"const": 1}, "minContains": 0}, "[2]", None),
        ({"$ref": "#/$defs/a", "type": "string", "$defs": {"a": {}}}, "[1]", ("", "type")),
    ],
)
def test_draft_2020_12_has_others(schema: dict[str, object], text: str, violation: object) -> None:
    assert found(schema, text) == violation

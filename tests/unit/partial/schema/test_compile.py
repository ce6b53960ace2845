from __future__ import annotations

import pytest
from support.schemachecks import found

from sluiceway.errors import SchemaUnusable
from sluiceway.partial.schema.bounds import MAX_PATTERNS
from sluiceway.partial.schema.compile import compile_schema


@pytest.mark.parametrize("schema", [None, 7, "true", [], [{}]])
def test_what_is_no_schema_is_refused(schema: object) -> None:
    with pytest.raises(SchemaUnusable):
        compile_schema(schema)


def test_true_and_false_are_schemas() -> None:
    assert not compile_schema(True).root.is_never
    assert compile_schema(False).root.is_never


def test_a_subschema_that_is_none_is_left_to_others() -> None:
    assert not compile_schema({"items": 7}).root.arrays.rest.is_exact  # type: ignore[union-attr]


def test_a_schema_may_refer_to_itself_below() -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#"}}, "additionalProperties": False}
    assert found(tree, '{"left":{"left":{}}}') is None
    assert found(tree, '{"left":{"left":{"right":1}}}') == ("/left/left/right", "additionalProperties")


def test_references_in_a_long_chain_below_each_other_are_followed() -> None:
    links = {f"a{number}": {"items": {"$ref": f"#/$defs/a{number + 1}"}} for number in range(3000)}
    schema = {"$ref": "#/$defs/a0", "$defs": {**links, "a3000": {}}}
    assert compile_schema(schema).is_closed


def test_a_schema_that_leads_back_to_itself_is_refused() -> None:
    with pytest.raises(SchemaUnusable):
        compile_schema({"$ref": "#"})


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "other.json"},
        {"items": {"$id": "x", "$ref": "#/items"}},
        {"items": {"$id": "x", "items": {"$ref": "#"}}},
        {"$dynamicRef": "#a"},
        {"$schema": "http://json-schema.org/draft-04/schema#", "type": "array"},
        {"items": {"$schema": "http://json-schema.org/draft-07/schema#"}},
    ],
)
def test_what_cannot_be_followed_leaves_the_schema_open(schema: object) -> None:
    compiled = compile_schema(schema)
    assert not compiled.is_closed
    assert found(schema, "[[[1]]]") is None


def test_without_an_engine_patterns_are_not_followed() -> None:
    strings = compile_schema({"pattern": "a"}).root.strings
    assert strings is not None
    assert (strings.match, strings.is_exact) == (None, False)


def test_a_schema_has_patterns_up_to_a_limit() -> None:
    def patterns(count: int) -> object:
        return {"properties": {str(number): {"pattern": "a"} for number in range(count)}}

    compile_schema(patterns(MAX_PATTERNS))
    with pytest.raises(SchemaUnusable, match="patterns"):
        compile_schema(patterns(MAX_PATTERNS + 1))

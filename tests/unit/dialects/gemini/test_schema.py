from __future__ import annotations

import pytest

from sluiceway.dialects.gemini.schema import decode_schema


def test_types_are_words_of_json_schema() -> None:
    assert decode_schema(
        {
            "type": "OBJECT",
            "properties": {"city": {"type": "STRING", "description": "The city."}, "type": {"type": "INTEGER"}},
            "required": ["city"],
            "propertyOrdering": ["city", "type"],
        }
    ) == {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The city."}, "type": {"type": "integer"}},
        "required": ["city"],
    }


@pytest.mark.parametrize("name", ["any_of", "anyOf"])
def test_either_spelling_is_taken(name: str) -> None:
    assert decode_schema({name: [{"type": "NUMBER"}, True]}) == {"anyOf": [{"type": "number"}, True]}


def test_items_and_definitions_are_schemas() -> None:
    assert decode_schema({"items": {"$ref": "#/$defs/a"}, "defs": {"a": {"type": "NULL"}}}) == {
        "items": {"$ref": "#/$defs/a"},
        "$defs": {"a": {"type": "null"}},
    }


def test_counts_may_be_texts() -> None:
    assert decode_schema({"min_items": "1", "maxItems": 3, "minLength": "x"}) == {
        "minItems": 1,
        "maxItems": 3,
        "minLength": "x",
    }


def test_null_is_allowed_besides() -> None:
    assert decode_schema({"type": "STRING", "nullable": True, "enum": ["a"]}) == {
        "type": ["string", "null"],
        "enum": ["a", None],
    }
    assert decode_schema({"anyOf": [], "nullable": True}) == {"anyOf": [{"anyOf": []}, {"type": "null"}]}
    assert decode_schema({"nullable": False}) == {}


def test_an_example_is_one_of_the_examples() -> None:
    assert decode_schema({"type": "TYPE_UNSPECIFIED", "example": 5}) == {"examples": [5]}

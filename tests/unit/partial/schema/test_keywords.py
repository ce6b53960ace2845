"""The table is true: for each keyword there is a document in which a violation is seen when the table says."""

from __future__ import annotations

import pytest
from support.schemachecks import seen_at

from sluiceway.partial.schema.keywords import KEYWORDS, Seen, keywords_table

DRAFT_7 = {"$schema": "http://json-schema.org/draft-07/schema#"}
STRING, NEVER = {"type": "string"}, False

EXAMPLES: dict[str, tuple[dict[str, object], str]] = {
    "$ref": ({"$ref": "#/$defs/a", "$defs": {"a": STRING}}, "[1]"),
    "additionalItems": ({**DRAFT_7, "items": [True], "additionalItems": NEVER}, "[1,[2]]"),
    "additionalProperties": ({"additionalProperties": NEVER}, '{"a":"b"}'),
    "allOf": ({"allOf": [STRING]}, "[1]"),
    "anyOf": ({"anyOf": [STRING, {"maxItems": 1}]}, "[1,2,3]"),
    "const": ({"const": "abc"}, '"abd..."'),
    "contains": ({"contains": STRING}, "[1]"),
    "dependencies": ({**DRAFT_7, "dependencies": {"a": ["b"]}}, '{"a":1}'),
    "dependentRequired": ({"dependentRequired": {"a": ["b"]}}, '{"a":1}'),
    "dependentSchemas": ({"dependentSchemas": {"a": {"maxProperties": 1}}}, '{"a":1,"b":[]}'),
    "enum": ({"enum": ["abc", "abd"]}, '"abe..."'),
    "exclusiveMaximum": ({"exclusiveMaximum": 1}, "1 "),
    "exclusiveMinimum": ({"exclusiveMinimum": 1}, "1 "),
    "if": ({"if": True, "then": {"maxItems": 1}, "else": {"maxItems": 1}}, "[1,2,3]"),
    "items": ({"items": STRING}, "[[]]"),
    "maxContains": ({"contains": True, "maxContains": 1}, "[1,2,3]"),
    "maxItems": ({"maxItems": 1}, "[1,2,3]"),
    "maxLength": ({"maxLength": 1}, '"abc"'),
    "maxProperties": ({"maxProperties": 1}, '{"a":1,"b":2,"c":3}'),
    "maximum": ({"maximum": 1}, "2 "),
    "minContains": ({"contains": STRING, "minContains": 2}, '["a"]'),
    "minItems": ({"minItems": 2}, "[1]"),
    "minLength": ({"minLength": 2}, '"a"'),
    "minProperties": ({"minProperties": 2}, '{"a":1}'),
    "minimum": ({"minimum": 3}, "2 "),
    "multipleOf": ({"multipleOf": 3}, "2 "),
    "not": ({"not": {"type": "array"}}, "[1]"),
    "oneOf": ({"oneOf": [STRING, {"maxItems": 1}]}, "[1,2,3]"),
    "pattern": ({"pattern": "^b"}, '"abc"'),
    "patternProperties": ({"patternProperties": {"^a": STRING}}, '{"a":[]}'),
    "prefixItems": ({"prefixItems": [STRING]}, "[[]]"),
    "properties": ({"properties": {"a": STRING}}, '{"a":[]}'),
    "propertyNames": ({"propertyNames": {"maxLength": 1}}, '{"ab":"c"}'),
    "required": ({"required": ["a"]}, '{"b":1}'),
    "type": ({"type": ["string", "null"]}, "[]"),
    "uniqueItems": ({"uniqueItems": True}, "[1,1,1]"),
    "contentEncoding": ({**DRAFT_7, "contentEncoding": "base64"}, '"?"'),
    "contentMediaType": ({**DRAFT_7, "contentMediaType": "application/json"}, '"?"'),
    "unevaluatedItems": ({"unevaluatedItems": False}, "[1]"),
    "unevaluatedProperties": ({"unevaluatedProperties": False}, '{"a":1}'),
}


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_violation_is_seen_when_the_table_says(keyword: str) -> None:
    schema, text = EXAMPLES[keyword]
    at = seen_at(schema, text)
    match KEYWORDS[keyword]:
        case Seen.WHILE:
            assert at is not None
            assert at < len(text)
        case Seen.END:
            assert at == len(text)
        case Seen.WHOLE:
            assert at is None


def test_the_table_names_every_keyword_once() -> None:
    table = keywords_table()
    assert [table.count(f"`{keyword}`") for keyword in KEYWORDS] == [1] * len(KEYWORDS)

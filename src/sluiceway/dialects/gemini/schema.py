"""Google's Schema, a subset of OpenAPI 3.0 → JSON Schema, which every other dialect speaks.

Types are upper-case words, ``nullable`` stands beside them, and whole numbers may be written as strings.
Source: Google's API reference, "Schema" (August 2026).
"""

from __future__ import annotations

import re
from types import MappingProxyType

__all__ = ["decode_schema"]

_NAME_OF = MappingProxyType(
    {
        "any_of": "anyOf",
        "min_items": "minItems",
        "max_items": "maxItems",
        "min_length": "minLength",
        "max_length": "maxLength",
        "min_properties": "minProperties",
        "max_properties": "maxProperties",
        "additional_properties": "additionalProperties",
        "defs": "$defs",
        "ref": "$ref",
    }
)
_COUNTS = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})
_LEFT_OUT = frozenset({"nullable", "propertyOrdering", "property_ordering", "example"})
_DIGITS = re.compile(r"\d{1,18}")


def decode_schema(schema: dict[str, object]) -> dict[str, object]:
    """Return the JSON Schema that means the same; fields not known here are kept as they are."""
    decoded: dict[str, object] = {}
    for name, value in schema.items():
        usual = _NAME_OF.get(name, name)
        if usual not in _LEFT_OUT:
            decoded[usual] = _decode_field(usual, value)
    if decoded.get("type") == "type_unspecified":
        del decoded["type"]
    if "example" in schema:
        decoded["examples"] = [schema["example"]]
    return _with_null(decoded) if schema.get("nullable") is True else decoded


def _decode_field(name: str, value: object) -> object:
    match name, value:
        case "type", str():
            return value.lower()
        case "properties" | "$defs", dict():
            return {key: _decode_any(one) for key, one in value.items()}
        case "anyOf", list():
            return [_decode_any(one) for one in value]
        case "items" | "additionalProperties", _:
            return _decode_any(value)
        case _, str() if name in _COUNTS and _DIGITS.fullmatch(value):
            # "minItems":"1"
            return int(value)
        case _:
            return value


def _decode_any(value: object) -> object:
    return decode_schema(value) if isinstance(value, dict) else value


def _with_null(schema: dict[str, object]) -> dict[str, object]:
    """Allow null besides."""
    kind = schema.get("type")
    choices = schema.get("enum")
    if isinstance(kind, str):
        schema["type"] = [kind, "null"]
    if isinstance(choices, list):
        schema["enum"] = [*choices, None]
    if isinstance(schema.get("anyOf"), list):
        return {"anyOf": [schema, {"type": "null"}]}
    return schema

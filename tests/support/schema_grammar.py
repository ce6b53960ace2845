"""Draws JSON schemas and documents of one small world, so that they have something to say about each other."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = ["documents", "schemas"]

_NAMES = ["a", "b", "ab"]
_KINDS = ["null", "boolean", "integer", "number", "string", "array", "object"]

_names = st.sampled_from(_NAMES)
_counts = st.integers(0, 3)
_scalars = st.sampled_from([None, True, False, 0, 1, 1.0, 2, -3, 0.5, 1e3, "", "a", "ab", "ba", "abab", "é"])

documents = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=10,
)
"""JSON values."""

_assertions: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(_KINDS) | st.lists(st.sampled_from(_KINDS), min_size=1, max_size=3, unique=True),
    "enum": st.lists(documents, min_size=1, max_size=4),
    "const": documents,
    "minLength": _counts,
    "maxLength": _counts,
    "pattern": st.sampled_from(["^a", "b$", "^$", "é"]),
    "minimum": st.sampled_from([-1, 0, 0.5, 2]),
    "maximum": st.sampled_from([-1, 0, 0.5, 2]),
    "exclusiveMinimum": st.sampled_from([0, 1]),
    "exclusiveMaximum": st.sampled_from([1, 2]),
    "multipleOf": st.sampled_from([1, 2, 0.5]),
    "minItems": _counts,
    "maxItems": _counts,
    "uniqueItems": st.booleans(),
    "minProperties": _counts,
    "maxProperties": _counts,
    "required": st.lists(_names, max_size=2, unique=True),
    "dependentRequired": st.dictionaries(_names, st.lists(_names, max_size=2, unique=True), max_size=2),
    "$ref": st.sampled_from(["#/$defs/x", "#/$defs/y"]),
}


def _applicators(inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    some = st.lists(inner, min_size=1, max_size=3)
    return {
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), some),
        **dict.fromkeys(("not", "if", "then", "else", "items", "contains", "additionalProperties"), inner),
        **dict.fromkeys(("propertyNames", "unevaluatedItems", "unevaluatedProperties"), inner),
        **dict.fromkeys(("properties", "dependentSchemas"), st.dictionaries(_names, inner, max_size=3)),
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), inner, max_size=2),
        "minContains": _counts,
        "maxContains": _counts,
    }


def _subsets(keywords: dict[str, st.SearchStrategy[Any]], most: int) -> st.SearchStrategy[dict[str, Any]]:
    names = st.lists(st.sampled_from(sorted(keywords)), max_size=most, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: keywords[name] for name in chosen}))


def _larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda one, other: {**one, **other}, _subsets(_assertions, 2), _subsets(_applicators(inner), 3))


_subschemas = st.recursive(st.booleans() | _subsets(_assertions, 2), _larger, max_leaves=8)

schemas = st.builds(
    lambda root, x, y: {**root, "$defs": {"x": x, "y": y}},
    _larger(_subschemas),
    _subschemas,
    _subschemas,
)
"""Schemas of draft 2020-12; some lead back to themselves without end."""

"""Which keyword is seen when: what the table in ``docs/guard.md`` says, and a test holds true."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["KEYWORDS", "Seen", "keywords_table"]


class Seen(enum.Enum):
    """When a violation of a keyword is certain, and so reported; the value says it to people."""

    WHILE = "while the value streams"
    END = "when the value ends"
    WHOLE = "when the document ends"


KEYWORDS: Mapping[str, Seen] = MappingProxyType(
    {
        "$ref": Seen.WHILE,
        "additionalItems": Seen.WHILE,
        "additionalProperties": Seen.WHILE,
        "allOf": Seen.WHILE,
        "anyOf": Seen.WHILE,
        "const": Seen.WHILE,
        "enum": Seen.WHILE,
        "if": Seen.WHILE,
        "items": Seen.WHILE,
        "maxContains": Seen.WHILE,
        "maxItems": Seen.WHILE,
        "maxLength": Seen.WHILE,
        "maxProperties": Seen.WHILE,
        "not": Seen.WHILE,
        "oneOf": Seen.WHILE,
        "patternProperties": Seen.WHILE,
        "prefixItems": Seen.WHILE,
        "properties": Seen.WHILE,
        "propertyNames": Seen.WHILE,
        "type": Seen.WHILE,
        "uniqueItems": Seen.WHILE,
        "contains": Seen.END,
        "dependencies": Seen.END,
        "dependentRequired": Seen.END,
        "dependentSchemas": Seen.WHILE,
        "exclusiveMaximum": Seen.END,
        "exclusiveMinimum": Seen.END,
        "maximum": Seen.END,
        "minContains": Seen.END,
        "minItems": Seen.END,
        "minLength": Seen.END,
        "minProperties": Seen.END,
        "minimum": Seen.END,
        "multipleOf": Seen.END,
        "pattern": Seen.END,
        "required": Seen.END,
        "contentEncoding": Seen.WHOLE,
        "contentMediaType": Seen.WHOLE,
        "unevaluatedItems": Seen.WHOLE,
        "unevaluatedProperties": Seen.WHOLE,
    }
)
"""Keyword → the earliest that a violation of it can be seen. ``then`` and ``else`` go with ``if``."""


def keywords_table() -> str:
    """Return the table as Markdown."""
    rows = [f"| {seen.value} | {_list(seen)} |" for seen in Seen]
    return "\n".join(["| A violation is seen | of |", "|---|---|", *rows])


def _list(seen: Seen) -> str:
    return ", ".join(f"`{keyword}`" for keyword, when in sorted(KEYWORDS.items()) if when is seen)

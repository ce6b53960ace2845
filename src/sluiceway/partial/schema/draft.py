"""The drafts of JSON Schema that are followed while a document streams, and how a schema names its own.

Source: json-schema.org, drafts 7 (2018) and 2020-12, read November 2026.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["STRANGE", "Draft", "draft_of"]


class Draft(enum.Enum):
    """One draft; the value is the end of the URL it goes by."""

    DRAFT_7 = "draft-07/schema"
    DRAFT_2020_12 = "draft/2020-12/schema"


STRANGE: Mapping[Draft, frozenset[str]] = MappingProxyType(
    {
        Draft.DRAFT_7: frozenset(
            {
                "$dynamicRef",
                "$recursiveRef",
                "contentEncoding",
                "contentMediaType",
                "dependentRequired",
                "dependentSchemas",
                "maxContains",
                "minContains",
                "prefixItems",
                "unevaluatedItems",
                "unevaluatedProperties",
            }
        ),
        Draft.DRAFT_2020_12: frozenset(
            {"$dynamicRef", "$recursiveRef", "additionalItems", "contentSchema", "dependencies"}
        ),
    }
)
"""Keywords of a draft, or of another one, that are not followed: they are left to whoever judges the whole."""


def draft_of(schema: Mapping[str, object]) -> Draft | None:
    """Return the draft a schema is written in, 2020-12 where it does not say; None for one that is not followed."""
    # "$schema": "http://json-schema.org/draft-07/schema#"
    named = schema.get("$schema", f"http://json-schema.org/{Draft.DRAFT_2020_12.value}")
    for draft in Draft:
        if isinstance(named, str) and named.rstrip("#").removeprefix("https:").removeprefix("http:") == (
            f"//json-schema.org/{draft.value}"
        ):
            return draft
    return None

"""JSON schemas made ready for a guard: to follow a document as it streams, and to judge it when it is whole.

Schemas may come from clients. Nothing they refer to is fetched, their patterns run on an engine that is linear in the
text, and one whose work cannot be bounded beforehand is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import jsonschema_rs

from sluiceway.errors import SchemaUnusable
from sluiceway.partial.schema.compile import Compiled, compile_schema
from sluiceway.partial.schema.keywords import KEYWORDS
from sluiceway.partial.schema.nodes import Match
from sluiceway.partial.schema.verdict import Violation

__all__ = ["compile_judge", "compile_pattern", "prepare_schema"]

Judge = Callable[[object], Violation | None]
"""A whole document → its violation, None where it follows the schema."""

_MAX_PATTERN_BYTES = 1 << 18
"""What a compiled pattern may take: a short one can ask for a great many states."""


def prepare_schema(schema: object) -> tuple[Compiled, Judge]:
    """Return a schema compiled for streaming, and its judge.

    Raises:
        SchemaUnusable: it is none, is too large, or refers to something that is not in it.
    """
    compiled = compile_schema(schema, compile_pattern)
    if not compiled.is_closed:
        raise SchemaUnusable(
            "the schema refers to something that is not in it, or names a draft that is not followed"
        )
    return compiled, compile_judge(schema)


def compile_judge(schema: Any) -> Judge:
    """Return what judges a whole document by every keyword.

    Raises:
        SchemaUnusable: it is no schema.
    """
    try:
        validator = jsonschema_rs.validator_for(
            schema,
            validate_formats=False,
            retriever=_retrieve_nothing,
            pattern_options=_pattern_options(),
        )
    except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        raise SchemaUnusable(f"the schema is none: {str(error).splitlines()[0][:200]}") from None

    def judge(document: object) -> Violation | None:
        if validator.is_valid(document):
            return None
        error = next(validator.iter_errors(document))
        keyword = next((step for step in reversed(error.schema_path) if step in KEYWORDS), "")
        return Violation(tuple(error.instance_path), str(keyword), "it does not follow the schema")

    return judge


def compile_pattern(pattern: str) -> Match | None:
    """Return the matcher of one pattern, None where this engine has none."""
    try:
        return jsonschema_rs.validator_for({"pattern": pattern}, pattern_options=_pattern_options()).is_valid
    except (ValueError, jsonschema_rs.ValidationError):
        return None


def _pattern_options() -> jsonschema_rs.RegexOptions:
    return jsonschema_rs.RegexOptions(size_limit=_MAX_PATTERN_BYTES, dfa_size_limit=_MAX_PATTERN_BYTES)


def _retrieve_nothing(uri: str, /) -> NoReturn:
    raise ValueError(f"nothing is fetched: {uri}")

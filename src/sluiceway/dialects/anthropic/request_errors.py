"""What is wrong with a request's body, in Anthropic's words: the shape decoder's complaint → `RequestError`.

Source: error bodies of Anthropic's API (August 2026), such as ``messages.0.content: Input should be a valid list``.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from sluiceway.dialects.complaints import read_complaint
from sluiceway.errors import RequestError

__all__ = ["invalid", "missing", "unreadable"]

_INDEX = re.compile(r"\[(\d+)\]")

_WORDS = MappingProxyType(
    {
        "array": "list",
        "bool": "boolean",
        "float": "number",
        "int": "integer",
        "object": "dictionary",
        "str": "string",
    }
)


def missing(field: str) -> RequestError:
    """Return the error for a field that must be there."""
    return invalid(field, "Field required")


def invalid(field: str, why: str) -> RequestError:
    """Return the error for a field whose value is wrong."""
    return RequestError(f"{field}: {why}" if field else why, field=field or None)


def unreadable(error: Exception, place: str = "") -> RequestError:
    """Return the error for what the shape decoder refused.

    Args:
        error: its complaint.
        place: the path of what was decoded, empty for the whole body.
    """
    complaint = read_complaint(error)
    if complaint is None:
        return RequestError("The request body is not valid JSON")
    field = _join(place, _INDEX.sub(r".\1", complaint.path), complaint.missing)
    if complaint.missing:
        return missing(field)
    if complaint.expected:
        words = " or ".join(_WORDS.get(kind, kind) for kind in complaint.expected)
        return invalid(field, f"Input should be a valid {words}")
    if complaint.word:
        return invalid(field, f"{complaint.word} is not one of the supported values")
    return invalid(field, complaint.text)


def _join(*names: str) -> str:
    return ".".join(name.strip(".") for name in names if name.strip("."))

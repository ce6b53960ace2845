"""What is wrong with a request's body, in Anthropic's words: the shape decoder's complaint → `RequestError`.

Source: error bodies of Anthropic's API (August 2026), such as ``messages.0.content: Input should be a valid list``.
"""

from __future__ import annotations

import re
from types import MappingProxyType

import msgspec

from sluiceway.errors import RequestError

__all__ = ["invalid", "missing", "unreadable"]

# Expected `str | array | null`, got `int` - at `$.messages[0].content`
_PATH = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
_WRONG_TYPE = re.compile(r"^Expected `([^`]+)`, got `(\w+)`$")
_MISSING = re.compile(r"^Object missing required field `([^`]+)`$")
_WRONG_WORD = re.compile(r"^Invalid enum value (.+)$", re.DOTALL)
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
    if not isinstance(error, msgspec.ValidationError):
        return RequestError("The request body is not valid JSON")
    complaint = str(error)
    found = _PATH.search(complaint)
    path = _INDEX.sub(r".\1", found[1]) if found else ""
    complaint = complaint[: found.start()] if found else complaint
    if match := _MISSING.match(complaint):
        return missing(_join(place, path, match[1]))
    field = _join(place, path)
    if match := _WRONG_TYPE.match(complaint):
        words = [_WORDS.get(word, word) for word in match[1].split(" | ") if word != "null"]
        return invalid(field, f"Input should be a valid {' or '.join(words)}")
    if match := _WRONG_WORD.match(complaint):
        return invalid(field, f"{match[1]} is not one of the supported values")
    return invalid(field, complaint)


def _join(*names: str) -> str:
    return ".".join(name.strip(".") for name in names if name.strip("."))

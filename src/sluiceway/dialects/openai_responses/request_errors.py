"""What is wrong with a request's body, in OpenAI's words: the shape decoder's complaint → `RequestError`.

Source: error bodies of OpenAI's API (August 2026), such as ``Invalid type for 'input[0].role': expected a string,
but got an integer instead.``
"""

from __future__ import annotations

import re
from types import MappingProxyType

import msgspec

from sluiceway.errors import RequestError

__all__ = ["invalid", "missing", "unreadable"]

# Expected `str | array | null`, got `int` - at `$.text.format`
_PATH = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
_WRONG_TYPE = re.compile(r"^Expected `([^`]+)`, got `(\w+)`$")
_MISSING = re.compile(r"^Object missing required field `([^`]+)`$")

_WORDS = MappingProxyType(
    {
        "array": "an array",
        "bool": "a boolean",
        "float": "a number",
        "int": "an integer",
        "null": "null",
        "object": "an object",
        "str": "a string",
    }
)


def missing(field: str) -> RequestError:
    """Return the error for a field that must be there."""
    return RequestError(f"Missing required parameter: '{field}'.", field=field)


def invalid(field: str, why: str) -> RequestError:
    """Return the error for a field whose value is wrong."""
    return RequestError(f"Invalid '{field}': {why}.", field=field)


def unreadable(error: Exception, place: str = "") -> RequestError:
    """Return the error for what the shape decoder refused.

    Args:
        error: its complaint.
        place: the path of what was decoded; empty for the whole body.
    """
    if not isinstance(error, msgspec.ValidationError):
        return RequestError("We could not parse the JSON body of your request.")
    complaint = str(error)
    found = _PATH.search(complaint)
    field = ".".join(name for name in (place, found[1] if found else "") if name)
    complaint = complaint[: found.start()] if found else complaint
    if match := _MISSING.match(complaint):
        return missing(f"{field}.{match[1]}" if field else match[1])
    if match := _WRONG_TYPE.match(complaint):
        return _wrong_type(field, match[1], match[2])
    return invalid(field, complaint[:1].lower() + complaint[1:])


def _wrong_type(field: str, expected: str, got: str) -> RequestError:
    words = [_WORDS.get(word, word) for word in expected.split(" | ") if word != "null"]
    place = f" for '{field}'" if field else ""
    text = f"Invalid type{place}: expected {' or '.join(words)}, but got {_WORDS.get(got, got)} instead."
    return RequestError(text, field=field or None)

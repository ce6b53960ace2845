"""What is wrong with a request's body, in OpenAI's words: the shape decoder's complaint → `RequestError`.

Source: error bodies of OpenAI's API (August 2026), such as ``Invalid type for 'max_tokens': expected an integer, but
got a string instead.``
"""

from __future__ import annotations

import re
from types import MappingProxyType

import msgspec

from sluiceway.errors import RequestError

__all__ = ["missing", "unreadable"]

# Expected `int | null`, got `str` - at `$.max_tokens`
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


def unreadable(error: Exception) -> RequestError:
    """Return the error for a body that the shape decoder refused."""
    if not isinstance(error, msgspec.ValidationError):
        return RequestError("We could not parse the JSON body of your request.")
    complaint = str(error)
    found = _PATH.search(complaint)
    field = found[1] if found else ""
    complaint = complaint[: found.start()] if found else complaint
    if match := _MISSING.match(complaint):
        return missing(f"{field}.{match[1]}" if field else match[1])
    if match := _WRONG_TYPE.match(complaint):
        return _wrong_type(field, match[1], match[2])
    return RequestError(f"Invalid '{field}': {complaint[:1].lower()}{complaint[1:]}.", field=field)


def _wrong_type(field: str, expected: str, got: str) -> RequestError:
    words = [_WORDS.get(word, word) for word in expected.split(" | ") if word != "null"]
    place = f" for '{field}'" if field else ""
    text = f"Invalid type{place}: expected {' or '.join(words)}, but got {_WORDS.get(got, got)} instead."
    return RequestError(text, field=field or None)

"""What is wrong with a request's body, in Google's words: the shape decoder's complaint → `RequestError`.

Source: error bodies of Google's API (August 2026), such as ``Invalid value at 'contents[0].parts[0].text'
(TYPE_STRING), 5``.
"""

from __future__ import annotations

import re

import msgspec

from sluiceway.errors import RequestError

__all__ = ["invalid", "unreadable"]

# Expected `str | null`, got `int` - at `$.contents[0].parts[0].text`
_PATH = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")


def invalid(field: str, why: str) -> RequestError:
    """Return the error for a field whose value is wrong or missing."""
    return RequestError(f"Invalid value at '{field}': {why}", field=field)


def unreadable(error: Exception) -> RequestError:
    """Return the error for a body that the shape decoder refused."""
    if not isinstance(error, msgspec.ValidationError):
        return RequestError("Invalid JSON payload received. The body of the request could not be parsed.")
    complaint = str(error)
    found = _PATH.search(complaint)
    if found is None:
        return RequestError(f"Invalid JSON payload received. {complaint}")
    why = complaint[: found.start()].replace("`", "")
    return invalid(found[1], why[:1].lower() + why[1:])

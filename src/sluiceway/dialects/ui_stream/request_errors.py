"""What is wrong with a request's body, as a sentence for the developer of the page that sent it."""

from __future__ import annotations

import re

import msgspec

from sluiceway.errors import RequestError

__all__ = ["missing", "unreadable"]

# Expected `array`, got `str` - at `$.messages`
_PATH = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")


def missing(field: str) -> RequestError:
    """Return the error for a field that must be there."""
    return RequestError(f"'{field}' is missing.", field=field)


def unreadable(error: Exception) -> RequestError:
    """Return the error for a body that the shape decoder refused."""
    if not isinstance(error, msgspec.ValidationError):
        return RequestError("The request's body is not JSON.")
    complaint = str(error)
    found = _PATH.search(complaint)
    if found is None:
        return RequestError(f"The request's body is wrong: {complaint}.")
    return RequestError(f"'{found[1]}' is wrong: {complaint[: found.start()]}.", field=found[1])

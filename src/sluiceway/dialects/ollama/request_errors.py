"""What is wrong with a request's body: the shape decoder's complaint → `RequestError`.

Source: Ollama's API reference, "Errors" (August 2026): one sentence in small letters.
"""

from __future__ import annotations

import re

import msgspec

from sluiceway.errors import RequestError

__all__ = ["invalid", "missing", "unreadable"]

# Expected `str | null`, got `int` - at `$.messages[0].content`
_PATH = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
_MISSING = re.compile(r"^Object missing required field `([^`]+)`$")


def missing(field: str) -> RequestError:
    """Return the error for a field that must be there."""
    return RequestError(f"{field} is required", field=field)


def invalid(field: str, why: str) -> RequestError:
    """Return the error for a field whose value is wrong."""
    return RequestError(f"invalid {field}: {why}", field=field)


def unreadable(error: Exception) -> RequestError:
    """Return the error for a body that the shape decoder refused."""
    if not isinstance(error, msgspec.ValidationError):
        return RequestError("the request body is not JSON")
    complaint = str(error)
    found = _PATH.search(complaint)
    field = found[1] if found else ""
    complaint = complaint[: found.start()] if found else complaint
    if match := _MISSING.match(complaint):
        return missing(f"{field}.{match[1]}" if field else match[1])
    return invalid(field or "body", complaint[:1].lower() + complaint[1:])

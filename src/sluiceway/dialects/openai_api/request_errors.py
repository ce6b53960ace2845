"""What is wrong with a request's body, in OpenAI's words.

Source: error bodies of OpenAI's API (August 2026), such as ``Invalid type for 'messages[0].content': expected a
string, but got an integer instead.``
"""

from __future__ import annotations

from types import MappingProxyType

from sluiceway.dialects.complaints import Complaint, read_complaint
from sluiceway.errors import RequestError

__all__ = ["invalid", "missing", "unreadable"]

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
    complaint = read_complaint(error)
    if complaint is None:
        return RequestError("We could not parse the JSON body of your request.")
    field = ".".join(name for name in (place, complaint.path) if name)
    if complaint.missing:
        return missing(f"{field}.{complaint.missing}" if field else complaint.missing)
    if complaint.expected:
        return _wrong_type(field, complaint)
    if complaint.word:
        text = f"Invalid value for '{field}': {complaint.word} is not one of the supported values."
        return RequestError(text, field=field)
    return invalid(field, complaint.clause)


def _wrong_type(field: str, complaint: Complaint) -> RequestError:
    words = " or ".join(_WORDS.get(kind, kind) for kind in complaint.expected)
    got = _WORDS.get(complaint.got, complaint.got)
    place = f" for '{field}'" if field else ""
    return RequestError(f"Invalid type{place}: expected {words}, but got {got} instead.", field=field or None)

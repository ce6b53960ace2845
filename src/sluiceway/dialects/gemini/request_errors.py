"""What is wrong with a request's body, in Google's words: the shape decoder's complaint → `RequestError`.

Source: error bodies of Google's API (August 2026), such as ``Invalid value at 'contents[0].parts[0].text'
(TYPE_STRING), 5``.
"""

from __future__ import annotations

from sluiceway.dialects.complaints import read_complaint
from sluiceway.errors import RequestError

__all__ = ["invalid", "unreadable"]


def invalid(field: str, why: str) -> RequestError:
    """Return the error for a field whose value is wrong or missing."""
    return RequestError(f"Invalid value at '{field}': {why}", field=field)


def unreadable(error: Exception) -> RequestError:
    """Return the error for a body that the shape decoder refused."""
    complaint = read_complaint(error)
    if complaint is None:
        return RequestError("Invalid JSON payload received. The body of the request could not be parsed.")
    if not complaint.path:
        return RequestError(f"Invalid JSON payload received. {complaint.text}")
    return invalid(complaint.path, complaint.clause.replace("`", ""))

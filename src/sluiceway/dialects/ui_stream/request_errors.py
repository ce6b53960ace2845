"""What is wrong with a request's body, as a sentence for the developer of the page that sent it."""

from __future__ import annotations

from sluiceway.dialects.complaints import read_complaint
from sluiceway.errors import RequestError

__all__ = ["missing", "unreadable"]


def missing(field: str) -> RequestError:
    """Return the error for a field that must be there."""
    return RequestError(f"'{field}' is missing.", field=field)


def unreadable(error: Exception) -> RequestError:
    """Return the error for a body that the shape decoder refused."""
    complaint = read_complaint(error)
    if complaint is None:
        return RequestError("The request's body is not JSON.")
    if not complaint.path:
        return RequestError(f"The request's body is wrong: {complaint.text}.")
    return RequestError(f"'{complaint.path}' is wrong: {complaint.text}.", field=complaint.path)

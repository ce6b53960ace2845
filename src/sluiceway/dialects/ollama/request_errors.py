"""What is wrong with a request's body: the shape decoder's complaint → `RequestError`.

Source: Ollama's API reference, "Errors" (August 2026): one sentence in small letters.
"""

from __future__ import annotations

from sluiceway.dialects.complaints import read_complaint
from sluiceway.errors import RequestError

__all__ = ["invalid", "missing", "unreadable"]


def missing(field: str) -> RequestError:
    """Return the error for a field that must be there."""
    return RequestError(f"{field} is required", field=field)


def invalid(field: str, why: str) -> RequestError:
    """Return the error for a field whose value is wrong."""
    return RequestError(f"invalid {field}: {why}", field=field)


def unreadable(error: Exception) -> RequestError:
    """Return the error for a body that the shape decoder refused."""
    complaint = read_complaint(error)
    if complaint is None:
        return RequestError("the request body is not JSON")
    if complaint.missing:
        return missing(f"{complaint.path}.{complaint.missing}" if complaint.path else complaint.missing)
    return invalid(complaint.path or "body", complaint.clause)

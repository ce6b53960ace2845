"""``Sluiceway-Partial: json``: a reader of events wants to know how the answer's JSON document grows."""

from __future__ import annotations

from sluiceway.delivery.patches import PatchEncoder
from sluiceway.delivery.reader import FrameEncoder
from sluiceway.dialects.base import Framing, Target
from sluiceway.errors import RequestError

__all__ = ["PARTIAL", "add_patches", "wants_patches"]

PARTIAL = "sluiceway-partial"
"""The header field, in lower case."""


def wants_patches(target: Target, framing: Framing) -> bool:
    """Say whether a request's reader is to be told patches; who reads something else than events never is.

    Raises:
        RequestError: the header says something else than it can.
    """
    # Sluiceway-Partial: json
    wish = target.headers.get(PARTIAL, "off").lower()
    if wish not in {"json", "off"}:
        raise RequestError("Sluiceway-Partial is json or off", field="Sluiceway-Partial")
    return wish == "json" and framing is Framing.SSE


def add_patches(encoder: FrameEncoder, *, are_wanted: bool) -> FrameEncoder:
    """Return what encodes for such a reader, or ``encoder`` itself."""
    return PatchEncoder(encoder) if are_wanted else encoder

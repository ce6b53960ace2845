"""The bound on what a decoder keeps: an upstream cannot make us hold more than one event or line of the allowed size.

It refuses only; how large is too large is the caller's setting.
"""

from __future__ import annotations

from sluiceway.errors import BufferLimitExceeded

__all__ = ["check_size"]


def check_size(size_bytes: int, max_bytes: int, *, offset: int) -> None:
    """Refuse an event or line of more than ``max_bytes``.

    Args:
        size_bytes: what has come of it so far.
        max_bytes: the limit; this many are still allowed.
        offset: bytes of the input before it, for the error.

    Raises:
        BufferLimitExceeded: it is larger.
    """
    if size_bytes > max_bytes:
        raise BufferLimitExceeded(f"one event is larger than the limit of {max_bytes} bytes", offset=offset)

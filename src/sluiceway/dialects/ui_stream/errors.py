"""Error bodies: clients make the text of any response that is no success the error's message, so it is plain text.

Source: vercel/ai, ``packages/ai/src/ui/http-chat-transport.ts`` (August 2026).
"""

from __future__ import annotations

from sluiceway.errors import SluicewayError

__all__ = ["encode_error"]


def encode_error(error: SluicewayError) -> bytes:
    """Return the error's message."""
    return error.message.encode("utf-8", "replace")

"""The arguments of a finished tool call, as the value that clients are handed.

The text is kept as it is but for white space, so that no number loses digits on the way.
"""

from __future__ import annotations

import msgspec

__all__ = ["encode_input"]

_ANY = msgspec.json.Decoder()
_EMPTY = msgspec.Raw(b"{}")


def encode_input(text: str) -> msgspec.Raw | None:
    """Return arguments as JSON on one line, or None when they are not whole; no text at all is an empty object."""
    if not text:
        return _EMPTY
    body = text.encode()
    try:
        _ANY.decode(body)
        return msgspec.Raw(msgspec.json.format(body, indent=-1))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None

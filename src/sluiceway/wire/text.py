"""Text that JSON spells as it is.

Source: RFC 8259, section 7: a string may hold any character but quotes, backslashes and controls unescaped. What is
not printable in Unicode's sense is left out too: those who send it escape it.
"""

from __future__ import annotations

__all__ = ["VERBATIM_ASCII", "is_verbatim"]

VERBATIM_ASCII = bytes(code for code in range(0x20, 0x7F) if code not in b'"\\')
"""The ASCII characters that stand for themselves in a JSON string."""


def is_verbatim(data: bytes) -> bool:
    """Return whether ``data``, between two quotes, is a JSON string that stands for just these bytes."""
    if not data.translate(None, VERBATIM_ASCII):
        return True
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return '"' not in text and "\\" not in text and text.isprintable()

"""HTTP/1.1's chunked coding, as far as it is written here; llhttp reads it.

Source: RFC 9112, section 7.1.
"""

from __future__ import annotations

__all__ = ["CHUNK"]

CHUNK = b"%x\r\n%b\r\n"
"""A chunk, given its size in bytes, at least one, and what it holds. A format, no function: it is the hot path's."""

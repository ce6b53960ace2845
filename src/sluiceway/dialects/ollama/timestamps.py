"""Time stamps as Ollama writes them, RFC 3339 text, against Unix seconds.

Source: RFC 3339, section 5.6; Go's ``time.Time`` as JSON, which has up to nine digits behind the second.
"""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["decode_time", "encode_time"]

_YEAR_10000_UNIX_S = 253_402_300_800


def decode_time(text: str) -> int | None:
    """Return the whole Unix seconds of a time stamp, or None when it is none, or before 1970."""
    try:
        unix_s = int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return None
    return unix_s if unix_s > 0 else None


def encode_time(unix_s: int | None, otherwise_unix_s: int) -> str:
    """Return the time stamp of ``unix_s``, or of the other where it is unknown or has no four-digit year."""
    if unix_s is None or not 0 <= unix_s < _YEAR_10000_UNIX_S:
        unix_s = otherwise_unix_s
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

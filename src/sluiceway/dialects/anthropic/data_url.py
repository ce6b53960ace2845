"""``data:`` URLs, in which canonical parts hold what this vendor sends as base64 with its type beside it.

Source: RFC 2397; only the form with ``;base64`` is written or read, for it is what vendors' clients send.
"""

from __future__ import annotations

import re

__all__ = ["decode_data_url", "encode_data_url"]

# data:image/png;base64,iVBORw0KGgo=        data:text/plain;charset=utf-8;base64,aGk=
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[^;,]*)*;base64,", re.ASCII | re.IGNORECASE)


def encode_data_url(media_type: str, base64_data: str) -> str:
    """Return the URL that holds the data."""
    return f"data:{media_type};base64,{base64_data}"


def decode_data_url(url: str) -> tuple[str, str] | None:
    """Return the media type and the base64 data, or None when the URL is of another form."""
    found = _DATA_URL.match(url)
    return (found[1].lower(), url[found.end() :]) if found else None

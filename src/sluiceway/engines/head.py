"""Request heads: the bytes that go before a body.

A head is encoded once for each upstream and kind of request; only the length is filled in later. It refuses names and
values that could end a line early.
Source: RFC 9110 sections 5.1 and 5.5, RFC 9112 section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sluiceway.errors import SettingsError

__all__ = ["encode_head", "encode_message"]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x7e\t]*")


def encode_head(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return a request head without its last, empty line.

    Raises:
        SettingsError: a name or a value is not allowed on the wire. The value, which may be a key, is not repeated.
    """
    lines = [f"{method} {target} HTTP/1.1"]
    for name, value in headers:
        if not _NAME.fullmatch(name):
            raise SettingsError(f"not the name of a header: {name!r}")
        if not _VALUE.fullmatch(value):
            raise SettingsError(f"the value of the header {name} holds characters that are not allowed there")
        lines.append(f"{name}: {value}")
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def encode_message(head: bytes, body: bytes) -> bytes:
    """Return the whole request, to be written in one piece."""
    return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)

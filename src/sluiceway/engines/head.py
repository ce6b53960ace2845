"""Request heads: the bytes that go before a body.

The fields are encoded once for each upstream and kind of request; the line before them and the length are filled in
later. It refuses names and values that could end a line early.
Source: RFC 9110 sections 5.1 and 5.5, RFC 9112 section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sluiceway.errors import SettingsError

__all__ = ["encode_fields", "encode_line", "encode_message"]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x7e\t]*")


def encode_line(method: str, target: str) -> bytes:
    """Return the request line.

    Raises:
        SettingsError: the target is not allowed on the wire.
    """
    if not target or not target.isascii() or not target.isprintable() or " " in target:
        raise SettingsError(f"not the target of a request: {target!r}")
    return f"{method} {target} HTTP/1.1\r\n".encode("ascii")


def encode_fields(fields: Iterable[tuple[str, str]]) -> bytes:
    """Return header lines, without the empty line that ends a head.

    Raises:
        SettingsError: a name or a value is not allowed on the wire. The value, which may be a key, is not repeated.
    """
    lines = []
    for name, value in fields:
        if not _NAME.fullmatch(name):
            raise SettingsError(f"not the name of a header: {name!r}")
        if not _VALUE.fullmatch(value):
            raise SettingsError(f"the value of the header {name} holds characters that are not allowed there")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("ascii")


def encode_message(head: bytes, body: bytes) -> bytes:
    """Return the whole request, to be written in one piece."""
    return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)

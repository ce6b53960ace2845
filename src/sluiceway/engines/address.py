"""URLs of upstreams and proxies, decoded and checked before anything is sent to them.

It refuses what could smuggle something into a request head: white space, control characters and non-ASCII paths.
Source: RFC 3986 section 3, RFC 9110 section 4.2.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import msgspec

from sluiceway.engines.secret import Secret
from sluiceway.errors import SettingsError

__all__ = ["Address", "decode_address"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"[A-Za-z0-9_.:%-]+")


class Address(msgspec.Struct, frozen=True):
    """Where something listens, and below which path.

    Attributes:
        host: a name, or an IP address without brackets.
        port: its port.
        is_tls: whether TLS is spoken.
        path: the path without a trailing slash; empty for the root.
        query: what follows ``?``; empty for nothing.
        user: the user and password of the URL as ``user:password``; empty for none.
    """

    host: str
    port: int
    is_tls: bool
    path: str = ""
    query: str = ""
    user: Secret = msgspec.field(default_factory=Secret)

    @property
    def authority(self) -> str:
        """Return host and port as a ``Host`` header names them: the scheme's own port is left out."""
        is_default = self.port == _DEFAULT_PORTS["https" if self.is_tls else "http"]
        return self._bracketed if is_default else self.host_and_port

    @property
    def host_and_port(self) -> str:
        """Return host and port, always both."""
        return f"{self._bracketed}:{self.port}"

    @property
    def origin(self) -> str:
        """Return the URL up to the path."""
        return f"{'https' if self.is_tls else 'http'}://{self.authority}"

    def target(self, path: str) -> str:
        """Return the request target of ``path`` below this address."""
        return f"{self.path}{path}?{self.query}" if self.query else f"{self.path}{path}"

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def decode_address(url: str) -> Address:
    """Decode an ``http`` or ``https`` URL.

    Raises:
        SettingsError: it is no such URL. The message does not repeat the URL: it may hold a password.
    """
    if not _VISIBLE.fullmatch(url):
        raise SettingsError("a URL holds visible ASCII characters only")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        # Python's own words would repeat what stands in the port's place; in http://user:password that is a secret.
        raise SettingsError("the URL's host or port cannot be read") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise SettingsError("a URL begins with http:// or https://")
    if not _HOST.fullmatch(host) or port == 0 or ".." in host or len(host) > 253:
        raise SettingsError("the URL names no host and port that could be connected to")
    if "#" in url:
        raise SettingsError("the URL of a server has no fragment")
    return Address(
        host=host,
        port=_DEFAULT_PORTS[parts.scheme] if port is None else port,
        is_tls=parts.scheme == "https",
        path=parts.path.rstrip("/"),
        query=parts.query,
        user=Secret(unquote(parts.netloc.rpartition("@")[0])),
    )

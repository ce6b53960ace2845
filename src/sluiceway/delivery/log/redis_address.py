"""Where a Redis is: ``redis://user:password@host:6379/0``, and ``rediss://`` for TLS.

Several hosts, set apart by commas, are places where to ask for a cluster's nodes. A password is in no message.
"""

from __future__ import annotations

import ssl
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from sluiceway.errors import SettingsError

__all__ = ["Place", "RedisAddress", "decode_redis_url"]

_PORT = 6379
_CA_FILE = "ssl_ca_certs"

Place = tuple[str, int]
"""A host and a port."""


class RedisAddress(msgspec.Struct, frozen=True):
    """Where a Redis is, and how to be let in.

    Attributes:
        places: one server, or some of a cluster's.
        username: empty for the default one.
        password: empty for none.
        database: its number.
        is_tls: whether to speak TLS.
        ca_file: PEM file of who vouches for the server; empty for the system's own.
    """

    places: tuple[Place, ...]
    username: str = ""
    password: str = ""
    database: int = 0
    is_tls: bool = False
    ca_file: str = ""

    def __repr__(self) -> str:
        return f"RedisAddress({', '.join(f'{host}:{port}' for host, port in self.places)})"

    def context(self) -> ssl.SSLContext | None:
        """Return how to speak TLS; None without it.

        Raises:
            SettingsError: the file of authorities cannot be used.
        """
        if not self.is_tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file or None)
        except OSError as error:
            raise SettingsError(f"redis: {self.ca_file} cannot be used: {error.strerror or error}") from None


def decode_redis_url(url: str) -> RedisAddress:
    """Return what a URL says.

    Raises:
        SettingsError: it is none of a Redis; the message does not repeat it.
    """
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        database = int(parts.path.strip("/") or 0)
        login, _, hosts = parts.netloc.rpartition("@")
        places = tuple(_place(host) for host in hosts.split(","))
    except ValueError:
        raise SettingsError("redis: no valid URL; one is redis://user:password@host:6379/0") from None
    if parts.scheme not in {"redis", "rediss"} or not all(host for host, _ in places) or database < 0:
        raise SettingsError("redis: a URL such as redis://host:6379/0, or rediss:// for TLS, is needed")
    unknown = set(query) - {_CA_FILE}
    if unknown:
        raise SettingsError(f"redis: the URL's query has an unknown parameter: {', '.join(sorted(unknown))}")
    username, _, password = login.partition(":")
    return RedisAddress(
        places,
        unquote(username),
        unquote(password),
        database,
        parts.scheme == "rediss",
        query.get(_CA_FILE, [""])[-1],
    )


def _place(text: str) -> Place:
    parts = urlsplit(f"//{text}")
    return parts.hostname or "", parts.port or _PORT

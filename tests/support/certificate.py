"""A certificate for ``localhost`` in files, as servers are given it."""

from __future__ import annotations

import ssl
from pathlib import Path

import msgspec
import trustme

__all__ = ["Certificate", "write_certificate"]


class Certificate(msgspec.Struct, frozen=True):
    """Two PEM files, and a client's context that trusts them."""

    cert: str
    key: str
    trusting: ssl.SSLContext


def write_certificate(folder: Path) -> Certificate:
    """Make a certificate and write it into ``folder``."""
    authority = trustme.CA()
    own = authority.issue_cert("localhost", "127.0.0.1")
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(b"".join(pem.bytes() for pem in own.cert_chain_pems))
    key.write_bytes(own.private_key_pem.bytes())
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return Certificate(str(cert), str(key), context)

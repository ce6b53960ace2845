"""TLS towards upstreams: always verified, there is no switch for it.

Source: Python's ``ssl`` documentation, section "Security considerations".
"""

from __future__ import annotations

import ssl

from sluiceway.errors import SettingsError

__all__ = ["client_context", "describe_tls_failure"]


def client_context(ca_file: str = "") -> ssl.SSLContext:
    """Return a context that verifies names and certificates and speaks HTTP/1.1.

    Args:
        ca_file: a PEM file of authorities trusted instead of the system's; empty trusts the system's.

    Raises:
        SettingsError: the file cannot be read, or holds no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except OSError as exc:
        raise SettingsError(f"ca_file cannot be used: {exc.strerror or exc}") from exc
    context.set_alpn_protocols(["http/1.1"])
    return context


def describe_tls_failure(exc: ssl.SSLError) -> str:
    """Return what went wrong, without the address."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {exc.verify_message}"
    return f"TLS failed: {getattr(exc, 'reason', None) or 'the handshake was cut'}"

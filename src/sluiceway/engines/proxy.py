"""Proxies: which one to take, what to ask it, and what its answer means.

Only decisions and bytes; sockets are the dialer's. ``https`` upstreams are reached through a tunnel (``CONNECT``),
``http`` upstreams by sending the proxy the whole URL.
Source: RFC 9110 sections 9.3.6 and 11.7; the environment variables as curl and Go read them.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping

from sluiceway.engines.address import Address, decode_address
from sluiceway.engines.secret import Secret
from sluiceway.errors import EngineUnavailable, SettingsError

__all__ = [
    "MAX_TUNNEL_ANSWER_BYTES",
    "bypasses_proxy",
    "choose_proxy",
    "encode_connect",
    "proxy_authorization",
    "read_tunnel_answer",
]

MAX_TUNNEL_ANSWER_BYTES = 16 * 1024
"""The longest header section taken from a proxy; real ones are a few hundred bytes."""

_HOST_PORT = re.compile(r"(\[[^]]*\]|[^:]+):([0-9]+)")
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[ \r]")


def choose_proxy(upstream: Address, setting: Secret | None, environ: Mapping[str, str]) -> Address | None:
    """Return the proxy to reach ``upstream`` through, or None to go direct.

    Args:
        upstream: where to.
        setting: the proxy's URL from the settings; it wins. None asks the environment, empty goes direct.
        environ: ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY``, in either case; the lower case wins.

    Raises:
        SettingsError: the proxy's URL is none.
    """
    if setting is not None:
        return _decode_proxy(setting.reveal())
    if bypasses_proxy(upstream, _variable(environ, "no_proxy")):
        return None
    return _decode_proxy(_variable(environ, "https_proxy" if upstream.is_tls else "http_proxy"))


def bypasses_proxy(upstream: Address, no_proxy: str) -> bool:
    """Say whether ``upstream`` is reached without a proxy: this machine always is, else when ``no_proxy`` names it.

    Args:
        upstream: where to.
        no_proxy: a comma-separated list of names (subdomains included), addresses, networks (``10.0.0.0/8``), each
            optionally with a port, or ``*`` for everything.
    """
    host = upstream.host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost") or _is_loopback(host):
        return True
    return any(_names(entry.strip().lower(), host, upstream.port) for entry in no_proxy.split(",") if entry.strip())


def proxy_authorization(proxy: Address) -> list[tuple[str, str]]:
    """Return the header line that carries the user and password of the proxy's URL, if it has them."""
    if not proxy.user:
        return []
    token = base64.b64encode(proxy.user.reveal().encode()).decode("ascii")
    return [("Proxy-Authorization", f"Basic {token}")]


def encode_connect(upstream: Address, proxy: Address) -> bytes:
    """Return the request that asks ``proxy`` for a tunnel to ``upstream``."""
    target = upstream.host_and_port
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    lines += [f"{name}: {value}" for name, value in proxy_authorization(proxy)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def read_tunnel_answer(data: bytes) -> bool:
    """Say whether the bytes a proxy has sent so far open the tunnel; False asks for more of them.

    Raises:
        EngineUnavailable: it refused, or its bytes are no answer to ``CONNECT``.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if len(data) > MAX_TUNNEL_ANSWER_BYTES:
            raise EngineUnavailable("the proxy's answer is too long")
        return False
    # HTTP/1.1 200 Connection established
    status = _STATUS_LINE.match(data)
    if status is None:
        raise EngineUnavailable("the proxy does not speak HTTP")
    if not status[1].startswith(b"2"):
        raise EngineUnavailable(f"the proxy refused the tunnel with status {status[1].decode('ascii')}")
    if len(data) > end + 4:
        raise EngineUnavailable("the proxy sent bytes of its own into the tunnel")
    return True


def _decode_proxy(url: str) -> Address | None:
    if not url:
        return None
    # Many write the proxy as host:port.
    proxy = decode_address(url if "://" in url else f"http://{url}")
    if proxy.path or proxy.query:
        raise SettingsError("the URL of a proxy has no path")
    return proxy


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""


def _is_loopback(host: str) -> bool:
    address = _ip(host)
    return address is not None and address.is_loopback


def _names(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    with_port = _HOST_PORT.fullmatch(entry)
    if with_port is not None:
        if int(with_port[2]) != port:
            return False
        entry = with_port[1]
    entry = entry.strip("[]")
    address = _ip(host)
    if address is not None:
        return _holds(entry, address)
    name = entry.removeprefix("*").removeprefix(".")
    return host == name or host.endswith(f".{name}")


def _holds(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

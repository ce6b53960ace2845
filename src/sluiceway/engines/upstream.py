"""The engine over HTTP: any server that speaks one of the dialects.

Puts together what the other modules here do: `address` and `proxy` find the way, `dialer` opens sockets, `pool` keeps
them warm, `transport` speaks HTTP, `call` runs one answer. It retries nothing but a stale connection; which upstream
comes next is routing's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib.metadata import version

from sluiceway.dialects.base import Dialect
from sluiceway.engine import Capabilities, Sink
from sluiceway.engines.address import decode_address
from sluiceway.engines.call import Terms, UpstreamCall
from sluiceway.engines.dialer import Dialer, Route
from sluiceway.engines.fetch import fetch
from sluiceway.engines.head import encode_head, encode_message
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.pool import Pool, PoolLimits
from sluiceway.engines.proxy import choose_proxy, proxy_authorization
from sluiceway.engines.rules import BodyKind, foreign_body_error, judge_head, status_error
from sluiceway.engines.tls import client_context
from sluiceway.engines.transport import HeadLimits
from sluiceway.errors import EngineError, EngineUnavailable, SettingsError
from sluiceway.request import Request

__all__ = ["UpstreamEngine"]


class UpstreamEngine:
    """An `sluiceway.engine.Engine` over HTTP/1.1.

    Args:
        options: where it is, and its limits.
        dialect: what it speaks.
        environ: where the proxy's variables are looked up; None for nowhere.
        capabilities: what it can do; all by default.

    Raises:
        SettingsError: an option cannot be used.
    """

    def __init__(
        self,
        options: UpstreamOptions,
        dialect: Dialect,
        *,
        environ: Mapping[str, str] | None = None,
        capabilities: Capabilities | None = None,
    ) -> None:
        self.name = options.name
        self.capabilities = capabilities or Capabilities()
        self._options = options
        self._dialect = dialect
        self._route = _route(options, environ or {})
        self._stream_head = self._head("POST", dialect.upstream_path, "text/event-stream")
        self._unary_head = self._head("POST", dialect.upstream_path, "application/json")
        self._models_head = self._head("GET", dialect.models_path, "application/json")
        limits = PoolLimits(
            head=HeadLimits(max_bytes=options.max_header_bytes, max_lines=options.max_headers),
            max_idle=options.max_idle_connections,
            idle_s=options.idle_connection_s,
        )
        self._pool = Pool(Dialer(self._route, options.connect_timeout_s), limits)
        self._calls: set[UpstreamCall] = set()
        self._terms = Terms(options, dialect, self._pool, self._calls.discard)
        self._is_closed = False

    def start(self, request: Request, sink: Sink) -> UpstreamCall:
        """Begin one answer.

        Raises:
            RequestError: the dialect cannot express the request.
        """
        head = self._stream_head if request.stream else self._unary_head
        message = encode_message(head, self._dialect.encode_request(request))
        call = UpstreamCall(self._terms, message, sink, is_stream=request.stream)
        self._calls.add(call)
        if self._is_closed:
            asyncio.get_running_loop().call_soon(call.fail, EngineUnavailable("the engine is closed"))
        else:
            call.begin()
        return call

    async def list_models(self) -> list[str]:
        """Return the names from the settings, else ask the upstream.

        Raises:
            EngineError: it cannot be reached, or answers with an error.
            RemoteProtocolError: what it answers is no list of models.
        """
        if self._options.models:
            return list(self._options.models)
        head, body = await fetch(self._pool, self._models_head + b"\r\n", self._options)
        kind = judge_head(head, is_stream=False)
        if kind is BodyKind.ERROR:
            raise status_error(head, body, self._dialect.decode_error, self._options.api_key)
        if kind is not BodyKind.UNARY:
            raise foreign_body_error(head, body, self._options.api_key)
        return self._dialect.decode_models(body)

    async def is_ready(self) -> bool:
        """Say whether a connection is there or can be had now; one that is made for this is kept."""
        if self._is_closed:
            return False
        return self._pool.has_idle or await self._warm()

    async def open(self) -> None:
        """Open the connections that are to be warm from the start; an upstream that is not up yet is no failure."""
        await asyncio.gather(*(self._warm() for _ in range(self._options.prewarm_connections)))

    async def close(self) -> None:
        """End running calls with an error and close every connection."""
        self._is_closed = True
        for call in list(self._calls):
            call.fail(EngineUnavailable("the engine was closed"))
        await self._pool.close()

    async def _warm(self) -> bool:
        try:
            connection = await self._pool.dial()
        except EngineError:
            return False
        self._pool.keep(connection)
        return True

    def _head(self, method: str, path: str, accept: str) -> bytes:
        route, options = self._route, self._options
        target = route.upstream.target(path)
        headers = [
            ("Host", route.upstream.authority),
            ("User-Agent", f"sluiceway/{version('sluiceway')}"),
            ("Accept", accept),
            ("Accept-Encoding", "identity"),
        ]
        if method == "POST":
            headers.append(("Content-Type", "application/json"))
        if options.api_key:
            headers += self._dialect.auth_headers(options.api_key.reveal())
        if route.proxy is not None and route.is_forwarded:
            headers += proxy_authorization(route.proxy)
            target = route.upstream.origin + target
        return encode_head(method, target, headers)


def _route(options: UpstreamOptions, environ: Mapping[str, str]) -> Route:
    upstream = decode_address(options.base_url)
    if upstream.user:
        raise SettingsError("base_url holds a password; a key belongs in api_key")
    proxy = choose_proxy(upstream, options.proxy, environ)
    needs_tls = upstream.is_tls or (proxy is not None and proxy.is_tls)
    return Route(upstream, proxy, client_context(options.ca_file) if needs_tls else None)

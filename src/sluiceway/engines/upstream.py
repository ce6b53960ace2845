"""The engine over HTTP: any server that speaks one of the dialects.

Puts together what the other modules here do: `address` and `proxy` find the way, `dialer` opens sockets, `pool` keeps
them warm, `transport` speaks HTTP, `call` runs one answer. It sends a request anew only where a warm connection was
closed before the upstream had all of it; which upstream comes next is routing's business.
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
from sluiceway.engines.head import encode_fields, encode_line, encode_message
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.pool import Pool, PoolLimits
from sluiceway.engines.proxy import choose_proxy, proxy_authorization
from sluiceway.engines.rules import BodyKind, foreign_body_error, judge_head, status_error
from sluiceway.engines.tls import client_context
from sluiceway.engines.transport import HeadLimits
from sluiceway.errors import EngineError, EngineUnavailable, SettingsError, UnsupportedFeature
from sluiceway.request import Request

__all__ = ["UpstreamEngine"]


class UpstreamEngine:
    """An `sluiceway.engine.Engine` over HTTP/1.1.

    Args:
        options: where it is, and its limits.
        dialect: what it speaks.
        environ: where the proxy's variables are looked up; None for nowhere.

    Raises:
        SettingsError: an option cannot be used, or nobody speaks that dialect to upstreams.
    """

    def __init__(
        self,
        options: UpstreamOptions,
        dialect: Dialect,
        *,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        side = dialect.upstream
        if side is None:
            raise SettingsError(f"no upstream speaks the dialect '{dialect.name}'")
        self.name = options.name
        self.capabilities = Capabilities(dialect.name, side.rules)
        self._options = options
        self._side = side
        self._route = _route(options, environ or {})
        self._stream_fields = self._fields("text/event-stream", has_body=True)
        self._unary_fields = self._fields("application/json", has_body=True)
        limits = PoolLimits(
            head=HeadLimits(max_bytes=options.max_header_bytes, max_lines=options.max_headers),
            max_idle=options.max_idle_connections,
            idle_s=options.idle_connection_s,
        )
        self._pool = Pool(Dialer(self._route, options.connect_timeout_s), limits)
        self._calls: set[UpstreamCall] = set()
        self._terms = Terms(options, side, self._pool, self._calls.discard)
        self._is_closed = False

    def start(self, request: Request, sink: Sink) -> UpstreamCall:
        """Begin one answer.

        Raises:
            RequestError: the dialect cannot express the request.
        """
        side = self._side
        fields = self._stream_fields if request.stream else self._unary_fields
        if request.headers and request.dialect == self.capabilities.dialect:
            fields += encode_fields(request.headers.items())
        line = encode_line("POST", self._target(side.path(request)))
        message = encode_message(line + fields, side.encode_request(request))
        call = UpstreamCall(self._terms, message, sink, is_stream=request.stream)
        self._calls.add(call)
        if self._is_closed:
            asyncio.get_running_loop().call_soon(call.fail, EngineUnavailable("the engine is closed"))
        else:
            call.begin()
        return call

    async def forward(self, dialect: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Send a small request as it is, and return the status and the body of the answer.

        Raises:
            UnsupportedFeature: the upstream does not speak that dialect.
            EngineError: it cannot be reached.
            RemoteProtocolError: its answer breaks HTTP, or a limit.
        """
        if dialect != self.capabilities.dialect:
            raise UnsupportedFeature(f"the model's upstream does not speak '{dialect}'")
        message = encode_message(encode_line("POST", self._target(path)) + self._unary_fields, body)
        head, answer = await fetch(self._pool, message, self._options)
        judge_head(head, is_stream=False)
        return head.status, self._options.api_key.redact(answer.decode("utf-8", "replace")).encode()

    async def list_models(self) -> list[str]:
        """Return the names from the settings, else ask the upstream.

        Raises:
            EngineError: it cannot be reached, or answers with an error.
            RemoteProtocolError: what it answers is no list of models.
        """
        if self._options.models:
            return list(self._options.models)
        side = self._side
        request = encode_line("GET", self._target(side.models_path)) + self._fields("application/json")
        head, body = await fetch(self._pool, request + b"\r\n", self._options)
        kind = judge_head(head, is_stream=False)
        if kind is BodyKind.ERROR:
            raise status_error(head, body, side.decode_error, self._options.api_key)
        if kind is not BodyKind.UNARY:
            raise foreign_body_error(head, body, self._options.api_key)
        return side.decode_models(body)

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

    def _target(self, path: str) -> str:
        route = self._route
        target = route.upstream.target(path)
        return route.upstream.origin + target if route.proxy is not None and route.is_forwarded else target

    def _fields(self, accept: str, *, has_body: bool = False) -> bytes:
        route, options = self._route, self._options
        fields = [
            ("Host", route.upstream.authority),
            ("User-Agent", f"sluiceway/{version('sluiceway')}"),
            ("Accept", accept),
            ("Accept-Encoding", "identity"),
        ]
        if has_body:
            fields.append(("Content-Type", "application/json"))
        fields += self._side.headers(options.api_key.reveal() if options.api_key else "")
        if route.proxy is not None and route.is_forwarded:
            fields += proxy_authorization(route.proxy)
        return encode_fields(fields)


def _route(options: UpstreamOptions, environ: Mapping[str, str]) -> Route:
    upstream = decode_address(options.base_url)
    if upstream.user:
        raise SettingsError("base_url holds a password; a key belongs in api_key")
    proxy = choose_proxy(upstream, options.proxy, environ)
    needs_tls = upstream.is_tls or (proxy is not None and proxy.is_tls)
    return Route(upstream, proxy, client_context(options.ca_file) if needs_tls else None)

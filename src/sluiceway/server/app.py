"""The application: a plain ASGI callable, to be served on its own or mounted in FastAPI or Starlette.

Mounted, it gets no lifespan of its own: it opens its engines at the first request, and whoever mounts it closes it
with ``await app.close()``.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.routing import Route, Router

from sluiceway.clock import unix_time_s
from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.engines.routing import Routing
from sluiceway.errors import RequestError, SluicewayError
from sluiceway.server import operations, streams
from sluiceway.server.asgi import Receive, Scope, Send
from sluiceway.server.engines import build_routing
from sluiceway.server.respond import Completions, send_error
from sluiceway.server.service import Ambient, Service
from sluiceway.server.settings import Settings

__all__ = ["App", "create_app"]

Endpoint = Callable[[Scope, Receive, Send], Awaitable[None]]


class App:
    """Sluiceway as an ASGI application.

    Attributes:
        service: what its requests share.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._router = Router(routes=_routes(service), default=_not_found, redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection: a lifespan, or an HTTP request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._router(scope, receive, send)

    async def open(self) -> None:
        """Open the engines; requests do it too.

        Raises:
            EngineUnavailable: an engine cannot be made ready.
        """
        await self.service.open()

    async def close(self) -> None:
        """End live answers and close the engines. Idempotent."""
        await self.service.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.open()
        except SluicewayError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.service.drain(self.service.settings.drain_s)
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})


def create_app(
    settings: Settings, *, routing: Routing | None = None, environ: Mapping[str, str] | None = None
) -> App:
    """Return an application.

    Args:
        settings: the settings.
        routing: the engines; None builds those the settings name.
        environ: where proxies are looked up; None for nowhere.

    Raises:
        SettingsError: an engine cannot be built from the settings.
    """
    ambient = Ambient(clock=time.monotonic, unix_clock=unix_time_s, make_id=_make_id)
    return App(Service(settings, routing or build_routing(settings, environ or {}), ambient))


def _make_id() -> str:
    return f"gen-{secrets.token_hex(16)}"


def _routes(service: Service) -> list[Route]:
    def route(path: str, **by_method: Endpoint) -> Route:
        return Route(path, _Methods(by_method))

    def bound(endpoint: Callable[[Service, Scope, Receive, Send], Awaitable[None]]) -> Endpoint:
        return partial(endpoint, service)

    return [
        route("/v1/chat/completions", POST=Completions(service, OPENAI_CHAT)),
        route("/v1/models", GET=bound(operations.list_models)),
        route("/v1/streams", GET=bound(streams.list_streams)),
        route("/v1/streams/{id}", DELETE=bound(streams.stop_stream)),
        route("/healthz", GET=bound(operations.healthz)),
        route("/readyz", GET=bound(operations.readyz)),
        route("/metrics", GET=bound(operations.metrics)),
    ]


class _Methods:
    """An endpoint that chooses by the request's method, and answers errors in JSON."""

    def __init__(self, by_method: Mapping[str, Endpoint]) -> None:
        self._by_method = dict(by_method)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        endpoint = self._by_method.get(method)
        try:
            if endpoint is None:
                raise RequestError(f"{scope['path']} takes {', '.join(self._by_method)}", status=405)
            await endpoint(scope, receive, send)
        except SluicewayError as error:
            await send_error(send, error, OPENAI_CHAT)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    await send_error(send, RequestError(f"there is nothing at {scope['path']}", status=404), OPENAI_CHAT)

"""The application: a plain ASGI callable, to be served on its own or mounted in FastAPI or Starlette.

Mounted, it gets no lifespan of its own: it opens its engines at the first request, and whoever mounts it closes it
with ``await app.close()``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path

import msgspec
from starlette.routing import Route, Router

from sluiceway.clock import unix_time_s
from sluiceway.dialects.base import Dialect, ReaderSide
from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.dialects.registry import DIALECTS
from sluiceway.engines.llama.address import LlamaAddress
from sluiceway.engines.routing import Routing
from sluiceway.errors import RequestError, SluicewayError
from sluiceway.server import operations
from sluiceway.server.asgi import Receive, Scope, Send, send_whole
from sluiceway.server.engines import build_routing
from sluiceway.server.following import Following
from sluiceway.server.forward import Forward
from sluiceway.server.respond import Completions, send_error
from sluiceway.server.revisit import Returning, Stopping
from sluiceway.server.service import Ambient, Service
from sluiceway.server.settings import Settings
from sluiceway.server.siblings import Siblings

__all__ = ["App", "Place", "create_app"]

AsgiEndpoint = Callable[[Scope, Receive, Send], Awaitable[None]]

assert OPENAI_CHAT.reader is not None
_OTHERS = OPENAI_CHAT.reader
"""Errors of paths that belong to no dialect are told in the best known one."""


class Place(msgspec.Struct, frozen=True):
    """A process's place among several that serve together.

    Attributes:
        folder: where they find each other; None when there is only one.
        name: of this one's socket there.
        llama: the llama.cpp they share; None when this process is to have its own.
    """

    folder: Path | None = None
    name: str = ""
    llama: LlamaAddress | None = None


class App:
    """Sluiceway as an ASGI application.

    Args:
        service: what its requests share.
        siblings: the other processes of the same server.
        dialects: what is served.

    Attributes:
        service: what its requests share.
        siblings: the other processes of the same server.
    """

    def __init__(
        self, service: Service, siblings: Siblings, dialects: Collection[Dialect] = tuple(DIALECTS.values())
    ) -> None:
        self.service = service
        self.siblings = siblings
        following = Following(service, {dialect.name: dialect for dialect in dialects if dialect.reader}, _OTHERS)
        routes = [*_dialect_routes(service, siblings, dialects), *_routes(service, siblings, following)]
        self._router = Router(routes=routes, default=_not_found, redirect_slashes=False)
        self._by_path = {route.path: route.endpoint for route in routes if not route.param_convertors}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection: a lifespan, or an HTTP request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            # A fixed path needs none of the router's patterns, which take a fiftieth of a short request, and more for
            # those further down. Where we are mounted below another path, only the router knows ours.
            path = "" if scope.get("root_path") else scope["path"]
            await self._by_path.get(path, self._router)(scope, receive, send)

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
    settings: Settings,
    *,
    routing: Routing | None = None,
    environ: Mapping[str, str] | None = None,
    place: Place | None = None,
) -> App:
    """Return an application.

    Args:
        settings: the settings.
        routing: the engines; None builds those the settings name.
        environ: where proxies are looked up; None for nowhere.
        place: this process's place among several that serve together; None when it is alone.

    Raises:
        SettingsError: an engine cannot be built from the settings.
    """
    ambient = Ambient(clock=time.monotonic, unix_clock=unix_time_s, make_id=_make_id)
    place = place or Place()
    service = Service(settings, routing or build_routing(settings, environ or {}, place.llama), ambient)
    return App(service, Siblings(service, place.folder, place.name))


def _make_id() -> str:
    return f"gen-{os.urandom(16).hex()}"


def _route(path: str, side: ReaderSide = _OTHERS, **by_method: AsgiEndpoint) -> Route:
    return Route(path, _Methods(by_method, side))


def _dialect_routes(service: Service, siblings: Siblings, dialects: Collection[Dialect]) -> Iterator[Route]:
    """Give the routes of everything that dialects say of themselves."""
    for dialect in dialects:
        if dialect.reader is not None:
            yield from _completion_routes(service, dialect, dialect.reader)
            yield from _other_routes(service, siblings, dialect.reader)
    for path, sides in _model_lists(dialects).items():
        yield _route(path, sides[0], GET=partial(operations.list_models, service, sides))


def _completion_routes(service: Service, dialect: Dialect, side: ReaderSide) -> Iterator[Route]:
    for endpoint in side.endpoints:
        yield _route(endpoint.path, side, POST=Completions(service, dialect, endpoint))
    for path, forwarded in side.forwarded.items():
        yield _route(path, side, POST=Forward(service, dialect, forwarded))
    revisits = side.revisits
    if revisits is not None:
        yield _route(revisits.path, side, GET=Returning(service, dialect, revisits))
        if revisits.stop_path:
            yield _route(revisits.stop_path, side, POST=Stopping(service, dialect, revisits))


def _other_routes(service: Service, siblings: Siblings, side: ReaderSide) -> Iterator[Route]:
    if side.running_path:
        yield _route(side.running_path, side, GET=partial(operations.list_running, service, siblings, side))
    for path, page in side.pages.items():
        yield _route(path, side, GET=partial(operations.send_page, page))
    for path, why in side.absent.items():
        yield _route(path, side, **dict.fromkeys(("GET", "POST", "DELETE"), partial(operations.refuse, why)))


def _model_lists(dialects: Collection[Dialect]) -> dict[str, list[ReaderSide]]:
    """Return the paths of lists of models, each with the dialects that share it."""
    by_path: dict[str, list[ReaderSide]] = {}
    for dialect in dialects:
        if dialect.reader and dialect.reader.models_path:
            by_path.setdefault(dialect.reader.models_path, []).append(dialect.reader)
    return by_path


def _routes(service: Service, siblings: Siblings, following: Following) -> list[Route]:
    return [
        _route("/v1/streams", GET=partial(operations.list_streams, siblings)),
        _route("/v1/streams/{id}", GET=following, DELETE=partial(operations.stop_stream, siblings)),
        _route("/healthz", GET=partial(operations.healthz, service)),
        _route("/readyz", GET=partial(operations.readyz, service)),
        _route("/metrics", GET=partial(operations.metrics, siblings)),
    ]


class _Methods:
    """An endpoint that chooses by the request's method, and answers errors in the words of a dialect."""

    def __init__(self, by_method: Mapping[str, AsgiEndpoint], side: ReaderSide) -> None:
        self._by_method = dict(by_method)
        self._side = side

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        endpoint = self._by_method.get(method)
        if endpoint is None:
            await self._refuse(scope, send)
            return
        try:
            await endpoint(scope, receive, send)
        except SluicewayError as error:
            await send_error(send, error, self._side)

    async def _refuse(self, scope: Scope, send: Send) -> None:
        allowed = ", ".join(self._by_method)
        error = RequestError(f"{scope['path']} takes {allowed}", status=405)
        headers = [(b"allow", allowed.encode())]
        await send_whole(send, 405, self._side.encode_error(error), self._side.error_type, headers)


async def _not_found(scope: Scope, _receive: Receive, send: Send) -> None:
    await send_error(send, RequestError(f"there is nothing at {scope['path']}", status=404), _OTHERS)

"""Which engine answers a request: by the model's name.

An engine that names its models gets exactly those; the first engine that names none gets every other name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from sluiceway.engine import Engine
from sluiceway.errors import ModelNotFound, RequestError, SluicewayError

__all__ = ["Route", "Routing"]


class Route(msgspec.Struct, frozen=True):
    """An engine and the names it answers to; no names means any."""

    engine: Engine
    models: tuple[str, ...] = ()


class Routing:
    """Chooses among engines, and opens and closes them together.

    Args:
        routes: in order of preference.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)
        self._by_model = {model: route.engine for route in reversed(routes) for model in route.models}
        self._any = next((route.engine for route in routes if not route.models), None)

    def choose(self, model: str) -> Engine:
        """Return the engine that serves ``model``.

        Raises:
            ModelNotFound: nobody does.
        """
        engine = self._by_model.get(model, self._any)
        if engine is None:
            raise _missing(model)
        return engine

    async def find(self, model: str) -> Engine:
        """Return the engine that serves ``model``, where one that takes every name has it in its list too.

        Raises:
            ModelNotFound: nobody does.
            SluicewayError: the list cannot be had now.
        """
        engine = self.choose(model)
        names = await engine.list_models()
        if names and model not in names:
            raise _missing(model)
        return engine

    @property
    def usual_model(self) -> str:
        """The model for requests that name none.

        Raises:
            RequestError: no engine names its models.
        """
        for route in self._routes:
            if route.models:
                return route.models[0]
        raise RequestError("name a model: there is none that is the usual one", field="model")

    async def list_models(self) -> list[str]:
        """Return every name that can be asked for, as far as the engines tell.

        Raises:
            SluicewayError: no engine told, and one of them failed.
        """
        answers = await asyncio.gather(*map(_names, self._routes))
        names = dict.fromkeys(name for answer in answers if isinstance(answer, list) for name in answer)
        failures = [answer for answer in answers if isinstance(answer, SluicewayError)]
        if failures and not names:
            raise failures[0]
        return list(names)

    async def list_loaded(self) -> list[str]:
        """Return the names of the models that are in this machine's memory now."""
        local = [route for route in self._routes if route.engine.capabilities.is_local]
        are_ready = await asyncio.gather(*(route.engine.is_ready() for route in local))
        return [name for route, is_ready in zip(local, are_ready, strict=True) if is_ready for name in route.models]

    async def is_ready(self) -> bool:
        """Say whether at least one engine has a chance to answer now."""
        return any(await asyncio.gather(*(route.engine.is_ready() for route in self._routes)))

    async def open(self) -> None:
        """Open every engine.

        Raises:
            EngineUnavailable: one of them cannot be made ready.
        """
        await asyncio.gather(*(route.engine.open() for route in self._routes))

    async def close(self) -> None:
        """Close every engine. Idempotent."""
        await asyncio.gather(*(route.engine.close() for route in self._routes))


def _missing(model: str) -> ModelNotFound:
    return ModelNotFound(f"the model '{model}' does not exist here", field="model")


async def _names(route: Route) -> list[str] | SluicewayError:
    if route.models:
        return list(route.models)
    try:
        return await route.engine.list_models()
    except SluicewayError as error:
        return error

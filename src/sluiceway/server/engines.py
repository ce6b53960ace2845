"""Builds the engines that the settings name."""

from __future__ import annotations

from collections.abc import Mapping

from sluiceway.dialects.registry import DIALECTS
from sluiceway.engines.llama.address import LlamaAddress
from sluiceway.engines.llama.engine import LlamaEngine
from sluiceway.engines.llama.options import model_name
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.routing import Route, Routing
from sluiceway.engines.upstream import UpstreamEngine
from sluiceway.errors import SettingsError
from sluiceway.server.settings import Settings

__all__ = ["build_routing"]


def build_routing(
    settings: Settings, environ: Mapping[str, str], llama_address: LlamaAddress | None = None
) -> Routing:
    """Return the engines, the local model first.

    Args:
        settings: the settings.
        environ: where proxies are looked up.
        llama_address: a llama.cpp that another process supervises; None has this one supervise its own.

    Raises:
        SettingsError: an upstream's dialect is unknown, or an option cannot be used.
    """
    upstreams, llama = settings.engines()
    routes = []
    if llama is not None:
        routes.append(Route(LlamaEngine(llama, llama_address), (model_name(llama),)))
    routes += [Route(_upstream(options, environ), options.models) for options in upstreams]
    return Routing(routes)


def _upstream(options: UpstreamOptions, environ: Mapping[str, str]) -> UpstreamEngine:
    dialect = DIALECTS.get(options.dialect)
    if dialect is None:
        known = ", ".join(DIALECTS)
        raise SettingsError(f"upstream '{options.name}': the dialect '{options.dialect}' is none of {known}")
    try:
        return UpstreamEngine(options, dialect, environ=environ)
    except SettingsError as error:
        raise SettingsError(f"upstream '{options.name}': {error}") from None

"""The command line: ``sluiceway serve`` and ``sluiceway check``.

Every setting that is a single value is a flag of ``serve``; its name, type, default and help are read off `Settings`.
"""

from __future__ import annotations

import inspect
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import msgspec
import typer
import uvloop

from sluiceway.engines.address import decode_address
from sluiceway.engines.llama.options import model_name
from sluiceway.engines.secret import Secret
from sluiceway.errors import SluicewayError
from sluiceway.server.app import create_app
from sluiceway.server.serve import check_port, serve
from sluiceway.server.settings import Settings
from sluiceway.server.sources import ENV_PREFIX, SCALARS, read_settings
from sluiceway.server.workers import serve_workers

__all__ = ["build_cli", "main"]

Config = Annotated[
    Path | None, typer.Option(metavar="FILE.toml", help="File with settings.", envvar=f"{ENV_PREFIX}CONFIG")
]
Upstream = Annotated[
    list[str] | None, typer.Option(metavar="[DIALECT:]URL", help="Base URL of an upstream; may be repeated.")
]
Model = Annotated[str | None, typer.Option(metavar="FILE.gguf", help="Serve this model with llama.cpp.")]


def main() -> None:
    """Run the command line; an error of ours becomes one line and exit code 1."""
    try:
        build_cli()()
    except SluicewayError as error:
        sys.stderr.write(f"sluiceway: {error}\n")
        sys.exit(1)


def build_cli() -> typer.Typer:
    """Return the command line as an application of typer."""
    cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    cli.command("serve", help=_serve.__doc__)(_command())
    cli.command("check")(_check)
    return cli


def _serve(flags: Mapping[str, object], config: Path | None) -> None:
    """Serve completions. With no upstream and no model named, the embedded model answers."""
    settings = read_settings(flags, os.environ, config)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    check_port(settings)
    if settings.workers > 1:
        uvloop.run(serve_workers(settings, os.environ, lambda: _announce(settings)))
    else:
        app = create_app(settings, environ=os.environ)
        uvloop.run(serve(app, settings, lambda: _announce(settings)))


def _check(config: Config = None) -> None:
    """Read a configuration as `serve` would, and say what is wrong with it or what it comes to."""
    settings = read_settings({}, os.environ, config)
    create_app(settings, environ=os.environ)
    upstreams, llama = settings.engines()
    print(f"good: listens on {_url(settings)}")
    if llama is not None:
        print(f"  {llama.name}: the model {model_name(llama)}, in this machine's llama.cpp")
    for upstream in upstreams:
        models = ", ".join(upstream.models) or "any model"
        address = decode_address(upstream.base_url)  # without a password or a query
        print(f"  {upstream.name}: {models}, {upstream.dialect} at {address.origin}{address.path}")


def _command() -> Any:
    """Return the function behind ``serve``, with one parameter for each flag."""

    def serve_with(**flags: object) -> None:
        config = flags.pop("config")
        assert config is None or isinstance(config, Path)
        _serve(flags, config)

    own = {"upstream": Upstream, "model": Model, "config": Config}
    hints = get_type_hints(Settings, include_extras=True)
    own |= {name: _option(name, hints[name]) for name in SCALARS}
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint)
        for name, hint in own.items()
    ]
    command: Any = serve_with
    command.__signature__ = inspect.Signature(parameters)
    command.__annotations__ = dict(own)
    return command


def _option(name: str, hint: Any) -> Any:
    kind, *metas = get_args(hint)
    text = next(str(meta.description) for meta in metas if isinstance(meta, msgspec.Meta))
    default = next(field.default for field in msgspec.structs.fields(Settings) if field.name == name)
    is_secret = kind is Secret
    told = text if is_secret or default == "" else f"{text} Default: {default}."
    metavar = "URL" if is_secret else kind.__name__.upper()
    return Annotated[str | None, typer.Option(metavar=metavar, help=told)]


def _url(settings: Settings) -> str:
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{settings.port}"


def _announce(settings: Settings) -> None:
    upstreams, llama = settings.engines()
    named = [model_name(llama)] if llama is not None else [m for upstream in upstreams for m in upstream.models]
    model = named[0] if named else "MODEL"
    messages = '[{"role":"user","content":"Tell me a story about a river."}]'
    body = f'{{"model":"{model}","stream":true,"messages":{messages}}}'
    url = _url(settings)
    print(f"Sluiceway serves {', '.join(named) or 'any model its upstreams have'} at {url}\n\nTry it:\n")
    print(f"curl -N {url}/v1/chat/completions -H 'Content-Type: application/json' -d '{body}'\n", flush=True)

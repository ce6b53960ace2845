"""Reads settings from their sources: flags before environment before the TOML file before the defaults.

Every message says which source is wrong: the flag, the variable, or the file with the line and the key.
"""

from __future__ import annotations

import re
import ssl
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from sluiceway.delivery.log.redis_address import decode_redis_url
from sluiceway.dialects.registry import DIALECTS
from sluiceway.engines.address import decode_address
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.secret import decode_secret
from sluiceway.errors import SettingsError
from sluiceway.server import toml_lines
from sluiceway.server.guards import GuardOptions, read_plan
from sluiceway.server.settings import Settings

__all__ = ["ENV_PREFIX", "SCALARS", "read_settings"]

ENV_PREFIX = "SLUICEWAY_"

SCALARS = tuple(name for name in Settings.__struct_fields__ if name not in {"upstreams", "llama", "guards"})
"""The settings that are one value each, and so have a flag and a variable of their own."""

# What a flag or a variable that is no single value sets.
_UPSTREAM, _UPSTREAM_KEY, _MODEL = "upstream", "upstream_api_key", "model"

Values = dict[str, object]
Spell = Callable[[str], str]


def read_settings(flags: Mapping[str, object], environ: Mapping[str, str], config: Path | None = None) -> Settings:
    """Return the settings.

    Args:
        flags: by setting name (``drain_s``), and ``upstream`` (a list) and ``model``; None means not given.
        environ: the process's environment.
        config: the TOML file, or None.

    Raises:
        SettingsError: a source is wrong; the message names the source and the key.
    """
    text = _read(config) if config else ""
    values = _parse(text, config)
    origins: dict[str, str] = {}
    _overlay(values, origins, _from_environ(environ), lambda name: f"{ENV_PREFIX}{name.upper()}")
    _overlay(values, origins, _given(flags), lambda name: f"--{name.replace('_', '-')}")
    try:
        _resolve_keys(values, environ)
        settings = msgspec.convert(values, Settings, strict=False, dec_hook=decode_secret)
        _check_files(settings)
        _check_upstreams(settings.upstreams)
        _check_redis(settings)
        _check_guards(settings.guards)
    except (msgspec.ValidationError, _Wrong) as error:
        raise SettingsError(_explain(error, text, config, origins)) from None
    return settings


class _Wrong(Exception):
    """A value is wrong in a way its type does not tell; ends with its path, as msgspec's messages do."""

    def __init__(self, what: str, path: str) -> None:
        super().__init__(f"{what} - at `{path}`")


def _read(config: Path) -> str:
    try:
        return config.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config}: cannot be read: {error}") from None


def _parse(text: str, config: Path | None) -> Values:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{config}: no valid TOML: {error}") from None


def _from_environ(environ: Mapping[str, str]) -> Values:
    names = (*SCALARS, _UPSTREAM, _UPSTREAM_KEY, _MODEL)
    values: Values = {name: environ.get(ENV_PREFIX + name.upper()) for name in names}
    if isinstance(urls := values[_UPSTREAM], str):
        values[_UPSTREAM] = urls.split()
    return _given(values)


def _given(values: Mapping[str, object]) -> Values:
    return {name: value for name, value in values.items() if value is not None and value != []}


def _overlay(values: Values, origins: dict[str, str], given: Values, spell: Spell) -> None:
    key = given.pop(_UPSTREAM_KEY, None)
    if _UPSTREAM in given:
        urls = given.pop(_UPSTREAM)
        assert isinstance(urls, Iterable)
        values["upstreams"] = [_upstream(str(url), number, key) for number, url in enumerate(urls)]
        values.pop("llama", None)
        origins["upstreams"] = spell(_UPSTREAM)
    if _MODEL in given:
        llama = values.get("llama")
        values["llama"] = {**(llama if isinstance(llama, dict) else {}), "model_path": given.pop(_MODEL)}
        origins["llama"] = spell(_MODEL)
    values |= given
    origins |= {name: spell(name) for name in given}


def _upstream(text: str, number: int, key: object) -> Values:
    # openai_chat:http://127.0.0.1:9100/v1
    match = re.fullmatch(r"(?:([a-z_]+):)?(https?://.+)", text)
    dialect, url = (match[1], match[2]) if match else (None, text)
    upstream: Values = {"name": "upstream" if number == 0 else f"upstream-{number + 1}", "base_url": url}
    if dialect:
        upstream["dialect"] = dialect
    if key is not None:
        upstream["api_key"] = key
    return upstream


def _resolve_keys(values: Values, environ: Mapping[str, str]) -> None:
    upstreams = values.get("upstreams")
    for index, upstream in enumerate(upstreams if isinstance(upstreams, list) else []):
        if not isinstance(upstream, dict):
            continue
        path = f"$.upstreams[{index}]"
        if (name := upstream.pop("api_key_env", None)) is not None:
            if not environ.get(str(name)):
                raise _Wrong(f"the variable {name} is not set", f"{path}.api_key_env")
            upstream["api_key"] = environ[str(name)]
        if (file := upstream.pop("api_key_file", None)) is not None:
            upstream["api_key"] = _read_key(str(file), f"{path}.api_key_file")


def _read_key(file: str, path: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise _Wrong(f"the file {file} cannot be read", path) from None


def _explain(error: Exception, text: str, config: Path | None, origins: Mapping[str, str]) -> str:
    what, _, where = str(error).partition(" - at `")
    path = _path(where.rstrip("`"))
    unknown = re.search(r"unknown field `([^`]+)`", what)
    if unknown:
        path = (*path, unknown[1])
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    what = what[:1].lower() + what[1:]
    if path and path[0] in origins:
        return f"{origins[str(path[0])]}: {key}: {what}"
    line = toml_lines.find_line(text, path)
    return f"{config}:{line}: {key}: {what}" if line else f"{config}: {key}: {what}"


def _path(dotted: str) -> toml_lines.Path:
    return tuple(int(index) if index else name for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", dotted))


def _check_files(settings: Settings) -> None:
    pair = {"tls_cert": settings.tls_cert, "tls_key": settings.tls_key}
    given = {name: file for name, file in pair.items() if file}
    for name, file in given.items():
        if not Path(file).is_file():
            raise _Wrong(f"there is no file {file}", f"$.{name}")
        if len(given) == 1:
            raise _Wrong("tls_cert and tls_key need each other, and this one is alone", f"$.{name}")
    if given:
        _check_certificate(settings)


def _check_certificate(settings: Settings) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password="")
    except OSError as error:
        raise _Wrong(
            f"this certificate and its key cannot be used: {error.strerror or error}", "$.tls_cert"
        ) from None


def _check_redis(settings: Settings) -> None:
    if not settings.redis:
        return
    try:
        decode_redis_url(settings.redis.reveal()).context()
    except SettingsError as error:
        raise _Wrong(str(error).removeprefix("redis: "), "$.redis") from None


def _check_upstreams(upstreams: Sequence[UpstreamOptions]) -> None:
    names: set[str] = set()
    for index, upstream in enumerate(upstreams):
        path = f"$.upstreams[{index}]"
        if upstream.name in names:
            raise _Wrong(f"another upstream has the name '{upstream.name}'", f"{path}.name")
        names.add(upstream.name)
        if upstream.dialect not in DIALECTS:
            raise _Wrong(f"the dialect '{upstream.dialect}' is none of {', '.join(DIALECTS)}", f"{path}.dialect")
        try:
            decode_address(upstream.base_url)
        except SettingsError as error:
            raise _Wrong(str(error), f"{path}.base_url") from None


def _check_guards(guards: Sequence[GuardOptions]) -> None:
    for index, guard in enumerate(guards):
        try:
            read_plan(guard)
        except SettingsError as error:
            raise _Wrong(str(error), f"$.guards[{index}].schema_file") from None

"""The list of models, in both directions.

Source: Google's API reference, "models.list" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.gemini.shapes import NAME
from sluiceway.errors import RemoteProtocolError

__all__ = ["MODELS_PATH", "decode_models", "encode_models"]

MODELS_PATH = "/models?pageSize=1000"
"""Where the list is asked for: as long as a page may be, for Google's own is longer than the usual 50."""

_PREFIX = "models/"


class _Model(msgspec.Struct):
    name: str


class _ModelList(msgspec.Struct):
    models: list[_Model] = []


_LIST = msgspec.json.Decoder(_ModelList)


def decode_models(body: bytes) -> list[str]:
    """Return the names in a list of models.

    Raises:
        RemoteProtocolError: the body is no list of models.
    """
    try:
        listed = _LIST.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RemoteProtocolError("the upstream's list of models cannot be read", dialect=NAME) from None
    # {"models":[{"name":"models/gemini-2.5-pro","displayName":"Gemini 2.5 Pro","inputTokenLimit":1048576,…}]}
    return [model.name.removeprefix(_PREFIX) for model in listed.models]


def encode_models(names: list[str]) -> bytes:
    """Return the body of our list of models."""
    methods = ["generateContent"]
    models = [
        {"name": f"{_PREFIX}{name}", "displayName": name, "supportedGenerationMethods": methods} for name in names
    ]
    return msgspec.json.encode({"models": models})

"""The list of models, in both directions.

Of a model that is served here its name is known, and none of what belongs to a file on Ollama's disk: its size is
zero, its time the one Ollama has for none, its digest all zeros, and its details are empty. They are there because
clients cut and sort them.

Source: Ollama's API reference, "List Local Models" (August 2026); ``api/types.go``, "ListModelResponse".
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from sluiceway.dialects.ollama.shapes import NAME
from sluiceway.errors import RemoteProtocolError

__all__ = ["decode_models", "encode_models"]

_UNKNOWN = MappingProxyType(
    {
        "modified_at": "0001-01-01T00:00:00Z",
        "size": 0,
        "digest": "0" * 64,
        "details": {
            "parent_model": "",
            "format": "",
            "family": "",
            "families": None,
            "parameter_size": "",
            "quantization_level": "",
        },
    }
)


class _Model(msgspec.Struct):
    model: str = ""
    name: str = ""


class _ModelList(msgspec.Struct):
    models: list[_Model]


_LIST = msgspec.json.Decoder(_ModelList)


def decode_models(body: bytes) -> list[str]:
    """Return the names in a list of models; old servers call them ``name`` only.

    Raises:
        RemoteProtocolError: the body is no list of models.
    """
    try:
        listed = _LIST.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RemoteProtocolError("the upstream's list of models cannot be read", dialect=NAME) from None
    # Sent as {"models":[{"name":"gemma3:1b","model":"gemma3:1b","modified_at":"…","size":815319791,…}]}
    return [name for model in listed.models if (name := model.model or model.name)]


def encode_models(names: list[str]) -> bytes:
    """Return the body of our list of models."""
    return msgspec.json.encode({"models": [{"name": name, "model": name, **_UNKNOWN} for name in names]})

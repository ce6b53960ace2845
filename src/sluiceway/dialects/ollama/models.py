"""The list of models, in both directions, and the list of those in use.

Of a model that is served here its name is known, and none of what belongs to a file on Ollama's disk: its size is
zero, its time the one Ollama has for none, its digest all zeros, and its details are empty. They are there because
clients cut and sort them. A model in use has no time at which it will be unloaded, since nothing here unloads it:
Ollama then writes one that nobody lives to see.

Source: Ollama's API reference, "List Local Models" and "List Running Models" (August 2026); ``api/types.go``,
"ListModelResponse" and "ProcessModelResponse".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from sluiceway.dialects.ollama.shapes import NAME
from sluiceway.errors import RemoteProtocolError

__all__ = ["UNKNOWN_TIME", "Details", "decode_models", "encode_models", "encode_running"]

UNKNOWN_TIME = "0001-01-01T00:00:00Z"
"""How Go writes that there is no time."""


class Details(msgspec.Struct, frozen=True):
    """What Ollama tells of a model's file; by default nothing."""

    parent_model: str = ""
    format: str = ""
    family: str = ""
    families: list[str] | None = None
    parameter_size: str = ""
    quantization_level: str = ""


_UNKNOWN_FILE = MappingProxyType({"size": 0, "digest": "0" * 64, "details": Details()})
_NEVER = "9999-12-31T23:59:59Z"


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
    return _encode(names, {"modified_at": UNKNOWN_TIME})


def encode_running(names: list[str]) -> bytes:
    """Return the body of our list of models in use."""
    return _encode(names, {"expires_at": _NEVER})


def _encode(names: list[str], times: Mapping[str, str]) -> bytes:
    return msgspec.json.encode(
        {"models": [{"name": name, "model": name, **times, **_UNKNOWN_FILE} for name in names]}
    )

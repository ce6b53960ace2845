"""The list of models, in both directions.

Source: OpenAI's API reference, "List models" (August 2026), and the lists of compatible servers.
"""

from __future__ import annotations

import msgspec

from sluiceway.errors import RemoteProtocolError

__all__ = ["decode_models", "encode_models"]


class _Model(msgspec.Struct):
    id: str


class _ModelList(msgspec.Struct):
    data: list[_Model]


_LIST = msgspec.json.Decoder(_ModelList | list[_Model])


def decode_models(body: bytes) -> list[str]:
    """Return the names in a list of models; some servers send the bare list.

    Raises:
        RemoteProtocolError: the body is no list of models.
    """
    try:
        listed = _LIST.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RemoteProtocolError("the upstream's list of models cannot be read") from None
    # OpenAI sends {"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"o"}]}
    return [model.id for model in (listed.data if isinstance(listed, _ModelList) else listed)]


def encode_models(names: list[str]) -> bytes:
    """Return the body of our list of models."""
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "sluiceway"} for name in names]
    return msgspec.json.encode({"object": "list", "data": data})

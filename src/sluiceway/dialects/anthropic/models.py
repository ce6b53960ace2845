"""The list of models, in both directions.

Source: Anthropic's API reference, "List models" (August 2026). The list comes in pages of 20, at most of 1,000, and
one page of those is what is asked for.
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.anthropic.shapes import NAME
from sluiceway.errors import RemoteProtocolError

__all__ = ["decode_models", "encode_models"]


class _Model(msgspec.Struct):
    id: str


class _ModelList(msgspec.Struct):
    data: list[_Model]


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
    # {"data":[{"type":"model","id":"m","display_name":"M","created_at":"…"}],"has_more":false,"first_id":"m",…}
    return [model.id for model in listed.data]


def encode_models(names: list[str]) -> bytes:
    """Return the body of our list of models; an unknown time of release is the epoch, as the reference says."""
    data = [
        {"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"} for name in names
    ]
    first, last = (names[0], names[-1]) if names else (None, None)
    return msgspec.json.encode({"data": data, "has_more": False, "first_id": first, "last_id": last})

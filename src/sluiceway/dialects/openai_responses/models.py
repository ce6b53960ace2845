"""The list of models of an upstream.

Source: OpenAI's API reference, "List models" (August 2026). Readers find the list where Chat Completions has it.
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.errors import RemoteProtocolError

__all__ = ["decode_models"]


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
        # OpenAI sends {"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"o"}]}
        return [model.id for model in _LIST.decode(body).data]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RemoteProtocolError("the upstream's list of models cannot be read", dialect=NAME) from None

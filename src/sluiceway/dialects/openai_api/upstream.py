"""How each of OpenAI's APIs is spoken to an upstream: one kind of key, one list of models, one kind of error.

Source: OpenAI's API reference, "Authentication" and "List models" (August 2026).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sluiceway.dialects.base import Decoder, UpstreamSide
from sluiceway.dialects.error_bodies import error_text
from sluiceway.dialects.openai_api.models import decode_models
from sluiceway.dialects.whole import stream_or_whole
from sluiceway.features import Rule
from sluiceway.request import Request

__all__ = ["upstream_side"]


def upstream_side(
    path: str,
    encode_request: Callable[[Request], bytes],
    stream_decoder: Callable[[int], Decoder],
    unary_decoder: Callable[[int], Decoder],
    rules: Mapping[str, Rule],
) -> UpstreamSide:
    """Return one API as it is spoken to upstreams; their base URLs end with the version.

    Args:
        path: what follows the base URL.
        encode_request: request → the upstream's body.
        stream_decoder: the limit of an event → a decoder for one answer that streams.
        unary_decoder: the limit of the body → a decoder for one answer that comes whole.
        rules: what becomes of features that it cannot express.
    """
    return UpstreamSide(
        path=lambda _request: path,
        models_path="/models",
        encode_request=encode_request,
        decoder=stream_or_whole(stream_decoder, unary_decoder),
        decode_error=error_text,
        headers=_headers,
        decode_models=decode_models,
        rules=rules,
    )


def _headers(key: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {key}")] if key else []

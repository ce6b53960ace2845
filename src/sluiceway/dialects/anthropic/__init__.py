"""The ``anthropic`` dialect: Anthropic's Messages API, and compatible servers."""

from __future__ import annotations

from types import MappingProxyType

from sluiceway.dialects.anthropic.decode import stream_decoder
from sluiceway.dialects.anthropic.decode_request import decode_request
from sluiceway.dialects.anthropic.encode import encoder
from sluiceway.dialects.anthropic.encode_request import encode_request
from sluiceway.dialects.anthropic.errors import encode_error
from sluiceway.dialects.anthropic.models import decode_models, encode_models
from sluiceway.dialects.anthropic.request_shapes import KNOWN
from sluiceway.dialects.anthropic.rules import RULES, SPELLING
from sluiceway.dialects.anthropic.shapes import NAME
from sluiceway.dialects.anthropic.unary import unary_decoder
from sluiceway.dialects.base import Dialect, Endpoint, Forwarded, ReaderSide, UpstreamSide
from sluiceway.dialects.error_bodies import error_text
from sluiceway.dialects.strays import find_strays
from sluiceway.dialects.whole import stream_or_whole
from sluiceway.request import Request

__all__ = ["ANTHROPIC"]

_VERSION_HEADER = "anthropic-version"


def _headers(key: str) -> list[tuple[str, str]]:
    version = (_VERSION_HEADER, "2023-06-01")
    return [("x-api-key", key), version] if key else [version]


def _path(_request: Request) -> str:
    return "/messages"


ANTHROPIC = Dialect(
    name=NAME,
    reader=ReaderSide(
        endpoints=(
            Endpoint(
                "/v1/messages",
                decode_request,
                lambda options, _request: encoder(options),
            ),
        ),
        encode_error=encode_error,
        models_path="/v1/models",
        models_header=_VERSION_HEADER,
        encode_models=encode_models,
        spelling=SPELLING,
        strays=lambda body: find_strays(body, KNOWN),
        forwarded=MappingProxyType({"/v1/messages/count_tokens": Forwarded("/messages/count_tokens")}),
    ),
    upstream=UpstreamSide(
        path=_path,
        models_path="/models?limit=1000",
        encode_request=encode_request,
        decoder=stream_or_whole(stream_decoder, unary_decoder),
        decode_error=error_text,
        headers=_headers,
        decode_models=decode_models,
        rules=RULES,
    ),
)
"""The dialect; its upstreams' base URLs end with the version, such as ``https://api.anthropic.com/v1``."""

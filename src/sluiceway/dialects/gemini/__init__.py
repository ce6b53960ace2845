"""The ``gemini`` dialect: Google's generateContent, as the Gemini API and Vertex AI speak it."""

from __future__ import annotations

from collections.abc import Iterator

from sluiceway.dialects.base import (
    Dialect,
    EncodeOptions,
    Encoder,
    Endpoint,
    Framing,
    ReaderSide,
    Target,
    UpstreamSide,
)
from sluiceway.dialects.error_bodies import error_text
from sluiceway.dialects.gemini.decode import stream_decoder
from sluiceway.dialects.gemini.decode_request import decode_request
from sluiceway.dialects.gemini.encode import encoder
from sluiceway.dialects.gemini.encode_request import encode_path, encode_request
from sluiceway.dialects.gemini.errors import encode_error
from sluiceway.dialects.gemini.models import MODELS_PATH, decode_models, encode_models
from sluiceway.dialects.gemini.request_shapes import KNOWN
from sluiceway.dialects.gemini.rules import RULES, SPELLING
from sluiceway.dialects.gemini.shapes import NAME
from sluiceway.dialects.gemini.spelling import respell
from sluiceway.dialects.gemini.unary import unary_decoder
from sluiceway.dialects.strays import find_strays
from sluiceway.dialects.whole import stream_or_whole
from sluiceway.request import Request

__all__ = ["GEMINI"]


def _encoder(options: EncodeOptions, _request: Request) -> Encoder:
    return encoder(options)


def _framing(target: Target) -> Framing:
    return Framing.SSE if target.query.get("alt") == "sse" else Framing.JSON_ARRAY


def _endpoints() -> Iterator[Endpoint]:
    # google-genai 3 asks under v1, versions before it under v1beta.
    for version in ("v1beta", "v1"):
        path = f"/{version}/models/{{model:path}}"
        yield Endpoint(f"{path}:streamGenerateContent", _decode_streaming, _encoder, _framing)
        yield Endpoint(f"{path}:generateContent", _decode_unary, _encoder)


def _decode_streaming(body: bytes, target: Target) -> Request:
    return decode_request(body, target, stream=True)


def _decode_unary(body: bytes, target: Target) -> Request:
    return decode_request(body, target, stream=False)


def _headers(key: str) -> list[tuple[str, str]]:
    return [("x-goog-api-key", key)] if key else []


GEMINI = Dialect(
    name=NAME,
    reader=ReaderSide(
        endpoints=tuple(_endpoints()),
        encode_error=encode_error,
        models_path="/v1beta/models",
        encode_models=encode_models,
        spelling=SPELLING,
        strays=lambda body: find_strays(respell(body), KNOWN),
    ),
    upstream=UpstreamSide(
        path=encode_path,
        models_path=MODELS_PATH,
        encode_request=encode_request,
        decoder=stream_or_whole(stream_decoder, unary_decoder),
        decode_error=error_text,
        headers=_headers,
        decode_models=decode_models,
        rules=RULES,
    ),
)
"""The dialect; its upstreams' base URLs end with the version, such as ``http://127.0.0.1:8000/v1beta``."""

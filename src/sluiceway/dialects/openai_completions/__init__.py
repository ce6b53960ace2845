"""The ``openai_completions`` dialect: OpenAI's legacy Completions, and what compatible servers make of it."""

from __future__ import annotations

from sluiceway.dialects.base import Decoder, Dialect, Endpoint, ReaderSide, UpstreamSide
from sluiceway.dialects.error_bodies import error_text
from sluiceway.dialects.openai_api.errors import encode_error
from sluiceway.dialects.openai_api.models import decode_models
from sluiceway.dialects.openai_completions.decode import stream_decoder
from sluiceway.dialects.openai_completions.decode_request import decode_request
from sluiceway.dialects.openai_completions.encode import encoder
from sluiceway.dialects.openai_completions.encode_request import encode_request
from sluiceway.dialects.openai_completions.rules import RULES, SPELLING
from sluiceway.dialects.openai_completions.shapes import NAME
from sluiceway.dialects.openai_completions.unary import unary_decoder
from sluiceway.request import Request

__all__ = ["OPENAI_COMPLETIONS"]


def _decoder(is_stream: bool, max_bytes: int) -> Decoder:  # noqa: FBT001 - the contract of `Dialect.decoder`
    return stream_decoder(max_bytes) if is_stream else unary_decoder(max_bytes)


def _headers(key: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {key}")] if key else []


def _path(_request: Request) -> str:
    return "/completions"


OPENAI_COMPLETIONS = Dialect(
    name=NAME,
    reader=ReaderSide(
        endpoints=(
            Endpoint(
                "/v1/completions",
                lambda body, _target: decode_request(body),
                lambda options, _request: encoder(options),
            ),
        ),
        encode_error=encode_error,
        spelling=SPELLING,
    ),
    upstream=UpstreamSide(
        path=_path,
        models_path="/models",
        encode_request=encode_request,
        decoder=_decoder,
        decode_error=error_text,
        headers=_headers,
        decode_models=decode_models,
        rules=RULES,
    ),
)
"""The dialect; its upstreams' base URLs end with the version, and its readers find the models where chat's do."""

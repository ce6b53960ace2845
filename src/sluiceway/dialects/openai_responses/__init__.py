"""The ``openai_responses`` dialect: OpenAI's Responses, and what compatible servers make of it."""

from __future__ import annotations

from sluiceway.dialects.base import Decoder, Dialect, Endpoint, ReaderSide, UpstreamSide
from sluiceway.dialects.error_bodies import error_text
from sluiceway.dialects.openai_api.errors import encode_error
from sluiceway.dialects.openai_api.models import decode_models
from sluiceway.dialects.openai_responses.background import REVISITS, keep, outline
from sluiceway.dialects.openai_responses.decode import stream_decoder
from sluiceway.dialects.openai_responses.decode_request import decode_request
from sluiceway.dialects.openai_responses.encode import encoder
from sluiceway.dialects.openai_responses.encode_request import encode_request
from sluiceway.dialects.openai_responses.rules import RULES, SPELLING
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.dialects.openai_responses.unary import unary_decoder
from sluiceway.request import Request

__all__ = ["OPENAI_RESPONSES"]


def _decoder(is_stream: bool, max_bytes: int) -> Decoder:  # noqa: FBT001 - the contract of `UpstreamSide.decoder`
    return stream_decoder(max_bytes) if is_stream else unary_decoder(max_bytes)


def _headers(key: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {key}")] if key else []


def _path(_request: Request) -> str:
    return "/responses"


OPENAI_RESPONSES = Dialect(
    name=NAME,
    reader=ReaderSide(
        endpoints=(
            Endpoint(
                "/v1/responses",
                lambda body, _target: decode_request(body),
                encoder,
                keep=keep,
                outline=outline,
            ),
        ),
        encode_error=encode_error,
        spelling=SPELLING,
        revisits=REVISITS,
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
"""The dialect; its upstreams' base URLs end with the version, such as ``http://127.0.0.1:8000/v1``."""

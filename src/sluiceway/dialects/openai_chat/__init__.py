"""The ``openai_chat`` dialect: OpenAI's Chat Completions, and what compatible servers make of it."""

from __future__ import annotations

from sluiceway.dialects.base import Decoder, Dialect
from sluiceway.dialects.openai_chat.decode import StreamDecoder
from sluiceway.dialects.openai_chat.decode_request import decode_request
from sluiceway.dialects.openai_chat.encode import encoder
from sluiceway.dialects.openai_chat.encode_request import encode_request
from sluiceway.dialects.openai_chat.errors import decode_error, encode_error
from sluiceway.dialects.openai_chat.models import decode_models, encode_models
from sluiceway.dialects.openai_chat.shapes import NAME
from sluiceway.dialects.openai_chat.unary import UnaryDecoder

__all__ = ["OPENAI_CHAT"]


def _decoder(is_stream: bool, max_bytes: int) -> Decoder:  # noqa: FBT001 - the contract of `Dialect.decoder`
    return StreamDecoder(max_bytes) if is_stream else UnaryDecoder(max_bytes)


def _auth_headers(key: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {key}")] if key else []


OPENAI_CHAT = Dialect(
    name=NAME,
    upstream_path="/chat/completions",
    models_path="/models",
    decode_request=decode_request,
    encode_request=encode_request,
    decoder=_decoder,
    encoder=encoder,
    encode_error=encode_error,
    decode_error=decode_error,
    auth_headers=_auth_headers,
    decode_models=decode_models,
    encode_models=encode_models,
)
"""The dialect; its upstreams' base URLs end with the version, such as ``http://127.0.0.1:8000/v1``."""

"""The ``openai_chat`` dialect: OpenAI's Chat Completions, and what compatible servers make of it."""

from __future__ import annotations

from sluiceway.dialects.base import Dialect, Endpoint, ReaderSide
from sluiceway.dialects.openai_api.errors import encode_error
from sluiceway.dialects.openai_api.models import encode_models
from sluiceway.dialects.openai_api.upstream import upstream_side
from sluiceway.dialects.openai_chat.build_messages import find_custom_names
from sluiceway.dialects.openai_chat.decode import stream_decoder
from sluiceway.dialects.openai_chat.decode_request import decode_request
from sluiceway.dialects.openai_chat.encode import encoder
from sluiceway.dialects.openai_chat.encode_request import encode_request
from sluiceway.dialects.openai_chat.request_shapes import KNOWN
from sluiceway.dialects.openai_chat.rules import RULES, SPELLING
from sluiceway.dialects.openai_chat.shapes import NAME
from sluiceway.dialects.openai_chat.unary import unary_decoder
from sluiceway.dialects.strays import find_strays

__all__ = ["OPENAI_CHAT"]


OPENAI_CHAT = Dialect(
    name=NAME,
    reader=ReaderSide(
        endpoints=(
            Endpoint(
                "/v1/chat/completions",
                lambda body, _target: decode_request(body),
                lambda options, request: encoder(options, find_custom_names(request)),
            ),
        ),
        encode_error=encode_error,
        models_path="/v1/models",
        encode_models=encode_models,
        spelling=SPELLING,
        strays=lambda body: find_strays(body, KNOWN),
    ),
    upstream=upstream_side("/chat/completions", encode_request, stream_decoder, unary_decoder, RULES),
)
"""The dialect; its upstreams' base URLs end with the version, such as ``http://127.0.0.1:8000/v1``."""

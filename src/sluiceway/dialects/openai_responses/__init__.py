"""The ``openai_responses`` dialect: OpenAI's Responses, and what compatible servers make of it."""

from __future__ import annotations

from sluiceway.dialects.base import Dialect, Endpoint, ReaderSide
from sluiceway.dialects.openai_api.errors import encode_error
from sluiceway.dialects.openai_api.upstream import upstream_side
from sluiceway.dialects.openai_responses.background import REVISITS, keep, outline
from sluiceway.dialects.openai_responses.decode import stream_decoder
from sluiceway.dialects.openai_responses.decode_request import decode_request
from sluiceway.dialects.openai_responses.encode import encoder
from sluiceway.dialects.openai_responses.encode_request import encode_request
from sluiceway.dialects.openai_responses.request_shapes import KNOWN
from sluiceway.dialects.openai_responses.rules import RULES, SPELLING
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.dialects.openai_responses.unary import unary_decoder
from sluiceway.dialects.strays import find_strays

__all__ = ["OPENAI_RESPONSES"]


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
        strays=lambda body: find_strays(body, KNOWN),
        revisits=REVISITS,
    ),
    upstream=upstream_side("/responses", encode_request, stream_decoder, unary_decoder, RULES),
)
"""The dialect; its upstreams' base URLs end with the version, such as ``http://127.0.0.1:8000/v1``."""

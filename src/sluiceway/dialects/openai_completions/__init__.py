"""The ``openai_completions`` dialect: OpenAI's legacy Completions, and what compatible servers make of it."""

from __future__ import annotations

from sluiceway.dialects.base import Dialect, Endpoint, ReaderSide
from sluiceway.dialects.openai_api.errors import encode_error
from sluiceway.dialects.openai_api.upstream import upstream_side
from sluiceway.dialects.openai_completions.decode import stream_decoder
from sluiceway.dialects.openai_completions.decode_request import KNOWN, decode_request
from sluiceway.dialects.openai_completions.encode import encoder
from sluiceway.dialects.openai_completions.encode_request import encode_request
from sluiceway.dialects.openai_completions.rules import RULES, SPELLING
from sluiceway.dialects.openai_completions.shapes import NAME
from sluiceway.dialects.openai_completions.unary import unary_decoder
from sluiceway.dialects.strays import find_strays

__all__ = ["OPENAI_COMPLETIONS"]


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
        strays=lambda body: find_strays(body, KNOWN),
    ),
    upstream=upstream_side("/completions", encode_request, stream_decoder, unary_decoder, RULES),
)
"""The dialect; its upstreams' base URLs end with the version, and its readers find the models where chat's do."""

"""The ``ui_stream`` dialect: the Vercel AI SDK's UI message stream v1, as ``useChat`` reads it; only served."""

from __future__ import annotations

from sluiceway.dialects.base import Dialect, Endpoint, ReaderSide
from sluiceway.dialects.strays import find_strays
from sluiceway.dialects.ui_stream.decode_request import decode_request
from sluiceway.dialects.ui_stream.encode import StreamEncoder
from sluiceway.dialects.ui_stream.errors import encode_error
from sluiceway.dialects.ui_stream.request_shapes import KNOWN
from sluiceway.dialects.ui_stream.resume import HEADERS, REVISITS, keep, outline
from sluiceway.dialects.ui_stream.rules import SPELLING
from sluiceway.dialects.ui_stream.shapes import NAME

__all__ = ["UI_STREAM"]

UI_STREAM = Dialect(
    name=NAME,
    reader=ReaderSide(
        endpoints=(
            Endpoint(
                "/ui/chat",
                lambda body, _target: decode_request(body),
                StreamEncoder,
                headers=HEADERS,
                keep=keep,
                outline=outline,
            ),
        ),
        encode_error=encode_error,
        spelling=SPELLING,
        strays=lambda body: find_strays(body, KNOWN),
        revisits=REVISITS,
    ),
)
"""The dialect."""

"""The ``ollama`` dialect: Ollama's own API, and its two forms of a completion."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from sluiceway.dialects.base import Dialect, Endpoint, Forwarded, Framing, ReaderSide, Target, UpstreamSide
from sluiceway.dialects.error_bodies import error_text
from sluiceway.dialects.ollama.decode import LineDecoder
from sluiceway.dialects.ollama.decode_request import decode_chat, decode_generate
from sluiceway.dialects.ollama.encode import encoder
from sluiceway.dialects.ollama.encode_request import encode_path, encode_request
from sluiceway.dialects.ollama.errors import encode_error
from sluiceway.dialects.ollama.load import answer_load
from sluiceway.dialects.ollama.models import decode_models, encode_models, encode_running
from sluiceway.dialects.ollama.pages import ABSENT, PAGES
from sluiceway.dialects.ollama.request_shapes import KNOWN
from sluiceway.dialects.ollama.rules import RULES, SPELLING
from sluiceway.dialects.ollama.shapes import NAME, Form
from sluiceway.dialects.ollama.show import encode_show, shown_model
from sluiceway.dialects.ollama.unary import AnswerDecoder
from sluiceway.dialects.strays import find_strays
from sluiceway.dialects.whole import stream_or_whole
from sluiceway.request import Request

__all__ = ["OLLAMA"]


def _framing(_target: Target) -> Framing:
    return Framing.NDJSON


def _endpoint(path: str, form: Form, decode: Callable[[bytes], Request]) -> Endpoint:
    return Endpoint(
        path,
        lambda body, _target: decode(body),
        lambda options, _request: encoder(form, options),
        framing=_framing,
        at_once=answer_load,
    )


def _headers(key: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {key}")] if key else []


OLLAMA = Dialect(
    name=NAME,
    reader=ReaderSide(
        endpoints=(
            _endpoint("/api/chat", Form.CHAT, decode_chat),
            _endpoint("/api/generate", Form.GENERATE, decode_generate),
        ),
        encode_error=encode_error,
        models_path="/api/tags",
        encode_models=encode_models,
        spelling=SPELLING,
        strays=lambda body: find_strays(body, KNOWN),
        forwarded=MappingProxyType({"/api/show": Forwarded("/api/show", shown_model, encode_show)}),
        running_path="/api/ps",
        encode_running=encode_running,
        pages=PAGES,
        absent=ABSENT,
    ),
    upstream=UpstreamSide(
        path=encode_path,
        models_path="/api/tags",
        encode_request=encode_request,
        decoder=stream_or_whole(LineDecoder, AnswerDecoder),
        decode_error=error_text,
        headers=_headers,
        decode_models=decode_models,
        rules=RULES,
    ),
)
"""The dialect; its upstreams' base URLs are the roots of servers, such as ``http://127.0.0.1:11434``."""

"""Tells an answer in any dialect, checks that its grammar is kept, and reads it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from msgspec.structs import replace
from support.cuts import decode_pieces
from support.decoding import events_of
from support.gemini_grammar import check_payloads as check_gemini
from support.geminichunks import payloads_of as gemini_payloads
from support.losses import FALLBACK, LOSSES, WHOLE_LOSSES, Loss
from support.messages import payloads_of as message_payloads
from support.messages_grammar import check_messages_grammar
from support.ollama_grammar import check_stream as check_ollama
from support.openai_chat_grammar import check_chat
from support.openai_completions_grammar import check_completions
from support.openai_responses_grammar import check_grammar as check_responses
from support.responsesevents import payloads_of as response_payloads
from support.ui_stream_grammar import check_ui

from sluiceway.dialects.base import Dialect, Encoder, Framing, ReaderSide, Target, UpstreamSide
from sluiceway.dialects.ollama.shapes import Form
from sluiceway.dialects.registry import DIALECTS
from sluiceway.events import Event, Frame
from sluiceway.fold import Completion, fold
from sluiceway.order import check_order
from sluiceway.request import Request

__all__ = ["BOTH_WAYS", "check_stream", "decode", "events_of", "losses_of", "reader_of", "tell", "upstream_of"]

BOTH_WAYS = tuple(name for name, dialect in DIALECTS.items() if dialect.reader and dialect.upstream)
"""The dialects that can be written and read."""

ASKED = Request("asked", [])
_MAX_BYTES = 1 << 22
_ALT_SSE = Target(query=MappingProxyType({"alt": "sse"}))

_CHECKS: Mapping[str, Callable[[bytes], object]] = MappingProxyType(
    {
        "openai_chat": check_chat,
        "openai_completions": check_completions,
        "openai_responses": lambda body: check_responses(response_payloads(body)),
        "anthropic": lambda body: check_messages_grammar(message_payloads(body)),
        "gemini": lambda body: check_gemini(gemini_payloads(body)),
        "ollama": lambda body: check_ollama(body, Form.CHAT),
        "ui_stream": check_ui,
    }
)


def reader_of(name: str) -> ReaderSide:
    """Return how a dialect is served."""
    reader = _dialect(name).reader
    assert reader is not None
    return reader


def upstream_of(name: str) -> UpstreamSide:
    """Return how a dialect is spoken to upstreams."""
    upstream = _dialect(name).upstream
    assert upstream is not None
    return upstream


def _dialect(name: str) -> Dialect:
    return DIALECTS[name]


def losses_of(name: str, *, is_stream: bool) -> tuple[Loss, ...]:
    """Return what a dialect cannot hold of an answer."""
    return LOSSES[name] if is_stream else (*LOSSES[name], *WHOLE_LOSSES[name])


def new_encoder(name: str, *, is_stream: bool = True, request: Request = ASKED) -> Encoder:
    """Return an encoder for a reader of a dialect."""
    endpoint = reader_of(name).endpoints[0]
    framing = endpoint.framing(_ALT_SSE) if is_stream else Framing.JSON
    return endpoint.encoder(replace(FALLBACK, framing=framing), request)


def tell(name: str, events: Iterable[Event], *, is_stream: bool = True, request: Request = ASKED) -> bytes:
    """Return what a reader of a dialect is sent, told from the events one by one."""
    encoder = new_encoder(name, is_stream=is_stream, request=request)
    return b"".join(encoder.encode(Frame([event])) for event in events)


def decode(name: str, body: bytes, *, is_stream: bool = True) -> list[Event]:
    """Return the events of an answer that an upstream of a dialect sends, their order checked."""
    events = events_of(decode_pieces(upstream_of(name).decoder(is_stream, _MAX_BYTES), [body]))
    check_order(events)
    return events


def check_stream(name: str, body: bytes) -> None:
    """Raise AssertionError unless a stream keeps the grammar of its dialect."""
    _CHECKS[name](body)


def read_back(name: str, body: bytes, *, is_stream: bool = True) -> Completion:
    """Return what an answer says to whoever reads it."""
    return fold(decode(name, body, is_stream=is_stream))

"""What upstreams of each dialect answer in end-to-end tests, as bytes, and what it means.

Text and tool calls are recordings where there are any. The rest, and whole answers, which were not recorded for every
dialect, are told by the project's own encoders; what those are worth, the conformance tests say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec
from support.cuts import decode_pieces

from sluiceway.dialects.base import Dialect, EncodeOptions, Framing, UpstreamSide
from sluiceway.dialects.registry import DIALECTS
from sluiceway.events import BlockKind, Event, Frame, TextDelta
from sluiceway.fold import Completion, fold, unfold
from sluiceway.request import Request
from sluiceway.testing import text_frames
from sluiceway.usage import Usage
from sluiceway.wire.ndjson import NDJSONDecoder
from sluiceway.wire.sse import SSEDecoder

__all__ = ["BASE_PATHS", "JSON_TEXT", "SCENES", "UPSTREAMS", "Scene", "find_scene", "meaning_of", "text_of"]

BASE_PATHS = MappingProxyType(
    {
        "openai_chat": "/v1",
        "openai_completions": "/v1",
        "openai_responses": "/v1",
        "anthropic": "/v1",
        "gemini": "/v1beta",
        "ollama": "",
    }
)
"""Upstream dialect → the path of its base URL."""

UPSTREAMS = tuple(BASE_PATHS)
SCENES = ("text", "tools", "json", "error", "cut", "endless")
"""What can be played: text, a tool call, JSON by a schema, an error before the answer, one within it, no end."""

JSON_TEXT = '{"city":"Bonn","days":3}'
"""What is answered to a request with a schema."""

_CORPORA = Path(__file__).parent.parent / "corpora"
_RECORDED = {
    "openai_chat-text": "openai-chat/openai-python/e2aad469*.bin",
    "openai_chat-tools": "openai-chat/openai-python/c6aa7e39*.bin",
    "openai_completions-text": "openai-completions/openai.sse",
    "openai_responses-text": "openai-responses/**/test_openai_instructions_with_responses_logprobs_streaming.0.sse",
    "openai_responses-tools": "openai-responses/**/test_openai_client_tool_search_streaming.1.sse",
    "anthropic-text": "anthropic/**/basic_response.txt",
    "anthropic-tools": "anthropic/**/tool_use_response.txt",
    "gemini-text": "gemini/**/test_google_streaming_tool_call_thought_signature.1.sse",
    "gemini-tools": "gemini/**/test_google_model_iter_stream.1.sse",
    "ollama-text": "ollama/**/TestClient_GenerateChatStream.ndjson",
    "ollama-tools": "ollama/**/TestCloudToolCall.0.json",
}

_OPENAI_ERROR = {"error": {"message": "slow down", "type": "rate_limit_error", "param": None, "code": "rate_limit"}}
_ERRORS: dict[str, object] = {
    "openai_chat": _OPENAI_ERROR,
    "openai_completions": _OPENAI_ERROR,
    "openai_responses": _OPENAI_ERROR,
    "anthropic": {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}},
    "gemini": {"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}},
    "ollama": {"error": "slow down"},
}
_MID_STREAM = {
    "openai_chat": b'data: {"error":{"message":"it broke","type":"server_error","code":"broken"}}\n\n',
    "openai_completions": b'data: {"error":{"message":"it broke","type":"server_error","code":"broken"}}\n\n',
    "openai_responses": b"event: error\n"
    b'data: {"type":"error","sequence_number":99,"code":"broken","message":"it broke","param":null}\n\n',
    "anthropic": b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"it broke"}}\n\n',
    "gemini": b'data: {"error":{"code":503,"message":"it broke","status":"UNAVAILABLE"}}\r\n\r\n',
    "ollama": b'{"error":"it broke"}\n',
}


class Scene(msgspec.Struct, frozen=True):
    """One answer.

    Attributes:
        body: its bytes; of an endless one those before the wait.
        is_stream: whether it comes as a stream.
        status: the HTTP status.
        content_type: of a stream.
        is_endless: it goes on until the asker leaves.
    """

    body: bytes
    is_stream: bool
    status: int = 200
    content_type: str = "text/event-stream"
    is_endless: bool = False


@cache
def find_scene(model: str, *, is_stream: bool) -> Scene:
    """Return what the model ``<dialect>-<scene>`` answers."""
    dialect, _, name = model.rpartition("-")
    if name == "error":
        return Scene(json.dumps(_ERRORS[dialect]).encode(), is_stream, 429)
    if not is_stream:
        assert name not in {"cut", "endless"}, "only streams break off"
        return Scene(_whole(dialect, meaning_of(model)), is_stream)
    content_type = "application/x-ndjson" if dialect == "ollama" else "text/event-stream"
    if name == "cut":
        return Scene(_beginning(dialect) + _MID_STREAM[dialect], is_stream, content_type=content_type)
    if name == "endless":
        return Scene(_beginning(dialect), is_stream, content_type=content_type, is_endless=True)
    return Scene(_stream(dialect, name), is_stream, content_type=content_type)


@cache
def meaning_of(model: str) -> Completion:
    """Return the finished answer of a scene that has one."""
    dialect, _, name = model.rpartition("-")
    return fold(_events(decode_pieces(_upstream(dialect).decoder(True, 1 << 20), [_stream(dialect, name)])))


def text_of(model: str) -> str:
    """Return the text a scene's reader sees; of one that breaks off, what came before."""
    dialect, _, name = model.rpartition("-")
    if name in {"cut", "endless"}:
        frames = _upstream(dialect).decoder(True, 1 << 20).feed(_beginning(dialect))
        return "".join(event.text for event in _events(frames) if isinstance(event, TextDelta))
    blocks = meaning_of(model).choices[0].blocks
    return "".join(block.text for block in blocks if block.start.kind is BlockKind.TEXT)


def _events(frames: Iterable[Frame]) -> list[Event]:
    return [event for frame in frames for event in frame.events]


def _dialect(name: str) -> Dialect:
    return DIALECTS[name]


def _upstream(name: str) -> UpstreamSide:
    side = _dialect(name).upstream
    assert side is not None
    return side


def _stream(dialect: str, name: str) -> bytes:
    pattern = _RECORDED.get(f"{dialect}-{name}")
    if pattern is None:
        assert name == "json", f"{dialect} has no scene {name}"
        return _told(dialect, Framing.NDJSON if dialect == "ollama" else Framing.SSE, _json_events())
    (path,) = _CORPORA.glob(pattern)
    body = path.read_bytes()
    return body if body.endswith(b"\n") else body + b"\n"


def _json_events() -> list[Event]:
    frames = text_frames([JSON_TEXT[:9], JSON_TEXT[9:]], usage=Usage(7, 5))
    return _events(frames)


def _whole(dialect: str, completion: Completion) -> bytes:
    return _told(dialect, Framing.JSON, unfold(completion))


def _told(dialect: str, framing: Framing, events: list[Event]) -> bytes:
    reader = _dialect(dialect).reader
    assert reader is not None
    options = EncodeOptions(framing, "gen-0123456789abcdef", "m", 1_700_000_000, include_usage=True)
    encoder = reader.endpoints[0].encoder(options, Request("m", [], stream=framing is not Framing.JSON))
    return b"".join(encoder.encode(Frame([event])) for event in events)


def _beginning(dialect: str) -> bytes:
    """Return a recorded text up to its second piece of text."""
    body = _stream(dialect, "text")
    framer = NDJSONDecoder() if dialect == "ollama" else SSEDecoder()
    decoder = _upstream(dialect).decoder(True, 1 << 20)
    taken = b""
    pieces = 0
    for payload in framer.feed(body):
        taken += payload.raw
        pieces += sum(isinstance(event, TextDelta) for event in _events(decoder.feed(payload.raw)))
        if pieces == 2:
            break
    return taken

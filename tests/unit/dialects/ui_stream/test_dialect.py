from __future__ import annotations

from sluiceway.dialects.base import EncodeOptions, Framing, Target
from sluiceway.dialects.ui_stream import UI_STREAM
from sluiceway.request import Request


def test_it_is_only_served() -> None:
    assert UI_STREAM.upstream is None
    assert UI_STREAM.reader is not None
    (endpoint,) = UI_STREAM.reader.endpoints
    assert (endpoint.path, endpoint.headers) == ("/ui/chat", (("x-vercel-ai-ui-message-stream", "v1"),))
    assert endpoint.framing(Target()) is Framing.SSE


def test_its_endpoint_reads_and_answers() -> None:
    assert UI_STREAM.reader is not None
    (endpoint,) = UI_STREAM.reader.endpoints
    body = b'{"messages":[{"role":"user","content":"hi"}]}'
    assert endpoint.decode_request(body, Target()).stream
    encoder = endpoint.encoder(EncodeOptions(Framing.SSE, "gen_1", "m", 1), Request("m", []))
    assert encoder.heartbeat() == b": ping\n"

from __future__ import annotations

import json

from support.ollamalines import CHAT, GENERATE, UPSTREAM, options

from sluiceway.dialects.base import Framing, Target
from sluiceway.dialects.ollama import OLLAMA
from sluiceway.dialects.ollama.decode import LineDecoder
from sluiceway.dialects.ollama.unary import AnswerDecoder
from sluiceway.events import Frame, StreamEnd
from sluiceway.features import judge
from sluiceway.request import Request


def test_each_endpoint_answers_in_its_form_and_in_lines() -> None:
    for endpoint, path, field in ((CHAT, "/api/chat", "message"), (GENERATE, "/api/generate", "response")):
        request = endpoint.decode_request(b'{"model":"m"}', Target())
        encoder = endpoint.encoder(options(), request)
        assert endpoint.path == path
        assert endpoint.framing(Target()) is Framing.NDJSON
        assert field in json.loads(encoder.encode(Frame([StreamEnd()])))


def test_paths_follow_the_root_of_a_server() -> None:
    assert (UPSTREAM.path(Request("m", [])), UPSTREAM.models_path) == ("/api/chat", "/api/tags")
    assert OLLAMA.reader is not None
    assert OLLAMA.reader.models_path == "/api/tags"


def test_a_stream_and_a_whole_answer_have_their_decoders() -> None:
    assert isinstance(UPSTREAM.decoder(True, 10), LineDecoder)
    assert isinstance(UPSTREAM.decoder(False, 10), AnswerDecoder)


def test_the_key_travels_as_a_bearer_token_and_no_key_as_nothing() -> None:
    assert UPSTREAM.headers("sk-1") == [("authorization", "Bearer sk-1")]
    assert UPSTREAM.headers("") == []


def test_what_others_cannot_do_without_is_told_in_our_words() -> None:
    assert OLLAMA.reader is not None
    body = b'{"model":"m","prompt":"hi","keep_alive":"5m","options":{"num_ctx":1,"seed":2}}'
    request = GENERATE.decode_request(body, Target())
    dropped = judge(request, "openai_chat", {}, OLLAMA.reader.spelling)
    assert sorted(dropped) == ["keep_alive", "options.num_ctx"]

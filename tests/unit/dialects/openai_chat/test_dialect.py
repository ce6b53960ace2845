from __future__ import annotations

from support.chatchunks import UPSTREAM, options

from sluiceway.dialects.openai_chat.encode import encoder as encoder_for
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.request import Request


def test_paths_follow_a_base_url_that_ends_with_the_version() -> None:
    assert (UPSTREAM.path(Request("m", [])), UPSTREAM.models_path) == ("/chat/completions", "/models")


def test_a_stream_and_a_whole_answer_have_their_decoders() -> None:
    assert isinstance(UPSTREAM.decoder(True, 10), StreamDecoder)
    assert isinstance(UPSTREAM.decoder(False, 10), WholeDecoder)
    assert encoder_for(options()).heartbeat() == b": ping\n"


def test_the_key_travels_as_a_bearer_token_and_no_key_as_nothing() -> None:
    assert UPSTREAM.headers("sk-1") == [("authorization", "Bearer sk-1")]
    assert UPSTREAM.headers("") == []

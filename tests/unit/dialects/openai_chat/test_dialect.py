from __future__ import annotations

from support.chatchunks import options

from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.dialects.openai_chat.decode import StreamDecoder
from sluiceway.dialects.openai_chat.unary import UnaryDecoder


def test_paths_follow_a_base_url_that_ends_with_the_version() -> None:
    assert (OPENAI_CHAT.upstream_path, OPENAI_CHAT.models_path) == ("/chat/completions", "/models")


def test_a_stream_and_a_whole_answer_have_their_decoders() -> None:
    assert isinstance(OPENAI_CHAT.decoder(True, 10), StreamDecoder)
    assert isinstance(OPENAI_CHAT.decoder(False, 10), UnaryDecoder)
    assert OPENAI_CHAT.encoder(options()).heartbeat() == b": ping\n"


def test_the_key_travels_as_a_bearer_token_and_no_key_as_nothing() -> None:
    assert OPENAI_CHAT.auth_headers("sk-1") == [("authorization", "Bearer sk-1")]
    assert OPENAI_CHAT.auth_headers("") == []

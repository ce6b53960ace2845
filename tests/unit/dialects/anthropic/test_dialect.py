from __future__ import annotations

from support.messages import UPSTREAM, options

from sluiceway.dialects.anthropic import ANTHROPIC
from sluiceway.dialects.anthropic.encode import StreamEncoder
from sluiceway.dialects.base import Forwarded
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.request import Request


def test_paths_follow_a_base_url_that_ends_with_the_version() -> None:
    assert (UPSTREAM.path(Request("m", [])), UPSTREAM.models_path) == ("/messages", "/models?limit=1000")


def test_its_clients_are_known_by_their_version() -> None:
    assert ANTHROPIC.reader is not None
    (endpoint,) = ANTHROPIC.reader.endpoints
    assert endpoint.path == "/v1/messages"
    assert ANTHROPIC.reader.forwarded == {"/v1/messages/count_tokens": Forwarded("/messages/count_tokens")}
    assert ANTHROPIC.reader.models_header == "anthropic-version"
    assert isinstance(endpoint.encoder(options(), Request("m", [])), StreamEncoder)


def test_a_stream_and_a_whole_answer_have_their_decoders() -> None:
    assert isinstance(UPSTREAM.decoder(True, 10), StreamDecoder)
    assert isinstance(UPSTREAM.decoder(False, 10), WholeDecoder)


def test_the_key_has_its_own_header_and_the_version_is_always_there() -> None:
    version = ("anthropic-version", "2023-06-01")
    assert UPSTREAM.headers("sk-1") == [("x-api-key", "sk-1"), version]
    assert UPSTREAM.headers("") == [version]

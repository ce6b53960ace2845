from __future__ import annotations

from support.completionchunks import UPSTREAM, options

from sluiceway.dialects.base import Target
from sluiceway.dialects.openai_completions import OPENAI_COMPLETIONS
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.request import Request

REQUEST = Request("m", [])


def test_paths_follow_a_base_url_that_ends_with_the_version() -> None:
    assert (UPSTREAM.path(REQUEST), UPSTREAM.models_path) == ("/completions", "/models")


def test_it_is_served_where_openai_serves_it() -> None:
    assert OPENAI_COMPLETIONS.reader is not None
    (endpoint,) = OPENAI_COMPLETIONS.reader.endpoints
    assert endpoint.path == "/v1/completions"
    assert endpoint.decode_request(b'{"model":"m","prompt":"a"}', Target()).model == "m"
    assert endpoint.encoder(options(), REQUEST).heartbeat() == b": ping\n"


def test_a_stream_and_a_whole_answer_have_their_decoders() -> None:
    assert isinstance(UPSTREAM.decoder(True, 10), StreamDecoder)
    assert isinstance(UPSTREAM.decoder(False, 10), WholeDecoder)


def test_the_key_travels_as_a_bearer_token_and_no_key_as_nothing() -> None:
    assert UPSTREAM.headers("sk-1") == [("authorization", "Bearer sk-1")]
    assert UPSTREAM.headers("") == []

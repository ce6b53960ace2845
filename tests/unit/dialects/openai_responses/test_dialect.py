from __future__ import annotations

from support.responsesevents import UPSTREAM, new_encoder

from sluiceway.dialects.base import Framing, Target
from sluiceway.dialects.openai_responses import OPENAI_RESPONSES
from sluiceway.dialects.openai_responses.encode import StreamEncoder
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.whole import WholeDecoder, WholeEncoder
from sluiceway.request import Request


def test_it_is_served_where_openai_serves_it() -> None:
    assert OPENAI_RESPONSES.reader is not None
    (endpoint,) = OPENAI_RESPONSES.reader.endpoints
    assert endpoint.path == "/v1/responses"
    assert endpoint.decode_request(b'{"model":"m","input":"hi"}', Target()).model == "m"
    assert endpoint.framing(Target()) is Framing.SSE


def test_it_is_asked_for_below_the_base_url() -> None:
    assert UPSTREAM.path(Request("m", [])) == "/responses"
    assert UPSTREAM.models_path == "/models"


def test_a_key_goes_into_a_header() -> None:
    assert UPSTREAM.headers("k") == [("authorization", "Bearer k")]
    assert UPSTREAM.headers("") == []


def test_streams_and_whole_answers_have_their_own_decoders_and_encoders() -> None:
    assert isinstance(UPSTREAM.decoder(True, 10), StreamDecoder)
    assert isinstance(UPSTREAM.decoder(False, 10), WholeDecoder)
    assert isinstance(new_encoder(Framing.NDJSON), StreamEncoder)
    assert isinstance(new_encoder(Framing.JSON), WholeEncoder)

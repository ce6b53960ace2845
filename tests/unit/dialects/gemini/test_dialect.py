from __future__ import annotations

from types import MappingProxyType

from support.geminichunks import READER, UPSTREAM, options

from sluiceway.dialects.base import Framing, Target
from sluiceway.dialects.gemini.encode import StreamEncoder
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.request import Request

BODY = b'{"contents":[{"parts":[{"text":"hi"}]}]}'
TARGET = Target(MappingProxyType({"model": "m"}))


def test_the_path_says_whether_the_answer_streams() -> None:
    asked = {endpoint.path: endpoint.decode_request(BODY, TARGET).stream for endpoint in READER.endpoints}
    assert asked == {
        "/v1beta/models/{model:path}:streamGenerateContent": True,
        "/v1beta/models/{model:path}:generateContent": False,
        "/v1/models/{model:path}:streamGenerateContent": True,
        "/v1/models/{model:path}:generateContent": False,
    }


def test_a_stream_is_a_list_unless_it_is_asked_for_as_events() -> None:
    stream = READER.endpoints[0]
    assert stream.framing(TARGET) is Framing.JSON_ARRAY
    assert stream.framing(Target(query=MappingProxyType({"alt": "sse"}))) is Framing.SSE


def test_a_reader_has_an_encoder() -> None:
    assert isinstance(READER.endpoints[0].encoder(options(), Request("m", [])), StreamEncoder)


def test_a_stream_and_a_whole_answer_have_their_decoders() -> None:
    assert isinstance(UPSTREAM.decoder(True, 10), StreamDecoder)
    assert isinstance(UPSTREAM.decoder(False, 10), WholeDecoder)


def test_the_key_travels_in_googles_header_and_no_key_as_nothing() -> None:
    assert UPSTREAM.headers("k") == [("x-goog-api-key", "k")]
    assert UPSTREAM.headers("") == []


def test_lists_of_models_have_their_paths() -> None:
    assert (READER.models_path, UPSTREAM.models_path) == ("/v1beta/models", "/models?pageSize=1000")


def test_fields_in_the_other_spelling_are_read_and_not_strays() -> None:
    image = b'"inline_data":{"mime_type":"image/png","data":"QUI="}'
    body = b'{"contents":[{"parts":[{%b,"part_metadata":{"a":1}}]}]}' % image
    assert READER.strays(body) == ["contents[].parts[].part_metadata"]

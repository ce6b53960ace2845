from __future__ import annotations

import msgspec
from support.chatchunks import UPSTREAM

from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.dialects.openai_chat.decode_request import decode_request
from sluiceway.engines.llama.dialect import llama_dialect, streaming
from sluiceway.events import Frame, StreamError, StreamStart, TextDelta
from sluiceway.request import Message, Request, Role, TextPart

SIDE = llama_dialect(OPENAI_CHAT).upstream
assert SIDE is not None
LLAMA = SIDE
BODY = b'{"model": "m", "messages": [{"role": "user", "content": "hi"}], "seed": 7} '
_CHUNK = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":%s,'
    b'"finish_reason":null}]%s}\n\n'
)


def chunk(delta: bytes, progress: bytes = b"") -> bytes:
    return _CHUNK % (delta, b',"prompt_progress":{"total":9,"processed":%s}' % progress if progress else b"")


def body_of(request: Request) -> dict[str, object]:
    return msgspec.json.decode(LLAMA.encode_request(request), type=dict[str, object])


def test_a_stream_is_asked_for_with_progress() -> None:
    body = body_of(streaming(Request(model="m", messages=[Message(Role.USER, [TextPart("hi")])], stream=True)))
    assert (body["stream"], body["return_progress"], body["model"]) == (True, True, "m")


def test_a_whole_answer_is_asked_for_as_a_stream_with_usage() -> None:
    body = body_of(streaming(decode_request(BODY)))
    assert (body["stream"], body["return_progress"], body["seed"]) == (True, True, 7)
    assert body["stream_options"] == {"include_usage": True}


def test_a_body_that_asks_for_no_progress_is_overruled() -> None:
    body = BODY.rstrip()[:-1] + b',"stream":true,"return_progress":false}'
    assert body_of(streaming(decode_request(body)))["return_progress"] is True


def frames_of(wire: bytes, size: int) -> list[Frame]:
    decoder = LLAMA.decoder(True, 10_000)
    return [frame for at in range(0, len(wire), size) for frame in decoder.feed(wire[at : at + size])]


def test_progress_is_kept_from_readers_and_the_role_is_told_once() -> None:
    nothing = b'{"role":"assistant","content":null}'
    wire = chunk(nothing, b"0") + chunk(nothing, b"5") + chunk(nothing) + chunk(b'{"content":"prompt_progress"}')
    for size in (len(wire), 7, 1):
        role, text = frames_of(wire, size)
        assert isinstance(role.events[0], StreamStart)
        assert role.raw == chunk(nothing)
        assert isinstance(text.events[-1], TextDelta)


def test_an_answer_that_ends_in_its_prompt_keeps_its_beginning() -> None:
    decoder = LLAMA.decoder(True, 10_000)
    assert decoder.feed(chunk(b'{"role":"assistant","content":null}', b"0")) == []
    (last,) = decoder.close()
    assert isinstance(last.events[0], StreamStart)
    assert isinstance(last.events[-1], StreamError)


def test_the_usual_event_is_the_dialects_own() -> None:
    decoder = LLAMA.decoder(True, 1 << 20)
    decoder.feed(chunk(b'{"role":"assistant","content":null}'))
    for text in (b"a", b"b", b"c"):
        decoder.feed(chunk(b'{"content":"%s"}' % text))
    usual = decoder.usual
    assert usual is not None
    assert usual.around.tell([b"x"]) == chunk(b'{"content":"x"}')


def test_the_decoder_ends_as_the_dialects_own() -> None:
    assert LLAMA.decoder(True, 10_000).close() == UPSTREAM.decoder(True, 10_000).close()


def test_a_call_that_must_be_is_asked_for_as_llama_cpp_enforces_it() -> None:
    choice = b'"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required"}'
    body = body_of(streaming(decode_request(BODY.rstrip()[:-1] + b"," + choice)))
    assert (body["tool_choice"], body["return_progress"], body["seed"]) == ("none", True, 7)
    assert "response_format" in body

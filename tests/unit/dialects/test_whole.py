from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.whole import WholeDecoder, WholeEncoder
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import Event, Frame, StreamEnd, StreamError, StreamStart
from sluiceway.testing import text_frames
from sluiceway.usual import Around, Usual


def decode_model(body: bytes) -> list[Event]:
    model = msgspec.json.decode(body, type=dict[str, str]).get("model")
    if model is None:
        raise RemoteProtocolError("no model")
    return [StreamStart("", model), StreamEnd()]


def decoder(max_body_bytes: int = 100) -> WholeDecoder:
    return WholeDecoder(decode_model, "w/json", max_body_bytes)


def encoder() -> WholeEncoder:
    return WholeEncoder(lambda completion: completion.choices[0].blocks[0].text.encode(), "w/json")


def test_an_answer_is_one_frame_at_the_end_of_the_body() -> None:
    whole = decoder()
    assert whole.feed(b'{"model"') + whole.feed(b':"m"}') == []
    assert whole.close() == [Frame([StreamStart("", "m"), StreamEnd()], "w/json", b'{"model":"m"}')]
    assert whole.close() == whole.feed(b"x") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b" ", "engine_unavailable"),
        (b"{", "upstream_protocol_error"),
        (b'{"model":1}', "upstream_protocol_error"),
        (b"{}", "upstream_protocol_error"),
    ],
)
def test_a_body_that_is_no_answer_is_one_error(body: bytes, code: str) -> None:
    whole = decoder()
    whole.feed(body)
    ((error,),) = (frame.events for frame in whole.close())
    assert isinstance(error, StreamError)
    assert error.code == code


def test_a_body_that_is_too_large_ends_at_once() -> None:
    whole = decoder(10)
    assert whole.feed(b"x" * 10) == []
    (frame,) = whole.feed(b"x")
    assert frame.events == [StreamError("upstream_event_too_large", "the upstream's answer is larger than 10 bytes")]
    assert whole.feed(b"x") == whole.close() == []


def test_a_reader_of_the_same_form_gets_the_same_bytes() -> None:
    assert encoder().encode(Frame([StreamStart(), StreamEnd()], "w/json", b"{}")) == b"{}"


def test_any_other_answer_is_written_at_its_end() -> None:
    whole = encoder()
    assert [whole.encode(frame) for frame in text_frames(["a", "b"])][-1] == b"ab"
    assert (whole.heartbeat(), whole.telling(Usual("w", Around(b"", b"")))) == (b"", None)


def test_an_answer_that_breaks_off_gives_nothing() -> None:
    assert encoder().encode(Frame([StreamError("c", "m")], "w/json", b"{}")) == b""

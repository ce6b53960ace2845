from __future__ import annotations

import pytest
from support.completionchunks import choice, chunk, decode_whole

from sluiceway.dialects.openai_completions.unary import unary_decoder
from sluiceway.events import StreamError, StreamStart, UsageReport
from sluiceway.fold import fold
from sluiceway.usage import Stop


def test_a_whole_answer_is_told_at_once() -> None:
    body = chunk(choice("a", "length"), choice("b", "stop", index=1), usage={"prompt_tokens": 1})
    completion = fold(decode_whole(body))
    assert completion.start == StreamStart("cmpl-1", "m", 1)
    assert [one.blocks[0].text for one in completion.choices] == ["a", "b"]
    assert [one.reason and one.reason.stop for one in completion.choices] == [Stop.LENGTH, Stop.END]
    assert completion.usage is not None
    assert completion.is_complete


def test_choices_without_a_number_are_counted() -> None:
    completion = fold(decode_whole(b'{"choices":[{"text":"a"},{"text":"b"}]}'))
    assert [one.index for one in completion.choices] == [0, 1]
    assert not any(isinstance(event, UsageReport) for event in decode_whole(b'{"choices":[{"text":"a"}]}'))


def test_a_frame_has_the_bytes_it_came_as() -> None:
    decoder = unary_decoder(1000)
    decoder.feed(chunk(choice("a", "stop")))
    (frame,) = decoder.close()
    assert (frame.wire, frame.raw) == ("openai_completions/json", chunk(choice("a", "stop")))


def test_an_error_with_status_200_is_an_error() -> None:
    assert decode_whole(b'{"error":{"message":"no","code":"x"}}') == [StreamError("upstream_failed", "no", "x")]


@pytest.mark.parametrize("body", [b"{}", b'{"choices":[]}', b"[", b'{"choices":[{"text":1}]}'])
def test_a_body_that_is_no_completion_is_an_error(body: bytes) -> None:
    (event,) = decode_whole(body)
    assert isinstance(event, StreamError)
    assert event.code == "upstream_protocol_error"

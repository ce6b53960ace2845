from __future__ import annotations

import pytest
from support.geminichunks import UPSTREAM, chunk, decode_whole, text

from sluiceway.dialects.gemini.unary import unary_decoder
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop


def test_a_whole_answer_is_one_frame() -> None:
    body = chunk(text("a"), finish="STOP", usageMetadata={"promptTokenCount": 1})
    decoder = unary_decoder(1000)
    assert decoder.feed(body) == []
    (frame,) = decoder.close()
    assert (frame.wire, frame.raw) == ("gemini/json", body)
    assert [type(event) for event in frame.events] == [
        StreamStart,
        BlockStart,
        TextDelta,
        UsageReport,
        BlockEnd,
        ChoiceEnd,
        StreamEnd,
    ]


def test_the_chunks_of_a_stream_may_come_as_a_list() -> None:
    body = b" [" + chunk(text("a")) + b"," + chunk(text("b"), finish="STOP") + b"]\n"
    assert decode_whole(body)[1:4] == [BlockStart(0, BlockKind.TEXT), TextDelta(0, "a"), TextDelta(0, "b")]


def test_an_answer_without_a_finish_reason_ends_for_no_known_reason() -> None:
    assert decode_whole(chunk(text("a")))[-2:] == [ChoiceEnd(0, FinishReason(Stop.OTHER)), StreamEnd()]


@pytest.mark.parametrize("body", [b'{"error":{"message":"no"}}', b'[{"error":{"message":"no"}},{}]'])
def test_an_error_is_an_error(body: bytes) -> None:
    assert decode_whole(body) == [StreamError("upstream_failed", "no")]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"{", b"[{", b"5", b'{"candidates":5}', b"\xff"])
def test_anything_else_breaks_the_dialect(body: bytes) -> None:
    (last,) = decode_whole(body)
    assert isinstance(last, StreamError)
    assert last.code == "upstream_protocol_error"


def test_a_body_that_is_too_large_is_refused() -> None:
    (frame,) = UPSTREAM.decoder(False, 5).feed(b"{     }")
    assert isinstance(frame.events[0], StreamError)

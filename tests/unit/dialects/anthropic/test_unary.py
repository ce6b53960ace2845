from __future__ import annotations

import json

import pytest
from support.messages import decode_whole, message

from sluiceway.dialects.anthropic.unary import unary_decoder
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage

CALL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}}


def test_a_message_is_told_block_by_block() -> None:
    usage = {"input_tokens": 3, "output_tokens": 4}
    told = decode_whole(message({"type": "text", "text": "Hi"}, CALL, stop_reason="tool_use", usage=usage))
    assert told == [
        StreamStart("msg_1", "m"),
        BlockStart(0, BlockKind.TEXT),
        TextDelta(0, "Hi"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TOOL, 0, "toolu_1", "f"),
        ToolInputDelta(1, '{"a": 1}'),
        BlockEnd(1),
        ChoiceEnd(0, FinishReason(Stop.TOOL_CALL, "tool_use")),
        UsageReport(Usage(3, 4, raw='{"input_tokens": 3, "output_tokens": 4}')),
        StreamEnd(),
    ]


@pytest.mark.parametrize("usage", [None, []])
def test_a_message_may_be_empty(usage: object) -> None:
    assert decode_whole(message(usage=usage))[1:] == [ChoiceEnd(0, FinishReason(Stop.OTHER)), StreamEnd()]


def test_an_error_in_place_of_a_message_is_one() -> None:
    body = {"type": "error", "error": {"type": "api_error", "message": "no"}}
    assert decode_whole(body) == [StreamError("upstream_failed", "no", "api_error")]


@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": [{}]}, [], {"content": "Hi"}])
def test_what_is_no_message_breaks_the_dialect(body: object) -> None:
    (error,) = decode_whole(body)
    assert isinstance(error, StreamError)
    assert error.code == "upstream_protocol_error"


def test_the_frame_has_the_bytes_of_the_body() -> None:
    body = json.dumps(message(stop_reason="end_turn")).encode()
    decoder = unary_decoder(1 << 20)
    (frame,) = decoder.feed(body) + decoder.close()
    assert (frame.wire, frame.raw) == ("anthropic/json", body)

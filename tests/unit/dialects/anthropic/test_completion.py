from __future__ import annotations

import json

import msgspec
from support.messages import message, options

from sluiceway.dialects.anthropic.completion import encode_completion, unary_encoder
from sluiceway.dialects.base import Framing
from sluiceway.events import BlockKind, BlockStart, Frame, StreamEnd, StreamStart
from sluiceway.fold import Block, Choice, Completion
from sluiceway.usage import FinishReason, Stop, Usage

END = FinishReason(Stop.END)


def encode(completion: Completion) -> dict[str, object]:
    body: dict[str, object] = json.loads(msgspec.json.encode(encode_completion(completion, options(Framing.JSON))))
    return body


def test_a_finished_answer_is_one_message() -> None:
    blocks = [Block(BlockStart(0, BlockKind.TEXT), "Hi"), Block(BlockStart(1, BlockKind.VENDOR))]
    body = encode(Completion(StreamStart("msg_1", "m"), [Choice(0, blocks, END)], Usage(3, 4)))
    usage = {"input_tokens": 3, "output_tokens": 4}
    assert body == message({"type": "text", "text": "Hi"}, stop_reason="end_turn", usage=usage)


def test_only_the_first_choice_is_told() -> None:
    blocks = [Block(BlockStart(0, BlockKind.TEXT, 1), "Hi")]
    body = encode(Completion(choices=[Choice(1, blocks, FinishReason(Stop.LENGTH))]))
    assert (body["content"], body["stop_reason"]) == ([], "end_turn")


def test_what_the_vendor_says_of_start_and_end_is_put_back() -> None:
    start = StreamStart(extras={"anthropic": {"diagnostics": 1}})
    choice = Choice(0, [], END, {"anthropic": {"stop_sequence": "END", "container": {"id": "c"}}})
    body = encode(Completion(start, [choice]))
    assert (body["diagnostics"], body["stop_sequence"], body["container"]) == (1, "END", {"id": "c"})


def test_a_call_or_a_refusal_decides_what_the_end_means() -> None:
    choice = Choice(0, [Block(BlockStart(0, BlockKind.TOOL, 0, "t", "f"))], END)
    assert encode(Completion(choices=[choice]))["stop_reason"] == "tool_use"


def test_the_model_is_the_one_that_answered_in_the_end() -> None:
    records: list[dict[str, object]] = [
        {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}},
        {"type": "fallback", "to": {}},
        {"type": "text_like", "to": {"model": "c"}},
        {"type": "fallback", "to": None},
    ]
    blocks = [
        Block(BlockStart(number, BlockKind.VENDOR, extras={"anthropic": record}))
        for number, record in enumerate(records)
    ]
    assert encode(Completion(StreamStart("", "a"), [Choice(0, blocks, END)]))["model"] == "b"


def test_the_encoder_writes_the_message_at_the_end() -> None:
    encoder = unary_encoder(options(Framing.JSON))
    assert encoder.encode(Frame([StreamStart("msg_1", "m")])) == b""
    assert json.loads(encoder.encode(Frame([StreamEnd()])))["id"] == "msg_1"

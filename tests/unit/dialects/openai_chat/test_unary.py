from __future__ import annotations

import json

import pytest
from support.chatchunks import events_of

from sluiceway.dialects.openai_chat.unary import unary_decoder
from sluiceway.events import (
    BlockKind,
    ChoiceEnd,
    Event,
    Frame,
    StreamEnd,
    StreamError,
    StreamStart,
)
from sluiceway.fold import Completion, fold
from sluiceway.order import check_order
from sluiceway.usage import FinishReason, Stop


def body_of(*choices: object, **top: object) -> bytes:
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}
    return json.dumps({**head, **top}).encode()


def choice(message: object, index: int | None = 0, finish: str | None = "stop") -> dict[str, object]:
    return {"index": index, "message": message, "logprobs": None, "finish_reason": finish}


def decode(body: bytes, max_body_bytes: int = 10_000) -> list[Event]:
    decoder = unary_decoder(max_body_bytes)
    events = events_of(decoder.feed(body[:20]) + decoder.feed(body[20:]) + decoder.close())
    check_order(events)
    return events


def completion(*choices: object, **top: object) -> Completion:
    return fold(decode(body_of(*choices, **top)))


def test_an_answer_is_one_frame_with_its_bytes() -> None:
    body = body_of(choice({"role": "assistant", "content": "a"}), usage={"prompt_tokens": 1, "completion_tokens": 2})
    decoder = unary_decoder(1000)
    assert decoder.feed(body) == []
    (frame,) = decoder.close()
    assert (frame.wire, frame.raw) == ("openai_chat/json", body)
    assert frame.events[0] == StreamStart("chatcmpl-1", "m", 1)
    assert frame.events[-1] == StreamEnd()


def test_a_message_has_all_its_blocks() -> None:
    calls = [{"id": "", "type": "function", "function": {"name": name, "arguments": "{}"}} for name in "fg"]
    message = {"reasoning_content": "hm", "content": "a", "refusal": "no", "tool_calls": calls}
    found = completion(choice(message, finish="tool_calls"))
    assert [(block.start.kind, block.start.tool_name, block.text) for block in found.choices[0].blocks] == [
        (BlockKind.REASONING, "", "hm"),
        (BlockKind.TEXT, "", "a"),
        (BlockKind.REFUSAL, "", "no"),
        (BlockKind.TOOL, "f", "{}"),
        (BlockKind.TOOL, "g", "{}"),
    ]
    assert found.choices[0].reason == FinishReason(Stop.TOOL_CALL, "tool_calls")


def test_choices_without_an_index_are_counted() -> None:
    found = completion(choice({"content": "a"}, None), choice({"content": "b"}, None))
    assert [(one.index, one.blocks[0].text) for one in found.choices] == [(0, "a"), (1, "b")]


def test_usage_is_reported_before_the_end() -> None:
    usage = completion(choice({"content": "a"}), usage={"prompt_tokens": 1, "completion_tokens": 2}).usage
    assert usage is not None
    assert usage.total_tokens == 3


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": "1"}])
def test_usage_that_says_nothing_is_no_report(usage: object) -> None:
    assert completion(choice({"content": "a"}), usage=usage).usage is None


def test_a_choice_without_a_message_or_a_finish_is_complete_all_the_same() -> None:
    events = decode(body_of(choice(None, finish=None)))
    assert events[1:] == [ChoiceEnd(0, FinishReason(Stop.OTHER)), StreamEnd()]


def test_an_error_with_status_200_keeps_its_code() -> None:
    body = b'{"error":{"message":"no","type":"t","code":"c"}}'
    assert decode(body) == [StreamError("upstream_failed", "no", "c")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "engine_unavailable"),
        (b" \n", "engine_unavailable"),
        (b"<html>", "upstream_protocol_error"),
        (body_of(choice({"content": "a"}))[:-5], "upstream_protocol_error"),
        (b'{"choices":[{"message":{"content":"\xff"}}]}', "upstream_protocol_error"),
        (body_of(), "upstream_protocol_error"),
        (b"{}", "upstream_protocol_error"),
        (body_of(choice({"content": 1})), "upstream_protocol_error"),
        (body_of(choice({"content": "a"}), choice({"content": "b"}), id=1), "upstream_protocol_error"),
    ],
)
def test_a_body_that_is_no_answer_is_one_error(body: bytes, code: str) -> None:
    (event,) = decode(body)
    assert isinstance(event, StreamError)
    assert event.code == code


def test_a_body_that_is_too_large_ends_at_once() -> None:
    decoder = unary_decoder(10)
    assert decoder.feed(b"x" * 10) == []
    (frame,) = decoder.feed(b"x")
    assert isinstance(frame, Frame)
    assert frame.events == [StreamError("upstream_event_too_large", "the upstream's answer is larger than 10 bytes")]
    assert decoder.feed(b"x") == []
    assert decoder.close() == []

from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.ui_stream.request_messages import decode_message
from sluiceway.dialects.ui_stream.request_shapes import MessageShape
from sluiceway.errors import RequestError
from sluiceway.request import Message, ReasoningPart, Role, TextPart, ToolCallPart, ToolResultPart

STEP: dict[str, object] = {"type": "step-start"}


def text(words: str) -> dict[str, object]:
    return {"type": "text", "text": words, "state": "done"}


def tool(number: int, **fields: object) -> dict[str, object]:
    return {"type": "tool-f", "toolCallId": f"c{number}", "state": "output-available", "input": {}, **fields}


def messages(role: str, *parts: dict[str, object]) -> list[Message]:
    body = json.dumps({"id": "m1", "role": role, "parts": parts, "metadata": {}})
    return decode_message(msgspec.json.decode(body, type=MessageShape), "messages[3]")


@pytest.mark.parametrize(("name", "role"), [("user", Role.USER), ("system", Role.SYSTEM)])
def test_a_message_of_text_is_one_message(name: str, role: Role) -> None:
    assert messages(name, STEP, text("a"), text("b")) == [Message(role, [TextPart("a"), TextPart("b")])]


def test_content_stands_for_parts_where_there_are_none() -> None:
    assert decode_message(MessageShape("user", content="a"), "m") == [Message(Role.USER, [TextPart("a")])]
    assert decode_message(MessageShape("user"), "m") == []


def test_a_message_that_says_nothing_to_the_model_is_none() -> None:
    assert messages("user", {"type": "data-x", "data": {}}) == []
    assert messages("assistant", STEP, text("")) == []


def test_each_step_is_what_was_said_and_then_its_results() -> None:
    told = messages(
        "assistant",
        STEP,
        {"type": "reasoning", "text": "hm"},
        text("a"),
        tool(1, output="x"),
        tool(2, output="y"),
        STEP,
        tool(3, output="z"),
        STEP,
        text("done"),
    )
    assert told == [
        Message(
            Role.ASSISTANT,
            [ReasoningPart("hm"), TextPart("a"), ToolCallPart("c1", "f", "{}"), ToolCallPart("c2", "f", "{}")],
        ),
        Message(Role.TOOL, [ToolResultPart("c1", [TextPart("x")])]),
        Message(Role.TOOL, [ToolResultPart("c2", [TextPart("y")])]),
        Message(Role.ASSISTANT, [ToolCallPart("c3", "f", "{}")]),
        Message(Role.TOOL, [ToolResultPart("c3", [TextPart("z")])]),
        Message(Role.ASSISTANT, [TextPart("done")]),
    ]


def test_a_wrong_part_is_named_by_its_place() -> None:
    with pytest.raises(RequestError) as caught:
        messages("user", text("a"), {"type": "file"})
    assert caught.value.field == "messages[3].parts[1].url"

from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.ollama.build_messages import encode_messages
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import (
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    RefusalPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

IMAGE = ImagePart("data:image/png;base64,AAAA")


def encode(*messages: Message) -> object:
    return json.loads(msgspec.json.encode(encode_messages(messages)))


def test_roles_and_texts_are_told() -> None:
    assert encode(
        Message(Role.DEVELOPER, [TextPart("be brief")]),
        Message(Role.USER, [TextPart("a"), IMAGE, TextPart("b")], name="ann"),
        Message(Role.ASSISTANT, [ReasoningPart("x", "proof"), RefusalPart("no")]),
        Message(Role.USER, []),
    ) == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "ab", "images": ["AAAA"]},
        {"role": "assistant", "content": "no", "thinking": "x"},
        {"role": "user", "content": ""},
    ]


def test_a_result_names_its_call_and_its_tool() -> None:
    assert encode(
        Message(Role.ASSISTANT, [ToolCallPart("c", "f", '{"n":1}'), ToolCallPart("d", "g", "")]),
        Message(Role.USER, [ToolResultPart("c", [TextPart("ok"), IMAGE]), ToolResultPart("e", []), TextPart("so?")]),
    ) == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"id": "c", "function": {"name": "f", "arguments": {"n": 1}}},
                {"id": "d", "function": {"name": "g", "arguments": {}}},
            ],
        },
        {"role": "tool", "content": "ok", "images": ["AAAA"], "tool_name": "f", "tool_call_id": "c"},
        {"role": "tool", "content": "", "tool_call_id": "e"},
        {"role": "user", "content": "so?"},
    ]


def test_a_message_of_results_alone_is_nothing_else() -> None:
    assert encode(Message(Role.TOOL, [ToolResultPart("c", [TextPart("ok")])])) == [
        {"role": "tool", "content": "ok", "tool_call_id": "c"}
    ]


@pytest.mark.parametrize(
    "part",
    [
        ImagePart("https://example.org/a.png"),
        ToolCallPart("c", "f", "[1]"),
        ToolResultPart("c", [ImagePart("https://example.org/a.png")]),
    ],
)
def test_what_has_no_place_is_refused_by_its_message(part: Part) -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        encode(Message(Role.USER, [TextPart("a")]), Message(Role.ASSISTANT, [part]))
    assert caught.value.field == "messages[1]"


def test_texts_of_a_system_message_are_set_apart() -> None:
    assert encode(Message(Role.SYSTEM, [TextPart("a"), TextPart("b")])) == [{"role": "system", "content": "a\n\nb"}]


def test_a_result_names_the_tool_of_the_call_before_it_where_ids_come_again() -> None:
    first, second = ToolCallPart("call_0", "f", "{}"), ToolCallPart("call_0", "g", "{}")
    answer = Message(Role.TOOL, [ToolResultPart("call_0", [])])
    turns = encode_messages([Message(Role.ASSISTANT, [first]), answer, Message(Role.ASSISTANT, [second]), answer])
    assert [turn["tool_name"] for turn in turns if turn["role"] == "tool"] == ["f", "g"]

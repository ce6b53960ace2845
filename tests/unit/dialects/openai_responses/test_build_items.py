from __future__ import annotations

import pytest

from sluiceway.dialects.openai_responses.build_items import encode_input, split_instructions
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    RefusalPart,
    Request,
    Role,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    VendorPart,
)


def encode(*messages: Message, tools: list[Tool] | None = None) -> list[dict[str, object]]:
    return encode_input(Request("m", list(messages), tools=tools or []), 0)


def test_leading_system_messages_are_instructions() -> None:
    system = [Message(Role.SYSTEM, [TextPart("a")]), Message(Role.SYSTEM, [TextPart("b")])]
    assert split_instructions([*system, Message(Role.USER, []), *system]) == ("a\n\nb", 2)
    assert split_instructions([Message(Role.SYSTEM, [ImagePart("http://x")])]) == (None, 0)
    assert split_instructions([]) == (None, 0)


def test_one_text_is_a_string_and_more_are_parts() -> None:
    assert encode(Message(Role.DEVELOPER, [TextPart("a")])) == [{"role": "developer", "content": "a"}]
    assert encode(Message(Role.USER, [TextPart("a"), ImagePart("http://x")])) == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "a"},
                {"type": "input_image", "image_url": "http://x", "detail": "auto"},
            ],
        }
    ]


def test_files_are_named_as_they_are_known() -> None:
    (item,) = encode(Message(Role.USER, [FilePart("file-1"), FilePart(data="d", filename="a"), FilePart(url="u")]))
    assert item["content"] == [
        {"type": "input_file", "file_id": "file-1"},
        {"type": "input_file", "file_data": "d", "filename": "a"},
        {"type": "input_file", "file_url": "u"},
    ]


def test_a_turn_of_the_assistant_is_an_item_for_each_thing() -> None:
    parts: list[Part] = [
        ReasoningPart("why", "proof"),
        ReasoningPart("lost"),
        ReasoningPart("", "bare"),
        TextPart("a"),
        RefusalPart("no"),
        ToolCallPart("c", "f", "{}"),
    ]
    assert encode(Message(Role.ASSISTANT, parts)) == [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "why"}], "encrypted_content": "proof"},
        {"type": "reasoning", "summary": [], "encrypted_content": "bare"},
        {
            "role": "assistant",
            "content": [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "no"}],
        },
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
    ]


def test_results_are_of_the_kind_of_their_calls() -> None:
    items = encode(
        Message(Role.ASSISTANT, [ToolCallPart("c", "f", "{}"), ToolCallPart("d", "g", "x")]),
        Message(Role.TOOL, [ToolResultPart("c", [TextPart("1"), TextPart("2")]), ToolResultPart("d", [])]),
        tools=[Tool("f", input_schema={}), Tool("g")],
    )
    assert items[1:] == [
        {"type": "custom_tool_call", "call_id": "d", "name": "g", "input": "x"},
        {"type": "function_call_output", "call_id": "c", "output": "12"},
        {"type": "custom_tool_call_output", "call_id": "d", "output": ""},
    ]


def test_a_result_may_hold_an_image() -> None:
    (item,) = encode(Message(Role.TOOL, [ToolResultPart("c", [TextPart("a"), ImagePart("http://x", "low")])]))
    assert item["output"] == [
        {"type": "input_text", "text": "a"},
        {"type": "input_image", "image_url": "http://x", "detail": "low"},
    ]


def test_parts_of_this_vendor_are_sent_as_they_came() -> None:
    record: dict[str, object] = {"type": "item_reference", "id": "msg_1"}
    part = VendorPart(NAME, "item_reference", record)
    assert encode(Message(Role.ASSISTANT, [part])) == [record]
    assert encode(Message(Role.USER, [part])) == [{"role": "user", "content": [record]}]


@pytest.mark.parametrize("role", [Role.USER, Role.ASSISTANT])
@pytest.mark.parametrize("part", [VendorPart("elsewhere", "x", {}), AudioPart("d", "wav")])
def test_what_has_no_place_is_refused_by_name(role: Role, part: Part) -> None:
    with pytest.raises(UnsupportedFeature) as found:
        encode(Message(Role.USER, []), Message(role, [part]))
    assert found.value.field == "messages[1]"


def test_a_result_is_one_of_the_call_before_it_where_ids_come_again() -> None:
    answer = Message(Role.TOOL, [ToolResultPart("call_0", [])])
    custom = Message(Role.ASSISTANT, [ToolCallPart("call_0", "note", "x")])
    function = Message(Role.ASSISTANT, [ToolCallPart("call_0", "f", "{}")])
    items = encode(custom, answer, function, answer, tools=[Tool("note"), Tool("f", input_schema={})])
    assert [item["type"] for item in items if "output" in item] == ["custom_tool_call_output", "function_call_output"]

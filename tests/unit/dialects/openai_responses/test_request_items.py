from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_responses.request_items import decode_input
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.errors import RequestError
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    RefusalPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    VendorPart,
)


def decode(*items: object) -> tuple[list[Message], list[str]]:
    return decode_input([msgspec.Raw(msgspec.json.encode(item)) for item in items])


def part_of(part: object) -> Part:
    ((message,), _) = decode({"role": "user", "content": [part]})
    return message.parts[0]


def test_a_text_is_what_the_user_says() -> None:
    assert decode_input("hi") == ([Message(Role.USER, [TextPart("hi")])], [])


def test_messages_have_their_speakers() -> None:
    items = [{"role": role, "content": "a"} for role in ("system", "developer", "user", "assistant")]
    messages, _ = decode(*items, {"type": "message", "role": "user", "content": []})
    assert [message.role.value for message in messages] == ["system", "developer", "user", "assistant", "user"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "input_text", "text": "a"}, TextPart("a")),
        ({"type": "output_text", "text": "a", "annotations": []}, TextPart("a")),
        ({"type": "refusal", "refusal": "no"}, RefusalPart("no")),
        ({"type": "input_image", "image_url": "http://x", "detail": "low"}, ImagePart("http://x", "low")),
        ({"type": "input_file", "file_id": "file-1"}, FilePart("file-1")),
        ({"type": "input_file", "file_data": "d", "filename": "a.pdf"}, FilePart(None, "d", "a.pdf")),
        ({"type": "input_file", "file_url": "http://x"}, FilePart(url="http://x")),
        ({"type": "input_audio", "input_audio": {"data": "d", "format": "wav"}}, AudioPart("d", "wav")),
    ],
)
def test_parts_have_a_canonical_place(part: object, expected: Part) -> None:
    assert part_of(part) == expected


@pytest.mark.parametrize("part", [{"type": "input_image", "file_id": "file-1"}, {"type": "computer_screenshot"}])
def test_parts_that_only_this_vendor_knows_are_kept_whole(part: dict[str, object]) -> None:
    assert part_of(part) == VendorPart(NAME, str(part["type"]), part)


def test_a_turn_of_the_assistant_is_one_message() -> None:
    messages, _ = decode(
        {"role": "user", "content": "hi"},
        {"type": "reasoning", "id": "rs_1", "summary": [{"text": "a"}, {"text": "b"}], "encrypted_content": "p"},
        {"role": "assistant", "content": "c"},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "call_2", "name": "g", "input": "x"},
        {"type": "function_call_output", "call_id": "call_1", "output": "d"},
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "e"}]},
    )
    assert messages[1] == Message(
        Role.ASSISTANT,
        [
            ReasoningPart("a\n\nb", "p"),
            TextPart("c"),
            ToolCallPart("call_1", "f", "{}"),
            ToolCallPart("call_2", "g", "x"),
        ],
    )
    assert [message.parts for message in messages[2:]] == [
        [ToolResultPart("call_1", [TextPart("d")])],
        [ToolResultPart("call_2", [TextPart("e")])],
    ]


def test_the_models_own_reasoning_goes_before_a_summary() -> None:
    ((message,), _) = decode({"type": "reasoning", "summary": [{"text": "a"}], "content": [{"text": "b"}]})
    assert message.parts == [ReasoningPart("b")]


@pytest.mark.parametrize("item", [{"type": "item_reference", "id": "msg_1"}, {"id": "msg_1"}, {"type": "mcp_call"}])
def test_items_that_only_this_vendor_knows_are_kept_whole(item: dict[str, object]) -> None:
    ((message,), _) = decode(item)
    assert message.parts == [VendorPart(NAME, str(item.get("type", "item_reference")), item)]


def test_what_only_this_vendor_takes_from_a_tool_is_a_demand() -> None:
    image = {"type": "input_image", "file_id": "file-1"}
    output = [image, {"type": "input_image", "image_url": "http://x"}]
    ((message,), demands) = decode({"type": "function_call_output", "call_id": "c", "output": output})
    assert message.parts == [ToolResultPart("c", [ImagePart("http://x")])]
    assert demands == ["input[0].output[0]"]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"role": "user"}, "input[0].content"),
        ({"role": "nobody", "content": ""}, "input[0].role"),
        ({"role": "user", "content": [{}]}, "input[0].content[0].type"),
        ({"role": "user", "content": [{"type": "input_text"}]}, "input[0].content[0].text"),
        ({"role": "user", "content": [{"type": "input_text", "text": 1}]}, "input[0].content[0].text"),
        ({"role": "user", "content": [{"type": "refusal"}]}, "input[0].content[0].refusal"),
        ({"role": "user", "content": [{"type": "input_audio"}]}, "input[0].content[0].input_audio"),
        ({"type": "function_call", "name": "f"}, "input[0].call_id"),
        ({"type": "function_call_output", "call_id": "c"}, "input[0].output"),
        ({"type": 7}, "input[0].type"),
        (7, "input[0]"),
    ],
)
def test_what_is_missing_or_wrong_is_named(item: object, field: str) -> None:
    with pytest.raises(RequestError) as found:
        decode(item)
    assert found.value.field == field

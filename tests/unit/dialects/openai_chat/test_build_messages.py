from __future__ import annotations

import pytest

from sluiceway.dialects.openai_chat.build_messages import encode_message, find_custom_names
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
)


def encode(role: Role, *parts: Part, name: str | None = None) -> list[dict[str, object]]:
    return encode_message(Message(role, list(parts), name), "messages[0]", frozenset({"note"}))


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.DEVELOPER, Role.USER, Role.ASSISTANT])
def test_one_text_is_a_string(role: Role) -> None:
    assert encode(role, TextPart("a"), name="n") == [{"role": role.value, "content": "a", "name": "n"}]


def test_other_content_is_a_list() -> None:
    (turn,) = encode(
        Role.USER,
        TextPart("a"),
        ImagePart("http://x"),
        ImagePart("http://y", "low"),
        AudioPart("AA", "wav"),
        FilePart("f", None, "n"),
        RefusalPart("no"),
    )
    assert turn["content"] == [
        {"type": "text", "text": "a"},
        {"type": "image_url", "image_url": {"url": "http://x"}},
        {"type": "image_url", "image_url": {"url": "http://y", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
        {"type": "file", "file": {"file_id": "f", "filename": "n"}},
        {"type": "refusal", "refusal": "no"},
    ]


def test_calls_stand_beside_content_and_reasoning_is_left_out() -> None:
    assert encode(Role.ASSISTANT, ReasoningPart("hm"), ToolCallPart("c", "f", "{}")) == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        }
    ]


def test_each_tool_result_is_a_message_and_comes_first() -> None:
    assert encode(
        Role.USER, TextPart("go on"), ToolResultPart("c", [TextPart("su"), TextPart("nny")]), ToolResultPart("d", [])
    ) == [
        {"role": "tool", "tool_call_id": "c", "content": "sunny"},
        {"role": "tool", "tool_call_id": "d", "content": ""},
        {"role": "user", "content": "go on"},
    ]


def test_tool_results_alone_need_no_other_message() -> None:
    assert len(encode(Role.TOOL, ToolResultPart("c", [TextPart("a")]), ToolResultPart("d", [TextPart("b")]))) == 2


def test_a_message_without_parts_is_still_a_message() -> None:
    assert encode(Role.USER) == [{"role": "user", "content": ""}]
    assert encode(Role.ASSISTANT) == [{"role": "assistant", "content": None}]


def test_a_tool_result_with_an_image_cannot_be_said() -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        encode(Role.TOOL, ToolResultPart("c", [ImagePart("http://x")]))
    assert caught.value.field == "messages[0]"


def test_a_call_of_a_custom_tool_keeps_its_text() -> None:
    (turn,) = encode(Role.ASSISTANT, ToolCallPart("c", "note", "not JSON"))
    assert turn["tool_calls"] == [{"id": "c", "type": "custom", "custom": {"name": "note", "input": "not JSON"}}]


def test_a_file_that_is_told_by_its_url_only_is_refused() -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        encode(Role.USER, FilePart(url="https://example.com/a.pdf"))
    assert caught.value.field == "messages[0]"


def test_custom_tools_are_those_that_take_text() -> None:
    tools = [Tool("note"), Tool("f", input_schema={}), Tool("web", is_hosted=True)]
    assert find_custom_names(Request("m", [], tools=tools)) == {"note"}

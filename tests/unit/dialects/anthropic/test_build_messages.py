from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.anthropic.build_messages import encode_messages, encode_system
from sluiceway.errors import UnsupportedFeature
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

PNG = "data:image/png;base64,aGk="


def built(*messages: Message, is_own: bool = False) -> list[dict[str, object]]:
    value: list[dict[str, object]] = json.loads(msgspec.json.encode(encode_messages(list(messages), is_own=is_own)))
    return value


def content(*parts: Part, role: Role = Role.USER, is_own: bool = False) -> object:
    (message,) = built(Message(role, list(parts)), is_own=is_own)
    return message["content"]


def test_one_text_is_a_string() -> None:
    assert built(Message(Role.USER, [TextPart("Hi")])) == [{"role": "user", "content": "Hi"}]


def test_everything_the_system_says_stands_before_the_conversation() -> None:
    messages = [
        Message(Role.SYSTEM, [TextPart("a"), TextPart("")]),
        Message(Role.USER, [TextPart("Hi")]),
        Message(Role.DEVELOPER, [TextPart("b")]),
    ]
    assert encode_system(messages) == [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert encode_system(messages[:2]) == "a"
    assert encode_system(messages[1:2]) is None
    assert built(*messages) == [{"role": "user", "content": "Hi"}]


def test_the_system_says_text_only() -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        encode_system([Message(Role.USER, []), Message(Role.SYSTEM, [ImagePart(PNG)])])
    assert caught.value.field == "messages[1]"


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (ImagePart(PNG), {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}),
        (ImagePart("https://x/a"), {"type": "image", "source": {"type": "url", "url": "https://x/a"}}),
        (
            FilePart(data="data:application/pdf;base64,aGk=", filename="a.pdf"),
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="},
                "title": "a.pdf",
            },
        ),
        (
            FilePart(data="data:text/markdown;base64,aGk="),
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "hi"}},
        ),
        (FilePart(url="https://x/a"), {"type": "document", "source": {"type": "url", "url": "https://x/a"}}),
        (RefusalPart("No"), {"type": "text", "text": "No"}),
        (ReasoningPart("so", "sig"), {"type": "thinking", "thinking": "so", "signature": "sig"}),
        (ToolCallPart("t", "f", '{"a":1}'), {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}),
        (
            ToolCallPart("functions.f:0", "f", ""),
            {"type": "tool_use", "id": "functions_f_0", "name": "f", "input": {}},
        ),
        (
            ToolResultPart("functions.f:0", [TextPart("sunny")], is_error=True),
            {"type": "tool_result", "tool_use_id": "functions_f_0", "content": "sunny", "is_error": True},
        ),
        (ToolResultPart("t", [TextPart("")]), {"type": "tool_result", "tool_use_id": "t"}),
        (VendorPart("anthropic", "x", {"type": "x"}), {"type": "x"}),
    ],
)
def test_every_kind_of_part_is_a_block(part: Part, block: object) -> None:
    assert content(part, TextPart("Hi")) == [block, {"type": "text", "text": "Hi"}]


def test_a_result_may_hold_an_image() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://x/a"}}
    result = ToolResultPart("t", [ImagePart("https://x/a"), TextPart("Hi")])
    assert content(result) == [
        {"type": "tool_result", "tool_use_id": "t", "content": [image, {"type": "text", "text": "Hi"}]}
    ]


def test_a_file_the_vendor_keeps_is_known_to_the_vendor_alone() -> None:
    block = {"type": "document", "source": {"type": "file", "file_id": "file_1"}}
    assert content(FilePart("file_1"), is_own=True) == [block]
    with pytest.raises(UnsupportedFeature):
        content(FilePart("file_1"))


def test_empty_texts_and_empty_turns_are_left_out() -> None:
    empty = Message(Role.ASSISTANT, [TextPart(""), RefusalPart("")])
    assert built(empty, Message(Role.USER, [TextPart("Hi")])) == [{"role": "user", "content": "Hi"}]


def test_reasoning_goes_along_with_its_proof_only() -> None:
    assert content(ReasoningPart("so"), TextPart("Hi"), role=Role.ASSISTANT) == "Hi"


def test_what_was_redacted_stays_redacted() -> None:
    extras: dict[str, dict[str, object]] = {"anthropic": {"redacted_thinking": ["secret"]}}
    (turn,) = built(Message(Role.ASSISTANT, [ReasoningPart("", "secret"), ReasoningPart("", "sig")], extras=extras))
    assert turn["content"] == [
        {"type": "redacted_thinking", "data": "secret"},
        {"type": "thinking", "thinking": "", "signature": "sig"},
    ]


def test_neighbours_become_one_turn_that_begins_with_the_results() -> None:
    turns = built(
        Message(Role.ASSISTANT, [ToolCallPart("a", "f", "{}")]),
        Message(Role.ASSISTANT, [ToolCallPart("b", "f", "{}")]),
        Message(Role.TOOL, [ToolResultPart("a", [])]),
        Message(Role.USER, [TextPart("Hi")]),
        Message(Role.TOOL, [ToolResultPart("b", [])]),
    )
    assert [turn["role"] for turn in turns] == ["assistant", "user"]
    assert turns[1]["content"] == [
        {"type": "tool_result", "tool_use_id": "a"},
        {"type": "tool_result", "tool_use_id": "b"},
        {"type": "text", "text": "Hi"},
    ]


@pytest.mark.parametrize(
    "part",
    [
        AudioPart("aGk=", "wav"),
        ImagePart("data:image/svg+xml,<svg/>"),
        FilePart(data="data:application/zip;base64,aGk="),
        FilePart(data="data:text/plain;base64,/w=="),
        FilePart(data="data:text/plain;base64,?"),
        FilePart(data="aGk="),
        VendorPart("elsewhere", "x", {"type": "x"}),
    ],
)
def test_what_has_no_place_here_is_refused(part: Part) -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        content(part)
    assert caught.value.field == "messages[0]"

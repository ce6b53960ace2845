from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.anthropic.request_messages import decode_message, decode_system
from sluiceway.dialects.anthropic.request_shapes import MessageShape, TextShape
from sluiceway.errors import RequestError
from sluiceway.request import (
    FilePart,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    VendorPart,
)

Block = dict[str, object]


def decode(*blocks: object, role: str = "user") -> Message:
    body = json.dumps({"role": role, "content": list(blocks)}, separators=(",", ":"))
    return decode_message(msgspec.json.decode(body, type=MessageShape), "messages.0")


def source(**fields: object) -> Block:
    return {"type": "document", "source": fields}


def test_the_system_field_is_a_message() -> None:
    assert decode_system("Be brief.") == [Message(Role.SYSTEM, [TextPart("Be brief.")])]
    assert decode_system([TextShape("a"), TextShape("b")]) == [Message(Role.SYSTEM, [TextPart("a"), TextPart("b")])]
    assert decode_system(None) == decode_system("") == decode_system([]) == []


MARK: Block = {"type": "ephemeral", "ttl": "1h"}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "Hi"}, TextPart("Hi", cache_control=MARK)),
        (
            {"type": "image", "source": {"type": "url", "url": "https://x/a.png"}},
            ImagePart("https://x/a.png", cache_control=MARK),
        ),
        (source(type="url", url="https://x/a.pdf"), FilePart(url="https://x/a.pdf", cache_control=MARK)),
        (source(type="file", file_id="file_1"), FilePart("file_1", cache_control=MARK)),
        (
            source(type="text", data="hi"),
            FilePart(data="data:text/plain;base64,aGk=", cache_control=MARK),
        ),
        (
            source(type="base64", media_type="application/pdf", data="aGk="),
            FilePart(data="data:application/pdf;base64,aGk=", cache_control=MARK),
        ),
        (
            {"type": "tool_use", "id": "t", "name": "f", "input": {}},
            ToolCallPart("t", "f", "{}", cache_control=MARK),
        ),
        ({"type": "tool_result", "tool_use_id": "t"}, ToolResultPart("t", [], cache_control=MARK)),
    ],
)
def test_where_to_cache_is_kept_with_every_part_that_can_say_it(block: Block, part: Part) -> None:
    assert decode({**block, "cache_control": MARK}).parts == [part]


def test_the_system_field_and_what_is_in_a_result_can_say_where_to_cache() -> None:
    assert decode_system([TextShape("a", MARK)])[0].parts == [TextPart("a", cache_control=MARK)]
    text = {"type": "text", "text": "b", "cache_control": MARK}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [text]}
    assert decode(result).parts == [ToolResultPart("t", [TextPart("b", cache_control=MARK)])]


def test_content_may_be_a_text() -> None:
    assert decode_message(MessageShape("assistant", "Hi"), "") == Message(Role.ASSISTANT, [TextPart("Hi")])
    assert decode_message(MessageShape("system", "Hi"), "").role is Role.SYSTEM


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "Hi"}, TextPart("Hi")),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
            ImagePart("data:image/png;base64,aGk="),
        ),
        ({"type": "image", "source": {"type": "url", "url": "https://x/a.png"}}, ImagePart("https://x/a.png")),
        (
            {**source(type="base64", media_type="application/pdf", data="aGk="), "title": "a.pdf"},
            FilePart(data="data:application/pdf;base64,aGk=", filename="a.pdf"),
        ),
        (source(type="url", url="https://x/a.pdf"), FilePart(url="https://x/a.pdf")),
        (source(type="file", file_id="file_1"), FilePart("file_1")),
        (source(type="text", media_type="text/plain", data="hi"), FilePart(data="data:text/plain;base64,aGk=")),
        (source(type="text", data="hi"), FilePart(data="data:text/plain;base64,aGk=")),
        ({"type": "thinking", "thinking": "so", "signature": "sig"}, ReasoningPart("so", "sig")),
        ({"type": "thinking", "thinking": "so", "signature": ""}, ReasoningPart("so")),
        ({"type": "redacted_thinking", "data": "secret"}, ReasoningPart("", "secret")),
        ({"type": "tool_use", "id": "t", "name": "f", "input": {"n": 1.10}}, ToolCallPart("t", "f", '{"n":1.1}')),
        (
            {"type": "tool_result", "tool_use_id": "t", "content": "sunny", "is_error": True},
            ToolResultPart("t", [TextPart("sunny")], is_error=True),
        ),
        ({"type": "tool_result", "tool_use_id": "t"}, ToolResultPart("t", [])),
        (
            {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "sunny"}]},
            ToolResultPart("t", [TextPart("sunny")]),
        ),
    ],
)
def test_every_kind_of_block_is_a_part(block: Block, part: Part) -> None:
    assert decode(block).parts == [part]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "search_result", "source": "https://x", "content": []},
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "document", "source": {"type": "content", "content": []}},
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "tool_reference", "tool_name": "f"}]},
    ],
)
def test_what_only_the_vendor_has_is_kept_whole(block: Block) -> None:
    assert decode(block).parts == [VendorPart("anthropic", str(block["type"]), block)]


def test_a_message_of_results_alone_is_the_tools() -> None:
    result = {"type": "tool_result", "tool_use_id": "t"}
    text = {"type": "text", "text": "Hi"}
    assert (decode(result).role, decode(result, text).role, decode().role) == (Role.TOOL, Role.USER, Role.USER)


def test_what_is_redacted_is_remembered() -> None:
    message = decode({"type": "redacted_thinking", "data": "secret"}, role="assistant")
    assert message.extras == {"anthropic": {"redacted_thinking": ["secret"]}}


@pytest.mark.parametrize(
    ("block", "field"),
    [
        ({"text": "Hi"}, "messages.0.content.0.type"),
        ({"type": "text"}, "messages.0.content.0.text"),
        ({"type": "image", "source": {"type": "base64"}}, "messages.0.content.0.source"),
        ({"type": "image", "source": {"type": "url"}}, "messages.0.content.0.source"),
        (source(type="text"), "messages.0.content.0.source"),
        ({"type": "tool_use", "id": "t", "name": "f"}, "messages.0.content.0.input"),
        (
            {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": 7}]},
            "messages.0.content.0.content.0.text",
        ),
        (7, "messages.0.content.0"),
    ],
)
def test_what_is_wrong_is_named(block: object, field: str) -> None:
    with pytest.raises(RequestError) as caught:
        decode(block)
    assert caught.value.field == field

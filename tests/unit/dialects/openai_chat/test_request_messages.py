from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_chat.request_messages import decode_message
from sluiceway.dialects.openai_chat.request_shapes import MessageShape
from sluiceway.errors import RequestError
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    MarkedPart,
    Message,
    ReasoningPart,
    RefusalPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    VendorPart,
)


def decode(message: dict[str, object]) -> Message:
    return decode_message(msgspec.convert(message, MessageShape), "messages[2]")


@pytest.mark.parametrize("role", ["system", "developer", "user", "assistant"])
def test_text_is_one_part(role: str) -> None:
    assert decode({"role": role, "content": "a", "name": "n"}) == Message(Role(role), [TextPart("a")], "n")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "text", "text": "a"}, TextPart("a")),
        ({"type": "refusal", "refusal": "no"}, RefusalPart("no")),
        ({"type": "image_url", "image_url": {"url": "http://x", "detail": "low"}}, ImagePart("http://x", "low")),
        ({"type": "image_url", "image_url": "http://x"}, ImagePart("http://x")),
        ({"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}, AudioPart("AA", "wav")),
        ({"type": "file", "file": {"file_id": "f"}}, FilePart("f")),
        ({"type": "file", "file": {"file_data": "d", "filename": "n"}}, FilePart(None, "d", "n")),
    ],
)
def test_each_kind_of_part_is_read(part: dict[str, object], expected: object) -> None:
    assert decode({"role": "user", "content": [part]}).parts == [expected]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": "a"},
        {"type": "image_url", "image_url": "http://x"},
        {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
        {"type": "file", "file": {"file_id": "f"}},
    ],
)
def test_where_to_cache_is_kept_with_every_part_that_can_say_it(part: dict[str, object]) -> None:
    mark = {"type": "ephemeral"}
    (found,) = decode({"role": "user", "content": [{**part, "cache_control": mark}]}).parts
    (plain,) = decode({"role": "user", "content": [part]}).parts
    assert isinstance(plain, MarkedPart)
    assert found == msgspec.structs.replace(plain, cache_control=mark)


@pytest.mark.parametrize("kind", ["text", "refusal", "image_url", "input_audio", "file"])
def test_a_part_without_what_it_is_for_names_the_field(kind: str) -> None:
    with pytest.raises(RequestError) as caught:
        decode({"role": "user", "content": [{"type": "text", "text": "a"}, {"type": kind}]})
    assert caught.value.field == f"messages[2].content[1].{kind}"


def test_a_part_of_a_kind_not_known_here_is_a_vendors_own() -> None:
    message = decode(
        {"role": "user", "content": [{"type": "video_url", "video_url": {}}, {"type": "text", "text": "a"}]}
    )
    video = VendorPart("openai_chat", "video_url", {"type": "video_url"})
    assert message == Message(Role.USER, [video, TextPart("a")])


@pytest.mark.parametrize(
    "answer",
    [
        {"role": "tool", "tool_call_id": "c", "content": "sunny"},
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "sunny"}]},
        {"role": "function", "name": "c", "content": "sunny"},
    ],
)
def test_a_tools_answer_names_its_call(answer: dict[str, object]) -> None:
    assert decode(answer) == Message(Role.TOOL, [ToolResultPart("c", [TextPart("sunny")])])


def test_a_tools_answer_may_be_a_refusal_which_is_text_like_any_other() -> None:
    content = [{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "no"}]
    (result,) = decode({"role": "tool", "tool_call_id": "c", "content": content}).parts
    assert result == ToolResultPart("c", [TextPart("a"), TextPart("no")])


def test_what_has_no_place_in_a_tools_answer_stands_beside_it() -> None:
    content = [{"type": "text", "text": "a"}, {"type": "video_url", "video_url": {}}]
    parts = decode({"role": "tool", "tool_call_id": "c", "content": content}).parts
    video = VendorPart("openai_chat", "video_url", {"type": "video_url"})
    assert parts == [ToolResultPart("c", [TextPart("a")]), video]


def test_an_answer_that_the_vendor_keeps_as_sound_is_its_own() -> None:
    audio: dict[str, object] = {"id": "audio_1"}
    message = decode({"role": "assistant", "content": None, "audio": audio})
    assert message == Message(Role.ASSISTANT, [VendorPart("openai_chat", "audio", audio)])
    assert decode({"role": "assistant", "content": "a", "audio": None}).parts == [TextPart("a")]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"role": "tool", "content": "a"}, "tool_call_id"),
        ({"role": "function", "content": "a"}, "name"),
        ({"role": "user"}, "content"),
        ({"role": "assistant", "tool_calls": [{"id": "c"}]}, "tool_calls[0].function"),
    ],
)
def test_a_missing_field_is_named(message: dict[str, object], field: str) -> None:
    with pytest.raises(RequestError) as caught:
        decode(message)
    assert caught.value.field == f"messages[2].{field}"


def test_an_earlier_turn_has_all_its_parts_in_order() -> None:
    message = decode(
        {
            "role": "assistant",
            "reasoning_content": "hm",
            "content": "a",
            "refusal": "no",
            "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "d", "type": "custom", "custom": {"name": "g", "input": "ls"}},
            ],
            "function_call": {"name": "h", "arguments": "[]"},
        }
    )
    assert message.parts == [
        ReasoningPart("hm"),
        TextPart("a"),
        RefusalPart("no"),
        ToolCallPart("c", "f", "{}"),
        ToolCallPart("d", "g", "ls"),
        ToolCallPart("h", "h", "[]"),
    ]


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"reasoning": "hm"}, ReasoningPart("hm")),
        (
            {"reasoning_details": [{"text": "h", "signature": None}, {"text": "m", "signature": "s"}]},
            ReasoningPart("hm", "s"),
        ),
        ({"reasoning_details": [{"text": None, "signature": "s"}]}, ReasoningPart("", "s")),
    ],
)
def test_reasoning_of_an_earlier_turn_is_read_in_every_spelling(fields: dict[str, object], part: object) -> None:
    assert decode({"role": "assistant", "content": None, **fields}).parts == [part]

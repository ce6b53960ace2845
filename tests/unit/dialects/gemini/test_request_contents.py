from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.gemini.request_contents import ContentsDecoder
from sluiceway.dialects.gemini.request_shapes import SaidShape, TurnShape
from sluiceway.errors import RequestError
from sluiceway.request import (
    AudioPart,
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


def decode(*turns: dict[str, object]) -> list[Message]:
    contents = json.loads(json.dumps(turns))
    decoder = ContentsDecoder(lambda index, part: contents[index]["parts"][part])
    shapes = msgspec.json.decode(json.dumps(turns), type=list[TurnShape])
    return [decoder.decode(shape, index) for index, shape in enumerate(shapes)]


def part_of(record: dict[str, object]) -> Part:
    ((part,),) = (message.parts for message in decode({"parts": [record]}))
    return part


def call(name: str, **fields: object) -> dict[str, object]:
    return {"role": "model", "parts": [{"functionCall": {"name": name, **fields}}]}


def result(name: str, **fields: object) -> dict[str, object]:
    return {"role": "user", "parts": [{"functionResponse": {"name": name, **fields}}]}


@pytest.mark.parametrize(
    ("role", "canonical"),
    [(None, Role.USER), ("user", Role.USER), ("model", Role.ASSISTANT), ("system", Role.SYSTEM)],
)
def test_roles_have_canonical_names(role: str | None, canonical: Role) -> None:
    assert decode({"role": role, "parts": [{"text": "a"}]}) == [Message(canonical, [TextPart("a")])]


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(RequestError) as caught:
        decode({"role": "assistant"})
    assert caught.value.field == "contents[0].role"


@pytest.mark.parametrize(
    ("record", "part"),
    [
        ({"text": "a", "thoughtSignature": "c2ln"}, TextPart("a", signature="c2ln")),
        (
            {"functionCall": {"id": "1", "name": "f"}, "thoughtSignature": "c2ln"},
            ToolCallPart("1", "f", "{}", signature="c2ln"),
        ),
        (
            {"inlineData": {"mimeType": "image/png", "data": "QUI="}, "thoughtSignature": "c2ln"},
            ImagePart("data:image/png;base64,QUI=", signature="c2ln"),
        ),
        ({"text": "a", "thought": True, "thoughtSignature": "c2ln"}, ReasoningPart("a", "c2ln")),
        ({"thoughtSignature": "c2ln"}, TextPart("", signature="c2ln")),
        ({}, TextPart("")),
        ({"inlineData": {"mimeType": "audio/wav", "data": "QUI="}}, AudioPart("QUI=", "wav")),
        ({"fileData": {"mimeType": "image/png", "fileUri": "https://x/y"}}, ImagePart("https://x/y")),
        (
            {"thoughtSignature": "c2ln", "executableCode": {"code": "1"}},
            VendorPart("gemini", "executableCode", {"thoughtSignature": "c2ln", "executableCode": {"code": "1"}}),
        ),
    ],
)
def test_parts_have_canonical_kinds(record: dict[str, object], part: Part) -> None:
    assert part_of(record) == part


def test_a_turn_may_be_empty_or_one_part_alone() -> None:
    decoder = ContentsDecoder(lambda _index, _part: {})
    assert decoder.decode_parts(TurnShape(), 0) == []
    assert decoder.decode_parts(TurnShape(parts=SaidShape("a")), 0) == [TextPart("a")]
    assert decode({"role": "user"}) == [Message(Role.USER, [])]


def test_calls_without_an_id_are_numbered_and_results_find_them() -> None:
    messages = decode(
        call("f", args={"x": 1}),
        call("g"),
        call("f", id="7"),
        result("f", response={"output": "one"}),
        result("f", id="7", response={"output": "two"}),
        result("g", response={"result": "three"}),
    )
    calls = [message.parts[0] for message in messages[:3]]
    assert calls == [
        ToolCallPart("call_0", "f", '{"x": 1}'),
        ToolCallPart("call_1", "g", "{}"),
        ToolCallPart("7", "f", "{}"),
    ]
    assert [message.parts[0] for message in messages[3:]] == [
        ToolResultPart("call_0", [TextPart("one")]),
        ToolResultPart("7", [TextPart("two")]),
        ToolResultPart("call_1", [TextPart("three")]),
    ]
    assert {message.role for message in messages[3:]} == {Role.TOOL}


def test_a_result_without_a_call_is_known_by_its_name() -> None:
    assert decode(result("f", response={"output": "a"}))[0].parts == [ToolResultPart("f", [TextPart("a")])]


@pytest.mark.parametrize(
    ("response", "text", "is_error"),
    [
        ({"error": "no"}, "no", True),
        ({"return_value": "Paris"}, '{"return_value": "Paris"}', False),
        ({"output": {"x": 1}}, '{"output": {"x": 1}}', False),
        ({"output": "a", "more": 1}, '{"output": "a", "more": 1}', False),
        (None, "", False),
    ],
)
def test_a_result_is_its_text_or_its_object(response: object, text: str, is_error: bool) -> None:
    assert decode(result("f", response=response))[0].parts == [ToolResultPart("f", [TextPart(text)], is_error)]


def test_a_result_may_show_something() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "QUI="}}
    shown = [image, {"text": "t", "thought": True}, {"executableCode": {}}]
    assert decode(result("f", parts=shown))[0].parts == [
        ToolResultPart("f", [ImagePart("data:image/png;base64,QUI=")]),
    ]


def test_a_turn_of_results_and_text_is_the_users() -> None:
    turn: dict[str, object] = {"role": "user", "parts": [{"functionResponse": {"name": "f"}}, {"text": "a"}]}
    assert decode(turn)[0].role is Role.USER


def test_a_call_without_an_id_gets_one_that_no_other_has() -> None:
    messages = decode(call("f", id="call_1"), call("g"), call("h"), result("g"))
    ids = [
        part.id for message in messages for part in message.parts if isinstance(part, ToolCallPart | ToolResultPart)
    ]
    assert ids == ["call_1", "call_2", "call_3", "call_2"]

from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.gemini.build_contents import ContentsEncoder
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
    VendorPart,
)

IMAGE = ImagePart("data:image/png;base64,QUI=")
BLOB = {"inlineData": {"mimeType": "image/png", "data": "QUI="}}


def contents(*messages: Message, model: str = "gemini-2.5-pro") -> object:
    return json.loads(msgspec.json.encode(ContentsEncoder(list(messages), model).contents()))


def said(role: str, *parts: dict[str, object]) -> dict[str, object]:
    return {"role": role, "parts": list(parts)}


def result(call_id: str, text: str) -> Message:
    return Message(Role.TOOL, [ToolResultPart(call_id, [TextPart(text)])])


def calls(*ids: str) -> Message:
    return Message(Role.ASSISTANT, [ToolCallPart(call_id, f"f{call_id}", "{}") for call_id in ids])


def test_what_system_messages_say_is_gathered() -> None:
    messages = [
        Message(Role.SYSTEM, [TextPart("a")]),
        Message(Role.USER, [TextPart("hi")]),
        Message(Role.DEVELOPER, [TextPart("b")]),
    ]
    encoder = ContentsEncoder(messages, "m")
    assert encoder.system_instruction() == {"parts": [{"text": "a"}, {"text": "b"}]}
    assert encoder.contents() == [said("user", {"text": "hi"})]
    assert ContentsEncoder([], "m").system_instruction() is None


@pytest.mark.parametrize(
    ("part", "records"),
    [
        (TextPart("a"), [{"text": "a"}]),
        (RefusalPart("no"), [{"text": "no"}]),
        (IMAGE, [BLOB]),
        (VendorPart("gemini", "executableCode", {"executableCode": {}}), [{"executableCode": {}}]),
    ],
)
def test_parts_are_parts(part: Part, records: list[dict[str, object]]) -> None:
    assert contents(Message(Role.ASSISTANT, [part])) == [said("model", *records)]


def test_reasoning_is_left_out_and_an_empty_turn_with_it() -> None:
    assert contents(Message(Role.ASSISTANT, [ReasoningPart("hm", "c2ln")])) == []


def test_results_name_their_functions_and_go_together() -> None:
    found = contents(calls("1", "2"), result("2", "b"), result("1", "a"), Message(Role.USER, [TextPart("so?")]))
    assert found == [
        said(
            "model",
            {"functionCall": {"id": "1", "name": "f1", "args": {}}},
            {"functionCall": {"id": "2", "name": "f2", "args": {}}},
        ),
        said(
            "user",
            {"functionResponse": {"id": "2", "name": "f2", "response": {"output": "b"}}},
            {"functionResponse": {"id": "1", "name": "f1", "response": {"output": "a"}}},
        ),
        said("user", {"text": "so?"}),
    ]


def test_results_of_another_turn_are_another_content() -> None:
    found = contents(calls("1"), result("1", "a"), calls("2"), result("2", "b"))
    assert isinstance(found, list)
    assert [content["role"] for content in found] == ["model", "user", "model", "user"]


def test_a_result_that_is_an_object_is_the_response() -> None:
    found = contents(calls("1"), result("1", '{"x": 1}'))
    assert isinstance(found, list)
    assert found[1]["parts"][0]["functionResponse"]["response"] == {"x": 1}


def test_a_result_may_be_an_error_and_show_something() -> None:
    shown = Message(Role.TOOL, [ToolResultPart("1", [TextPart("no"), IMAGE], is_error=True)])
    found = contents(calls("1"), shown)
    assert isinstance(found, list)
    response = found[1]["parts"][0]["functionResponse"]
    assert (response["response"], response["parts"]) == ({"error": "no"}, [BLOB])


def test_a_result_of_nothing_is_refused() -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        contents(Message(Role.USER, [TextPart("a")]), result("9", "a"))
    assert caught.value.field == "messages[1]"


def test_gemini_3_gets_a_signature_for_the_first_call_of_a_turn() -> None:
    found = contents(calls("1", "2"), model="gemini-3-pro-preview")
    assert isinstance(found, list)
    assert [part.get("thoughtSignature") for part in found[0]["parts"]] == ["skip_thought_signature_validator", None]


def test_a_system_message_can_hold_text_only() -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        ContentsEncoder([Message(Role.USER, []), Message(Role.SYSTEM, [IMAGE])], "m").system_instruction()
    assert caught.value.field == "messages[1]"


def test_a_result_names_the_call_before_it_where_ids_come_again() -> None:
    first, second = ToolCallPart("call_0", "f", "{}"), ToolCallPart("call_0", "g", "{}")
    said_ = [Message(Role.ASSISTANT, [first]), result("call_0", "a")]
    said_ += [Message(Role.ASSISTANT, [second]), result("call_0", "b")]
    told = json.dumps(contents(*said_))
    assert told.index('"name": "f", "response"') < told.index('"name": "g", "response"')


def test_signatures_stand_where_they_came() -> None:
    parts: list[Part] = [
        TextPart("a", signature="c2ln"),
        msgspec.structs.replace(IMAGE, signature="aW1n"),
        ToolCallPart("1", "f", "{}", signature="Y2Fs"),
        ToolCallPart("2", "g", "{}"),
    ]
    assert contents(Message(Role.ASSISTANT, parts), model="gemini-3-pro") == [
        said(
            "model",
            {"text": "a", "thoughtSignature": "c2ln"},
            {**BLOB, "thoughtSignature": "aW1n"},
            {"functionCall": {"id": "1", "name": "f", "args": {}}, "thoughtSignature": "Y2Fs"},
            {"functionCall": {"id": "2", "name": "g", "args": {}}},
        )
    ]

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sluiceway.dialects.ollama.request_messages import decode_content, decode_messages
from sluiceway.dialects.ollama.request_shapes import TurnShape
from sluiceway.request import (
    ImagePart,
    Message,
    ReasoningPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)


def decode(*turns: Mapping[str, object]) -> list[Message]:
    return decode_messages(msgspec.json.decode(msgspec.json.encode(turns), type=list[TurnShape]))


def calls(*names: str, **ids: str) -> dict[str, object]:
    shapes = [{"function": {"name": name, "arguments": {}}, "id": ids.get(name)} for name in names]
    return {"role": "assistant", "content": "", "tool_calls": shapes}


def result(**fields: str) -> dict[str, object]:
    return {"role": "tool", "content": "ok", **fields}


def answered(messages: list[Message]) -> list[str]:
    return [part.id for message in messages for part in message.parts if isinstance(part, ToolResultPart)]


def test_each_role_has_its_message() -> None:
    told = decode(*({"role": role, "content": role} for role in ("system", "developer", "user", "assistant")))
    assert told == [Message(Role(role), [TextPart(role)]) for role in ("system", "developer", "user", "assistant")]


def test_images_follow_the_text() -> None:
    assert decode_content("see", ["/9j/A"]) == [TextPart("see"), ImagePart("data:image/jpeg;base64,/9j/A")]
    assert decode_content(None, None) == []


def test_an_assistant_thinks_speaks_and_calls() -> None:
    function = {"name": "f", "arguments": {"n": 1}}
    turn = {"role": "assistant", "content": "a", "thinking": "x", "tool_calls": [{"id": "c", "function": function}]}
    assert decode(turn) == [
        Message(Role.ASSISTANT, [ReasoningPart("x"), TextPart("a"), ToolCallPart("c", "f", '{"n":1}')])
    ]


def test_a_message_that_says_nothing_is_empty_text() -> None:
    assert decode({"role": "user"}) == [Message(Role.USER, [TextPart("")])]


def test_a_result_holds_text_and_images() -> None:
    told = decode(result(tool_call_id="c") | {"images": ["/9j/A"]})
    assert told == [
        Message(Role.TOOL, [ToolResultPart("c", [TextPart("ok"), ImagePart("data:image/jpeg;base64,/9j/A")])])
    ]


def test_calls_without_ids_are_numbered_over_the_conversation() -> None:
    messages = decode(
        calls("f", "g"), result(tool_name="g"), result(tool_name="f"), calls("f"), result(tool_name="f")
    )
    ids = [part.id for message in messages for part in message.parts if isinstance(part, ToolCallPart)]
    assert ids == ["call_0", "call_1", "call_2"]
    assert answered(messages) == ["call_1", "call_0", "call_2"]


def test_results_without_names_answer_in_order() -> None:
    assert answered(decode(calls("f", "g", f="a"), result(), result())) == ["a", "call_1"]


def test_a_result_that_names_its_call_answers_that() -> None:
    messages = decode(calls("f", "g", f="a", g="b"), result(tool_name="g", tool_call_id="b"), result(tool_name="f"))
    assert answered(messages) == ["b", "a"]


def test_a_result_to_no_call_keeps_what_it_has() -> None:
    assert answered(decode(result(tool_name="f"), result(), result(tool_call_id="c"))) == ["f", "", "c"]


def test_a_call_without_an_id_gets_one_that_no_other_has() -> None:
    messages = decode(calls("f", "g", f="call_1"), result(tool_name="g"))
    ids = [part.id for part in messages[0].parts if isinstance(part, ToolCallPart)]
    assert (ids, answered(messages)) == (["call_1", "call_2"], ["call_2"])

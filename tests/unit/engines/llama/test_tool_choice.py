from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sluiceway.dialects.openai_chat.decode_request import decode_request
from sluiceway.engines.llama.tool_choice import choose_tools, must_call
from sluiceway.errors import RequestError
from sluiceway.request import Request, Tool, ToolChoice, ToolChoiceMode

ADD = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
TOOLS = [
    {"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": ADD}},
    {"type": "function", "function": {"name": "look"}},
]
LOOK = {"type": "function", "function": {"name": "look"}}


def body_of(**fields: object) -> bytes:
    message = {"role": "user", "content": "hi", "reasoning_content": "kept"}
    return msgspec.json.encode({"model": "m", "messages": [message], "min_p": 0.1, "tools": TOOLS, **fields})


def chosen(**fields: object) -> dict[str, Any]:
    body = body_of(**fields)
    return msgspec.json.decode(choose_tools(body, decode_request(body)), type=dict[str, Any])


def schema_of(body: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = body["response_format"]["json_schema"]["schema"]
    return schema


def names_of(body: dict[str, Any]) -> list[str]:
    return [tool["function"]["name"] for tool in body["tools"]]


@pytest.mark.parametrize("fields", [{}, {"tool_choice": "auto"}])
def test_what_leaves_the_model_free_is_not_touched(fields: dict[str, object]) -> None:
    body = body_of(**fields)
    request = decode_request(body)
    assert choose_tools(body, request) is body
    assert not must_call(request)


def test_a_model_that_must_not_call_sees_no_tools() -> None:
    body = chosen(tool_choice="none")
    assert "tools" not in body
    assert (body["tool_choice"], body["min_p"]) == ("none", 0.1)


def test_a_call_that_must_be_is_an_answer_with_a_schema() -> None:
    body = chosen(tool_choice="required")
    assert (body["tool_choice"], body["response_format"]["type"]) == ("none", "json_schema")
    first, second = schema_of(body)["anyOf"]
    assert first["properties"] == {"name": {"const": "add"}, "arguments": {"$ref": "#/$defs/tool0"}}
    assert first["required"] == ["name", "arguments"]
    assert second["properties"]["name"] == {"const": "look"}
    assert schema_of(body)["$defs"] == {"tool0": ADD, "tool1": {"type": "object", "properties": {}}}


def test_the_model_still_sees_the_tools_and_all_else() -> None:
    body = chosen(tool_choice="required")
    assert body["tools"][0] == TOOLS[0]
    assert body["messages"] == [{"role": "user", "content": "hi", "reasoning_content": "kept"}]
    assert (body["min_p"], names_of(body)) == (0.1, ["add", "look"])


def test_a_tool_named_is_the_only_one() -> None:
    body = chosen(tool_choice=LOOK)
    assert names_of(body) == ["look"]
    assert [call["properties"]["name"] for call in schema_of(body)["anyOf"]] == [{"const": "look"}]


def test_tools_allowed_are_the_only_ones() -> None:
    allowed = {"mode": "auto", "tools": [LOOK]}
    body = chosen(tool_choice={"type": "allowed_tools", "allowed_tools": allowed})
    assert (body["tool_choice"], names_of(body), "response_format" in body) == ("auto", ["look"], False)


def test_a_function_of_the_old_spelling_is_a_tool() -> None:
    body = chosen(tools=None, functions=[{"name": "add", "parameters": ADD}], function_call={"name": "add"})
    assert names_of(body) == ["add"]
    assert schema_of(body)["$defs"] == {"tool0": ADD}


def test_references_lead_to_where_the_schema_is_now() -> None:
    text = 'say "$ref":"#/x"'
    point = {"$defs": {"P": {"const": text}}, "properties": {"p": {"$ref": "#/$defs/P"}, "self": {"$ref": "#"}}}
    tool = {"type": "function", "function": {"name": "draw", "parameters": point}}
    moved = schema_of(chosen(tools=[TOOLS[1], tool], tool_choice="required"))["$defs"]["tool1"]
    assert moved["properties"] == {"p": {"$ref": "#/$defs/tool1/$defs/P"}, "self": {"$ref": "#/$defs/tool1"}}
    assert moved["$defs"]["P"]["const"] == text
    assert moved["type"] == "object"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"tools": [], "tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "none such"}}}, "tool_choice"),
        ({"tools": [{"type": "custom", "custom": {"name": "free"}}], "tool_choice": "required"}, "tools"),
    ],
)
def test_a_call_of_no_function_is_refused(fields: dict[str, object], field: str) -> None:
    with pytest.raises(RequestError) as caught:
        chosen(**fields)
    assert caught.value.field == field


def test_a_schema_nested_too_deeply_is_refused() -> None:
    schema: dict[str, object] = {}
    for _ in range(10_000):
        schema = {"not": schema}
    choice = ToolChoice(ToolChoiceMode.REQUIRED)
    request = Request("m", [], tools=[Tool("f", input_schema=schema)], tool_choice=choice)
    with pytest.raises(RequestError, match="nested"):
        choose_tools(b"{}", request)

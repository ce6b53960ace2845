from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.anthropic.decode_request import decode_request
from sluiceway.dialects.anthropic.encode_request import DEFAULT_MAX_TOKENS, encode_request
from sluiceway.dialects.base import Target
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import (
    Message,
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Role,
    TextPart,
    Tool,
    ToolChoice,
    ToolChoiceMode,
)

HI = [Message(Role.USER, [TextPart("Hi")])]
SCHEMA: dict[str, object] = {"type": "object", "properties": {}}
TOOLS = [Tool("f", "d", SCHEMA, strict=True), Tool("g", None, SCHEMA, strict=False)]
BODY = b'{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"metadata":{"user_id":"u"}}'


def built(**fields: object) -> dict[str, object]:
    request = msgspec.structs.replace(Request("m", HI), **fields)
    body: dict[str, object] = json.loads(encode_request(request))
    return body


def test_a_small_request_is_built() -> None:
    assert built() == {
        "model": "m",
        "max_tokens": DEFAULT_MAX_TOKENS,
        "messages": [{"role": "user", "content": "Hi"}],
    }


def test_a_request_of_this_dialect_leaves_as_it_came() -> None:
    assert encode_request(decode_request(BODY, Target())) == BODY


def test_model_and_stream_are_set_where_they_differ() -> None:
    request = msgspec.structs.replace(decode_request(BODY, Target()), model="n", stream=True)
    assert encode_request(request) == BODY.replace(b'"m"', b'"n"')[:-1] + b',"stream":true}'
    asked = decode_request(encode_request(request), Target())
    assert json.loads(encode_request(msgspec.structs.replace(asked, stream=False)))["stream"] is False


def test_a_request_without_its_body_keeps_what_only_the_vendor_has() -> None:
    request = msgspec.structs.replace(decode_request(BODY, Target()), body=b"")
    assert json.loads(encode_request(request)) == json.loads(BODY)


def test_every_setting_has_its_field() -> None:
    body = built(
        stream=True, max_output_tokens=5, stop=["END"], temperature=0.5, top_p=0.9, top_k=4, seed=7,
        messages=[Message(Role.SYSTEM, [TextPart("Be brief.")]), *HI],
    )  # fmt: skip
    del body["model"], body["messages"]
    assert body == {
        "max_tokens": 5,
        "system": "Be brief.",
        "stream": True,
        "stop_sequences": ["END"],
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 4,
    }


def test_the_limit_leaves_room_for_thinking() -> None:
    assert built(reasoning_budget_tokens=5000)["max_tokens"] == DEFAULT_MAX_TOKENS + 5000
    assert built(reasoning_budget_tokens=-1)["max_tokens"] == DEFAULT_MAX_TOKENS


def test_tools_are_told_with_their_schema() -> None:
    record: dict[str, object] = {"type": "web_search_20250305", "name": "web_search"}
    hosted = Tool("web_search_20250305", is_hosted=True, extras={"anthropic": record})
    marked = Tool("h", None, SCHEMA, extras={"anthropic": {"defer_loading": True}, "elsewhere": {"a": 1}})
    assert built(tools=[*TOOLS, hosted, marked])["tools"] == [
        {"name": "f", "input_schema": SCHEMA, "description": "d", "strict": True},
        {"name": "g", "input_schema": SCHEMA},
        record,
        {"name": "h", "input_schema": SCHEMA, "defer_loading": True},
    ]


@pytest.mark.parametrize("tool", [Tool("f"), Tool("x", is_hosted=True, extras={"elsewhere": {"type": "x"}})])
def test_a_tool_that_cannot_be_told_is_refused(tool: Tool) -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        built(tools=[tool])
    assert caught.value.field == "tools[0]"


@pytest.mark.parametrize(
    ("choice", "parallel", "encoded"),
    [
        (None, None, None),
        (None, True, None),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        (ToolChoice(ToolChoiceMode.AUTO), None, {"type": "auto"}),
        (ToolChoice(ToolChoiceMode.NONE), False, {"type": "none"}),
        (ToolChoice(ToolChoiceMode.REQUIRED), None, {"type": "any"}),
        (
            ToolChoice(ToolChoiceMode.REQUIRED, ["f"]),
            False,
            {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
        ),
    ],
)
def test_the_choice_of_tools(choice: ToolChoice | None, parallel: bool | None, encoded: object) -> None:
    body = built(tools=TOOLS, tool_choice=choice, parallel_tool_calls=parallel)
    assert body.get("tool_choice") == encoded
    assert body["tools"] == built(tools=TOOLS)["tools"]


def test_a_choice_without_tools_is_none() -> None:
    assert "tool_choice" not in built(tool_choice=ToolChoice(ToolChoiceMode.AUTO), parallel_tool_calls=False)


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        (ToolChoice(ToolChoiceMode.AUTO, ["g"]), "auto"),
        (ToolChoice(ToolChoiceMode.REQUIRED, ["g", "h"]), "any"),
    ],
)
def test_a_choice_among_several_leaves_the_others_out(choice: ToolChoice, kind: str) -> None:
    body = built(tools=TOOLS, tool_choice=choice)
    assert (body["tools"], body["tool_choice"]) == ([{"name": "g", "input_schema": SCHEMA}], {"type": kind})


@pytest.mark.parametrize(
    ("fields", "thinking", "output"),
    [
        ({"reasoning_budget_tokens": 2048}, {"type": "enabled", "budget_tokens": 2048}, None),
        ({"reasoning_budget_tokens": 1}, {"type": "enabled", "budget_tokens": 1024}, None),
        ({"reasoning_budget_tokens": 0}, {"type": "disabled"}, None),
        ({"reasoning_budget_tokens": -1}, {"type": "adaptive"}, None),
        ({"reasoning_effort": "none"}, {"type": "disabled"}, None),
        ({"reasoning_effort": "minimal"}, {"type": "adaptive"}, {"effort": "low"}),
        ({"reasoning_effort": "high"}, {"type": "adaptive"}, {"effort": "high"}),
        ({"reasoning_effort": "high", "dialect": "anthropic"}, None, {"effort": "high"}),
        ({"include_reasoning": True}, {"type": "adaptive", "display": "summarized"}, None),
        ({"include_reasoning": False}, None, None),
        (
            {"include_reasoning": False, "reasoning_budget_tokens": 2048},
            {"type": "enabled", "budget_tokens": 2048, "display": "omitted"},
            None,
        ),
        (
            {"reasoning_effort": "high", "tools": TOOLS, "tool_choice": ToolChoice(ToolChoiceMode.REQUIRED)},
            None,
            {"effort": "high"},
        ),
        (
            {"reasoning_effort": "high", "tools": TOOLS, "tool_choice": ToolChoice(ToolChoiceMode.AUTO)},
            {"type": "adaptive"},
            {"effort": "high"},
        ),
    ],
)
def test_how_to_think(fields: dict[str, object], thinking: object, output: object) -> None:
    body = built(**fields)
    assert (body.get("thinking"), body.get("output_config")) == (thinking, output)


def test_an_answer_may_have_to_follow_a_schema() -> None:
    form = ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "answer", SCHEMA, strict=True)
    assert built(response_format=form)["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert "output_config" not in built(response_format=ResponseFormat(ResponseFormatKind.TEXT))


@pytest.mark.parametrize("kind", [ResponseFormatKind.JSON_OBJECT, ResponseFormatKind.JSON_SCHEMA])
def test_json_without_a_schema_is_refused(kind: ResponseFormatKind) -> None:
    with pytest.raises(UnsupportedFeature):
        built(response_format=ResponseFormat(kind))


def test_where_to_cache_is_said_again_in_a_body_that_is_built_anew() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    source = {"type": "base64", "media_type": "image/png", "data": "aGk="}
    document = {"type": "base64", "media_type": "application/pdf", "data": "aGk="}
    body = {
        "model": "m",
        "max_tokens": 9,
        "system": [{"type": "text", "text": "Be brief.", **mark}],
        "tools": [{"name": "f", "input_schema": SCHEMA, **mark}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Hi", **mark},
                    {"type": "image", "source": source, **mark},
                    {"type": "document", "source": document, **mark},
                ],
            },
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}, **mark}]},
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "b", **mark}]},
                    {"type": "tool_result", "tool_use_id": "u", "content": "c", **mark},
                ],
            },
        ],
    }
    request = decode_request(json.dumps(body).encode(), Target())
    assert json.loads(encode_request(msgspec.structs.replace(request, body=b""))) == body


def test_fields_that_are_not_known_travel_wherever_they_stand() -> None:
    body = (
        b'{"model":"m","max_tokens":9,"tools":[{"name":"f","input_schema":{},"new":1}],'
        b'"messages":[{"role":"user","new":2,"content":[{"type":"text","text":"Hi","new":3}]}]}'
    )
    request = msgspec.structs.replace(decode_request(body, Target()), model="n")
    assert encode_request(request) == body.replace(b'"m"', b'"n"')

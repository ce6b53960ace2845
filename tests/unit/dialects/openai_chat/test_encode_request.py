from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from sluiceway.dialects.openai_chat.decode_request import decode_request
from sluiceway.dialects.openai_chat.encode_request import encode_request
from sluiceway.request import (
    Message,
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Role,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolChoiceMode,
)

HI = '"messages":[{"role":"user","content":"hi"}]'
USAGE = '"stream_options":{"include_usage":true}'


def request_of(body: str) -> Request:
    return decode_request(body.encode())


def built(**fields: Any) -> dict[str, object]:
    request = Request("m", [Message(Role.USER, [TextPart("hi")])], **fields)
    body: dict[str, object] = json.loads(encode_request(request))
    assert body.pop("model") == "m"
    assert body.pop("messages") == [{"role": "user", "content": "hi"}]
    return body


@pytest.mark.parametrize(
    "body",
    [
        f'{{ "z": 1e2, {HI}, "model" : "m" }}',
        f'{{"model":"m",{HI},"stream":true,"stream_options":{{"x":1,"include_usage":true}}}}',
        f'{{"model":"m",{HI},"stream":false}}',
    ],
)
def test_a_body_of_this_dialect_leaves_as_it_came(body: str) -> None:
    assert encode_request(request_of(body)) == body.encode()


def test_another_model_changes_nothing_else() -> None:
    request = msgspec.structs.replace(request_of(f'{{"z":1e2,"model":"m",{HI}}}'), model='n"')
    assert encode_request(request) == f'{{"z":1e2,"model":"n\\"",{HI}}}'.encode()


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ("", f",{USAGE}"),
        (',"stream_options":null', f",{USAGE}"),
        (',"stream_options":{}', f",{USAGE}"),
        (',"stream_options":{"include_usage":false}', f",{USAGE}"),
        (',"stream_options":{"x":1.0}', ',"stream_options":{"x":1.0,"include_usage":true}'),
    ],
)
def test_a_stream_is_always_asked_for_usage(options: str, asked: str) -> None:
    head = f'{{"model":"m",{HI},"stream":true'
    assert encode_request(request_of(f"{head}{options}}}")) == f"{head}{asked}}}".encode()


def test_streaming_can_be_switched_on_and_off() -> None:
    unary = request_of(f'{{"model":"m",{HI}}}')
    stream = f'{{"model":"m",{HI},"stream":true,{USAGE}}}'
    assert encode_request(msgspec.structs.replace(unary, stream=True)) == stream.encode()
    back = msgspec.structs.replace(request_of(stream), stream=False)
    assert encode_request(back) == f'{{"model":"m",{HI},"stream":false}}'.encode()


def test_a_plain_request_is_built_plainly() -> None:
    assert built() == {}


def test_a_built_stream_is_asked_for_usage() -> None:
    assert built(stream=True) == {"stream": True, "stream_options": {"include_usage": True}}


def test_every_plain_field_has_its_name() -> None:
    assert built(
        parallel_tool_calls=False,
        max_output_tokens=5,
        temperature=0.0,
        top_p=0.5,
        top_k=3,
        stop=["a"],
        seed=0,
        n=2,
        logprobs=True,
        top_logprobs=0,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        reasoning_effort="low",
    ) == {
        "parallel_tool_calls": False,
        "max_completion_tokens": 5,
        "temperature": 0.0,
        "top_p": 0.5,
        "top_k": 3,
        "stop": ["a"],
        "seed": 0,
        "n": 2,
        "logprobs": True,
        "top_logprobs": 0,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "reasoning_effort": "low",
    }


def test_own_extras_are_added_and_never_override() -> None:
    assert built(extras={"openai_chat": {"store": True, "n": 9}, "anthropic": {"x": 1}}, n=2) == {
        "store": True,
        "n": 2,
    }


def test_both_kinds_of_tool_are_built() -> None:
    tools = [
        Tool("f", "d", {"type": "object"}, strict=True),
        Tool("g", input_schema={}),
        Tool("h", extras={"openai_chat": {"format": {"type": "text"}}}),
        Tool("web", is_hosted=True, extras={"openai_chat": {"type": "web", "max": 5}}),
    ]
    assert built(tools=tools)["tools"] == [
        {
            "type": "function",
            "function": {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True},
        },
        {"type": "function", "function": {"name": "g", "parameters": {}}},
        {"type": "custom", "custom": {"name": "h", "format": {"type": "text"}}},
        {"type": "web", "max": 5},
    ]


def named(name: str) -> dict[str, object]:
    return {"type": "function", "function": {"name": name}}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (ToolChoice(ToolChoiceMode.AUTO), "auto"),
        (ToolChoice(ToolChoiceMode.NONE, ["f"]), "none"),
        (ToolChoice(ToolChoiceMode.REQUIRED), "required"),
        (ToolChoice(ToolChoiceMode.REQUIRED, ["f"]), named("f")),
        (
            ToolChoice(ToolChoiceMode.REQUIRED, ["f", "g"]),
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [named("f"), named("g")]}},
        ),
        (
            ToolChoice(ToolChoiceMode.AUTO, ["f"]),
            {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [named("f")]}},
        ),
    ],
)
def test_a_tool_choice_is_built(choice: ToolChoice, expected: object) -> None:
    assert built(tool_choice=choice)["tool_choice"] == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (ResponseFormat(ResponseFormatKind.JSON_OBJECT), {"type": "json_object"}),
        (
            ResponseFormat(ResponseFormatKind.JSON_SCHEMA, schema={"a": 1}),
            {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"a": 1}}},
        ),
        (
            ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "n", {}, "d", strict=False),
            {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "description": "d", "strict": False}},
        ),
    ],
)
def test_a_response_format_is_built(form: ResponseFormat, expected: object) -> None:
    assert built(response_format=form)["response_format"] == expected


@pytest.mark.parametrize("dialect", ["anthropic", ""])
def test_a_body_of_another_dialect_is_not_used(dialect: str) -> None:
    assert built(dialect=dialect, body=b'{"model":"other"}') == {}


def test_what_was_decoded_can_be_built_again() -> None:
    body = (
        f'{{"model":"m",{HI},"tools":[{{"type":"function","function":{{"name":"f","parameters":{{"type":"object"}}}}}}],'
        '"tool_choice":"auto","stop":["a"],"seed":7,"store":true}'
    )
    request = msgspec.structs.replace(request_of(body), body=b"")
    assert json.loads(encode_request(request)) == json.loads(body)


def test_a_custom_tool_is_chosen_and_was_called_as_one() -> None:
    said = Message(Role.ASSISTANT, [ToolCallPart("c", "note", "x"), ToolCallPart("d", "f", "{}")])
    tools = [Tool("note"), Tool("f", input_schema={})]
    request = Request("m", [said], tools=tools, tool_choice=ToolChoice(ToolChoiceMode.REQUIRED, ["note"]))
    told: Any = json.loads(encode_request(request))
    assert told["tool_choice"] == {"type": "custom", "custom": {"name": "note"}}
    assert [call["type"] for call in told["messages"][0]["tool_calls"]] == ["custom", "function"]

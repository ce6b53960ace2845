from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from sluiceway.dialects.openai_responses.decode_request import decode_request
from sluiceway.dialects.openai_responses.encode_request import encode_request, encode_settings
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.request import (
    Message,
    ReasoningPart,
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Role,
    TextPart,
    Tool,
    ToolChoice,
    ToolChoiceMode,
)

BODY = b'{"input": "hi", "model":"m", "unknown":[1.0], "stream":true,"stream_options":{"include_obfuscation":false}}'
ASKED = Request("m", [Message(Role.USER, [TextPart("hi")])])


def body_of(**fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encode_request(msgspec.structs.replace(ASKED, **fields)))
    return body


def edited(**fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encode_request(msgspec.structs.replace(decode_request(BODY), **fields)))
    return body


def test_a_body_of_this_dialect_leaves_as_it_came() -> None:
    assert encode_request(decode_request(BODY)) == BODY


def test_the_model_and_the_stream_are_set_where_they_differ() -> None:
    assert edited(model="n") == {**json.loads(BODY), "model": "n"}
    assert edited(stream=False) == {"input": "hi", "model": "m", "unknown": [1.0], "stream": False}


def test_a_body_without_a_stream_may_be_made_to_stream() -> None:
    request = msgspec.structs.replace(decode_request(b'{"model":"m","input":"hi"}'), stream=True)
    assert json.loads(encode_request(request)) == {"model": "m", "input": "hi", "stream": True}


def test_a_body_for_another_dialects_reader_is_built_and_keeps_nothing() -> None:
    assert body_of() == {"model": "m", "input": [{"role": "user", "content": "hi"}], "store": False}
    assert body_of(stream=True)["stream"] is True


def test_settings_have_their_places() -> None:
    body = body_of(max_output_tokens=5, temperature=0.5, top_p=0.9, parallel_tool_calls=False, top_logprobs=2)
    assert (body["max_output_tokens"], body["temperature"], body["top_p"]) == (5, 0.5, 0.9)
    assert (body["parallel_tool_calls"], body["top_logprobs"]) == (False, 2)


def test_instructions_are_what_the_system_says_first() -> None:
    body = body_of(messages=[Message(Role.SYSTEM, [TextPart("x")]), *ASKED.messages])
    assert (body["instructions"], len(body["input"])) == ("x", 1)


def test_log_probabilities_are_asked_for_by_name() -> None:
    assert body_of(logprobs=True)["include"] == ["message.output_text.logprobs"]


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning_effort": "low"},
        {"include_reasoning": True},
        {"messages": [Message(Role.ASSISTANT, [ReasoningPart("", "proof")])]},
    ],
)
def test_who_reasons_gets_what_can_be_sent_back(fields: dict[str, object]) -> None:
    assert body_of(**fields)["include"] == ["reasoning.encrypted_content"]


def test_who_does_not_reason_asks_for_nothing_of_it() -> None:
    assert body_of(reasoning_effort="none") == {**body_of(), "reasoning": {"effort": "none"}}
    assert body_of(reasoning_effort="low", include_reasoning=True)["reasoning"] == {
        "effort": "low",
        "summary": "auto",
    }


def test_tools_are_flat() -> None:
    hosted: dict[str, object] = {"type": "web_search", "search_context_size": "low"}
    tools = [
        Tool("f", "d", {"type": "object"}, extras={NAME: {"defer_loading": True}}),
        Tool("g", extras={NAME: {"format": {"type": "text"}}}),
        Tool("h", input_schema={}, strict=True),
        Tool("web_search", is_hosted=True, extras={NAME: hosted}),
    ]
    function = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}
    assert body_of(tools=tools)["tools"] == [
        {**function, "strict": False, "defer_loading": True},
        {"type": "custom", "name": "g", "format": {"type": "text"}},
        {"type": "function", "name": "h", "parameters": {}, "strict": True},
        hosted,
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (ToolChoice(ToolChoiceMode.NONE), "none"),
        (ToolChoice(ToolChoiceMode.REQUIRED), "required"),
        (ToolChoice(ToolChoiceMode.REQUIRED, ["f"]), {"type": "function", "name": "f"}),
        (ToolChoice(ToolChoiceMode.REQUIRED, ["g"]), {"type": "custom", "name": "g"}),
        (
            ToolChoice(ToolChoiceMode.AUTO, ["f"]),
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
        ),
    ],
)
def test_tool_choices_are_spelled_as_here(choice: ToolChoice, expected: object) -> None:
    tools = [Tool("f", input_schema={}), Tool("g")]
    assert body_of(tools=tools, tool_choice=choice)["tool_choice"] == expected


def test_formats_stand_below_text() -> None:
    assert body_of(response_format=ResponseFormat(ResponseFormatKind.JSON_OBJECT))["text"] == {
        "format": {"type": "json_object"}
    }
    form = ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "", {"type": "object"}, "d", strict=True)
    assert body_of(response_format=form)["text"]["format"] == {
        "type": "json_schema",
        "name": "answer",
        "schema": {"type": "object"},
        "description": "d",
        "strict": True,
    }


def test_extras_go_back_to_where_they_were() -> None:
    body: dict[str, object] = {"model": "m", "input": [], "store": True, "text": {"verbosity": "low"}}
    body |= {"reasoning": {"effort": "low", "summary": "detailed"}, "include": ["file_search_call.results"]}
    request = decode_request(json.dumps(body).encode())
    include = ["file_search_call.results", "reasoning.encrypted_content"]
    assert json.loads(encode_request(msgspec.structs.replace(request, body=b""))) == {**body, "include": include}


def test_settings_can_be_had_alone() -> None:
    assert encode_settings(ASKED) == {"store": False}

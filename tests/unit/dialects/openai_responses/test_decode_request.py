from __future__ import annotations

import json

import pytest

from sluiceway.dialects.openai_responses.decode_request import decode_request
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.errors import RequestError
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

FUNCTION: dict[str, object] = {"type": "function", "name": "f"}


def decode(**fields: object) -> Request:
    return decode_request(json.dumps({"model": "m", "input": "hi", **fields}).encode())


def test_a_request_keeps_its_body_and_always_gets_usage() -> None:
    request = decode(stream=True)
    assert (request.model, request.stream, request.include_usage, request.dialect) == ("m", True, True, NAME)
    assert json.loads(request.body) == {"model": "m", "input": "hi", "stream": True}


def test_instructions_come_first() -> None:
    assert decode(instructions="x").messages[0] == Message(Role.SYSTEM, [TextPart("x")])
    assert len(decode(instructions="").messages) == 1


def test_settings_have_their_places() -> None:
    request = decode(
        max_output_tokens=5,
        temperature=0.5,
        top_p=0.9,
        parallel_tool_calls=False,
        reasoning={"effort": "low", "summary": "auto"},
        top_logprobs=2,
    )
    assert (request.max_output_tokens, request.temperature, request.top_p) == (5, 0.5, 0.9)
    assert (request.parallel_tool_calls, request.reasoning_effort, request.include_reasoning) == (False, "low", True)
    assert (request.logprobs, request.top_logprobs, request.extras) == (True, 2, {})


def test_log_probabilities_are_asked_for_by_name() -> None:
    assert decode(include=["message.output_text.logprobs"]).logprobs
    assert not decode(include=["reasoning.encrypted_content"]).logprobs


def test_what_has_no_canonical_place_is_extra_and_null_is_nothing() -> None:
    request = decode(
        metadata={"a": "b"},
        store=False,
        background=True,
        user=None,
        text={"verbosity": "low", "format": None},
        reasoning={"summary": "detailed", "mode": None},
        include=["file_search_call.results", "reasoning.encrypted_content"],
    )
    assert request.extras[NAME] == {
        "metadata": {"a": "b"},
        "store": False,
        "background": True,
        "text.verbosity": "low",
        "reasoning.summary": "detailed",
        "include": ["file_search_call.results"],
    }
    assert decode(include=None, text=None, reasoning=None).extras == {}


@pytest.mark.parametrize("name", ["previous_response_id", "conversation", "prompt"])
def test_what_stands_for_a_part_of_the_conversation_is_a_demand(name: str) -> None:
    assert decode(**{name: "x"}).demands == [name]
    assert decode(**{name: None}).demands == []
    assert decode(**{name: "x", "input": None}).messages == []


def test_tools_are_functions_custom_tools_or_hosted() -> None:
    hosted: dict[str, object] = {"type": "web_search", "search_context_size": "low"}
    tools = [
        {**FUNCTION, "description": "d", "parameters": {"type": "object"}, "strict": True, "defer_loading": True},
        FUNCTION,
        {"type": "custom", "name": "g", "format": {"type": "text"}},
        hosted,
    ]
    assert decode(tools=tools).tools == [
        Tool("f", "d", {"type": "object"}, strict=True, extras={NAME: {"defer_loading": True}}),
        Tool("f", None, {"type": "object", "properties": {}}),
        Tool("g", extras={NAME: {"format": {"type": "text"}}}),
        Tool("web_search", is_hosted=True, extras={NAME: hosted}),
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("none", ToolChoice(ToolChoiceMode.NONE)),
        ("required", ToolChoice(ToolChoiceMode.REQUIRED)),
        (FUNCTION, ToolChoice(ToolChoiceMode.REQUIRED, ["f"])),
        ({"type": "custom", "name": "g"}, ToolChoice(ToolChoiceMode.REQUIRED, ["g"])),
        ({"type": "allowed_tools", "mode": "auto", "tools": [FUNCTION]}, ToolChoice(ToolChoiceMode.AUTO, ["f"])),
        ({"type": "allowed_tools", "mode": "required"}, ToolChoice(ToolChoiceMode.REQUIRED)),
        (None, None),
    ],
)
def test_tool_choices_have_a_meaning(choice: object, expected: ToolChoice | None) -> None:
    request = decode(tool_choice=choice)
    assert (request.tool_choice, request.demands) == (expected, [])


@pytest.mark.parametrize(
    "choice", [{"type": "web_search"}, {"type": "allowed_tools", "tools": [FUNCTION, {"type": "mcp"}]}]
)
def test_a_choice_of_a_hosted_tool_is_a_demand(choice: object) -> None:
    request = decode(tool_choice=choice)
    assert (request.tool_choice, request.demands) == (None, ["tool_choice"])


def test_formats_have_a_meaning() -> None:
    schema = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "description": "d", "strict": True}
    assert decode(text={"format": schema}).response_format == ResponseFormat(
        ResponseFormatKind.JSON_SCHEMA, "n", {"type": "object"}, "d", strict=True
    )
    assert decode(text={"format": {"type": "json_object"}}).response_format == ResponseFormat(
        ResponseFormatKind.JSON_OBJECT
    )


def test_a_format_that_only_this_vendor_knows_is_a_demand() -> None:
    request = decode(text={"format": {"type": "grammar"}})
    assert (request.response_format, request.demands) == (None, ["text.format"])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"model": None}, "model"),
        ({"input": None}, "input"),
        ({"input": 7}, "input"),
        ({"temperature": "hot"}, "temperature"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tools": [{}]}, "tools[0].type"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.name"),
        ({"tool_choice": {"type": "allowed_tools", "tools": [{"type": "function"}]}}, "tool_choice.tools[0].name"),
        ({"text": {"format": {"type": "json_schema"}}}, "text.format.schema"),
    ],
)
def test_what_is_missing_or_wrong_is_named(fields: dict[str, object], field: str) -> None:
    with pytest.raises(RequestError) as found:
        decode(**fields)
    assert found.value.field == field


@pytest.mark.parametrize("body", [b"", b'{"input":' + b"[" * 5000, b'{"model":"\xff"}'])
def test_a_body_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(RequestError, match="could not parse"):
        decode_request(body)


def test_a_form_that_the_input_of_a_tool_must_have_is_a_demand() -> None:
    grammar = {"type": "grammar", "syntax": "regex", "definition": "a+"}
    tools = [{"type": "custom", "name": "f", "format": form} for form in ({"type": "text"}, grammar)]
    assert decode(tools=[*tools, {"type": "x", "format": grammar}, {"type": "custom", "name": "g"}]).demands == [
        "tools[1].format"
    ]

from __future__ import annotations

import json

import pytest

from sluiceway.dialects.openai_chat.decode_request import decode_request
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

HI = [{"role": "user", "content": "hi"}]
NO_PARAMETERS: dict[str, object] = {"type": "object", "properties": {}}


def body_of(**fields: object) -> bytes:
    return json.dumps({"model": "m", "messages": HI, **fields}).encode()


def decode(**fields: object) -> Request:
    return decode_request(body_of(**fields))


def test_a_plain_request_has_the_vendors_defaults() -> None:
    expected = Request("m", [Message(Role.USER, [TextPart("hi")])], dialect="openai_chat", body=body_of())
    assert decode() == expected


def test_every_plain_field_has_its_place() -> None:
    request = decode(
        stream=True,
        stream_options={"include_usage": True, "include_obfuscation": False},
        parallel_tool_calls=False,
        max_completion_tokens=5,
        max_tokens=6,
        temperature=1,
        top_p=0.5,
        top_k=3,
        stop=["a", "b"],
        seed=-7,
        n=2,
        logprobs=True,
        top_logprobs=3,
        frequency_penalty=0.1,
        presence_penalty=-0.1,
        reasoning_effort="xhigh",
    )
    assert (request.stream, request.include_usage, request.parallel_tool_calls) == (True, True, False)
    assert (request.max_output_tokens, request.temperature, request.top_p, request.top_k) == (5, 1.0, 0.5, 3)
    assert (request.stop, request.seed, request.n) == (["a", "b"], -7, 2)
    assert (request.logprobs, request.top_logprobs, request.reasoning_effort) == (True, 3, "xhigh")
    assert (request.frequency_penalty, request.presence_penalty, request.extras) == (0.1, -0.1, {})


def test_older_spellings_are_understood() -> None:
    request = decode(
        max_tokens=6,
        stop="a",
        functions=[{"name": "f", "description": "d"}],
        function_call={"name": "f"},
    )
    assert (request.max_output_tokens, request.stop) == (6, ["a"])
    assert request.tools == [Tool("f", "d", NO_PARAMETERS)]
    assert request.tool_choice == ToolChoice(ToolChoiceMode.REQUIRED, ["f"])


def test_fields_of_other_names_are_kept_as_extras() -> None:
    assert decode(store=True, metadata={"a": "b"}).extras == {"openai_chat": {"store": True, "metadata": {"a": "b"}}}


def test_tools_of_both_kinds_are_read_and_others_travel_in_the_body() -> None:
    function = {"name": "f", "parameters": {"type": "object"}, "strict": True}
    custom = {"name": "g", "description": "d", "format": {"type": "text"}}
    tools: list[dict[str, object]] = [
        {"type": "function", "function": function},
        {"type": "custom", "custom": custom},
        {"type": "custom", "custom": {"name": "h"}},
        {"type": "openrouter:web_search", "parameters": {"max_results": 5}},
    ]
    hosted: dict[str, object] = tools[-1]
    assert decode(tools=tools).tools == [
        Tool("f", None, {"type": "object"}, strict=True),
        Tool("g", "d", extras={"openai_chat": {"format": {"type": "text"}}}),
        Tool("h"),
        Tool("openrouter:web_search", is_hosted=True, extras={"openai_chat": hosted}),
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("none", ToolChoice(ToolChoiceMode.NONE)),
        ("auto", ToolChoice(ToolChoiceMode.AUTO)),
        ("required", ToolChoice(ToolChoiceMode.REQUIRED)),
        ("any", ToolChoice(ToolChoiceMode.REQUIRED)),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice(ToolChoiceMode.REQUIRED, ["f"])),
        ({"type": "custom", "custom": {"name": "f"}}, ToolChoice(ToolChoiceMode.REQUIRED, ["f"])),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "f"}}]},
            },
            ToolChoice(ToolChoiceMode.AUTO, ["f"]),
        ),
    ],
)
def test_a_tool_choice_is_read(choice: object, expected: ToolChoice) -> None:
    assert decode(tool_choice=choice).tool_choice == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"type": "text"}, ResponseFormat(ResponseFormatKind.TEXT)),
        ({"type": "json_object"}, ResponseFormat(ResponseFormatKind.JSON_OBJECT)),
        (
            {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {"a": 1}, "description": "d", "strict": True},
            },
            ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "n", {"a": 1}, "d", strict=True),
        ),
        ({"type": "grammar", "value": "root ::= x"}, None),
    ],
)
def test_a_response_format_is_read(form: object, expected: ResponseFormat | None) -> None:
    assert decode(response_format=form).response_format == expected


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"model": ""}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "usr", "content": "a"}]}, "messages[0].role"),
        ({"messages": [*HI, {"role": "tool", "content": "a"}]}, "messages[1].tool_call_id"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"type": "custom"}]}, "tools[0].custom"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.function"),
        (
            {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{}]}}},
            "tool_choice.allowed_tools.tools[0].function",
        ),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"temperature": "hot"}, "temperature"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, object], field: str) -> None:
    with pytest.raises(RequestError) as caught:
        decode(**fields)
    assert (caught.value.field, caught.value.status) == (field, 400)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, body_of()[:-1] + b',"x":' + b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(RequestError):
        decode_request(body)


def test_fields_that_change_what_the_answer_is_are_demands() -> None:
    request = decode(modalities=["text", "audio"], logit_bias={}, metadata={"a": "b"})
    assert (request.demands, request.extras) == (["modalities"], {"openai_chat": {"metadata": {"a": "b"}}})


def test_forms_without_a_canonical_place_are_demands() -> None:
    custom = {"name": "f", "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}}}
    request = decode(
        response_format={"type": "grammar", "value": "x"},
        tools=[{"type": "custom", "custom": {"name": "g"}}, {"type": "custom", "custom": custom}],
    )
    assert request.demands == ["response_format", "tools[1].custom.format"]


def test_tools_say_where_to_cache() -> None:
    mark = {"type": "ephemeral"}
    function: dict[str, object] = {"type": "function", "function": {"name": "f"}, "cache_control": mark}
    custom: dict[str, object] = {"type": "custom", "custom": {"name": "g"}, "cache_control": mark}
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "a"}], "tools": [function, custom]})
    assert [tool.cache_control for tool in decode_request(body.encode()).tools] == [mark, mark]

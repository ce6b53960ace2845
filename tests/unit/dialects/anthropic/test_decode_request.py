from __future__ import annotations

import json

import pytest

from sluiceway.dialects.anthropic.decode_request import decode_request
from sluiceway.dialects.base import Target
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

HI = {"role": "user", "content": "Hi"}
SCHEMA: dict[str, object] = {"type": "object", "properties": {}}


def decode(**fields: object) -> Request:
    body = {"model": "m", "max_tokens": 9, "messages": [HI], **fields}
    return decode_request(json.dumps(body).encode(), Target())


def field_of(**fields: object) -> str | None:
    with pytest.raises(RequestError) as caught:
        decode(**fields)
    return caught.value.field


def test_a_small_request_is_understood() -> None:
    request = decode()
    assert request == Request(
        "m",
        [Message(Role.USER, [TextPart("Hi")])],
        max_output_tokens=9,
        include_usage=True,
        dialect="anthropic",
        body=request.body,
    )


def test_every_setting_has_its_place() -> None:
    request = decode(stream=True, stop_sequences=["END"], temperature=0.5, top_p=0.9, top_k=4, system="Be brief.")
    assert (request.stream, request.stop, request.top_k) == (True, ["END"], 4)
    assert (request.temperature, request.top_p) == (0.5, 0.9)
    assert request.messages[0] == Message(Role.SYSTEM, [TextPart("Be brief.")])


def test_a_tool_takes_json_and_keeps_what_else_is_said_of_it() -> None:
    plain = {"name": "f", "description": "d", "input_schema": SCHEMA, "strict": True}
    marked = {"type": "custom", "name": "g", "input_schema": SCHEMA, "defer_loading": True}
    assert decode(tools=[plain, marked]).tools == [
        Tool("f", "d", SCHEMA, strict=True),
        Tool("g", None, SCHEMA, extras={"anthropic": {"defer_loading": True}}),
    ]


def test_a_tool_the_vendor_runs_keeps_its_record() -> None:
    record: dict[str, object] = {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
    assert decode(tools=[record]).tools == [Tool("web_search_20250305", is_hosted=True, extras={"anthropic": record})]


@pytest.mark.parametrize(
    ("choice", "canonical", "parallel"),
    [
        ({"type": "auto"}, ToolChoice(ToolChoiceMode.AUTO), None),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice(ToolChoiceMode.REQUIRED), False),
        ({"type": "tool", "name": "f"}, ToolChoice(ToolChoiceMode.REQUIRED, ["f"]), None),
        ({"type": "none", "disable_parallel_tool_use": False}, ToolChoice(ToolChoiceMode.NONE), None),
        (None, None, None),
    ],
)
def test_the_choice_of_tools(choice: object, canonical: ToolChoice | None, parallel: bool | None) -> None:
    request = decode(tool_choice=choice)
    assert (request.tool_choice, request.parallel_tool_calls) == (canonical, parallel)


@pytest.mark.parametrize(
    ("fields", "effort", "budget_tokens", "include"),
    [
        ({}, None, None, None),
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, None, 2048, True),
        ({"thinking": {"type": "enabled", "budget_tokens": 2048, "display": "omitted"}}, None, 2048, False),
        ({"thinking": {"type": "adaptive", "display": "summarized"}}, None, None, True),
        ({"thinking": {"type": "disabled"}, "output_config": {"effort": "low"}}, "none", None, None),
        ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}, "low", None, True),
        ({"output_config": {"effort": "max"}}, "max", None, None),
        ({"thinking": {"type": "between_tools"}, "output_config": {"effort": "low"}}, "low", None, None),
    ],
)
def test_how_to_think(
    fields: dict[str, object], effort: str | None, budget_tokens: int | None, include: bool | None
) -> None:
    request = decode(**fields)
    assert request.reasoning_effort == effort
    assert request.reasoning_budget_tokens == budget_tokens
    assert request.include_reasoning is include


def test_a_way_to_think_that_is_not_known_is_kept() -> None:
    thinking = {"type": "between_tools", "more": 1}
    assert decode(thinking=thinking).extras == {"anthropic": {"thinking": thinking}}


def test_an_answer_may_have_to_follow_a_schema() -> None:
    form = {"type": "json_schema", "schema": SCHEMA}
    expected = ResponseFormat(ResponseFormatKind.JSON_SCHEMA, schema=SCHEMA)
    assert decode(output_config={"format": form}).response_format == expected
    assert decode(output_format=form, output_config={"effort": "low"}).response_format == expected


def test_what_only_the_vendor_has_is_kept() -> None:
    assert decode(metadata={"user_id": "u"}).extras == {"anthropic": {"metadata": {"user_id": "u"}}}


def test_what_the_answer_cannot_do_without_is_demanded() -> None:
    assert decode(container="c", mcp_servers=[{"name": "s"}]).demands == ["mcp_servers", "container"]
    assert decode(container=None, mcp_servers=[]).demands == []


def test_features_that_are_switched_on_are_handed_on() -> None:
    body = json.dumps({"model": "m", "max_tokens": 9, "messages": [HI]}).encode()
    target = Target(headers={"anthropic-beta": "a,b", "x-api-key": "k", "anthropic-version": "2023-06-01"})
    assert decode_request(body, target).headers == {"anthropic-beta": "a,b"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"model": ""}, "model"),
        ({"messages": []}, "messages"),
        ({"max_tokens": None}, "max_tokens"),
        ({"tools": [{"input_schema": {}}]}, "tools.0.name"),
        ({"tools": [{"name": "f"}]}, "tools.0.input_schema"),
        ({"tool_choice": {"type": "tool"}}, "tool_choice.name"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"messages": [HI, {"role": "user", "content": [{"type": "text"}]}]}, "messages.1.content.0.text"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, object], field: str) -> None:
    assert field_of(**fields) == field


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model":"\xff"}', b"[" * 100_000])
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(RequestError):
        decode_request(body, Target())


def test_tools_say_where_to_cache() -> None:
    tool = b'{"name":"f","input_schema":{},"cache_control":{"type":"ephemeral"},"defer_loading":true}'
    body = b'{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"tools":[%b]}' % tool
    (found,) = decode_request(body, Target()).tools
    assert found.cache_control == {"type": "ephemeral"}
    assert found.extras == {"anthropic": {"defer_loading": True}}

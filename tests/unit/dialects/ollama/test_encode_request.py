from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from sluiceway.dialects.ollama.decode_request import decode_chat, decode_generate
from sluiceway.dialects.ollama.encode_request import encode_path, encode_request
from sluiceway.dialects.ollama.shapes import NAME
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

HI = [Message(Role.USER, [TextPart("hi")])]
CHAT = b'{"messages": [{"role":"user","content":"hi"}], "model":"m", "unknown":1.10}'
PROMPT = b'{"prompt":"hi","model":"m","raw":true}'
TOOLS = [Tool("f", "d", {"type": "object"}), Tool("g", None, {"type": "object"})]


def encode(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encode_request(request))
    return body


def test_a_request_in_the_dialect_leaves_as_it_came_by_the_way_it_came() -> None:
    for request, path in ((decode_chat(CHAT), "/api/chat"), (decode_generate(PROMPT), "/api/generate")):
        assert encode_request(request) == request.body
        assert encode_path(request) == path


def test_the_model_and_the_stream_are_set_where_they_differ() -> None:
    request = msgspec.structs.replace(decode_chat(CHAT), model="n", stream=False)
    body = encode_request(request)
    assert b'"unknown":1.10' in body
    assert encode(request) == {**json.loads(CHAT), "model": "n", "stream": False}
    unary = decode_generate(b'{"model":"m","prompt":"hi","stream":false}')
    assert encode_request(unary) == unary.body


@pytest.mark.parametrize("body", [b'{"model":"m"}', b'{"model":"m","messages":[],"prompt":"hi"}'])
def test_anything_but_a_prompt_is_a_chat(body: bytes) -> None:
    assert encode_path(decode_chat(body)) == "/api/chat"


def test_a_foreign_request_is_a_chat_that_says_whether_it_streams() -> None:
    request = Request("m", HI, dialect="openai_chat", body=PROMPT)
    assert encode_path(request) == "/api/chat"
    assert encode(request) == {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": False}


def test_a_changed_request_of_the_dialect_keeps_its_extras() -> None:
    request = decode_generate(
        b'{"model":"m","prompt":"hi","keep_alive":"5m","think":true,"options":{"num_ctx":1,"seed":2}}'
    )
    request = msgspec.structs.replace(request, body=b"")
    assert encode_path(request) == "/api/chat"
    assert encode(request) == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "keep_alive": "5m",
        "think": True,
        "options": {"num_ctx": 1, "seed": 2},
    }


def test_every_option_is_told() -> None:
    request = Request(
        "m",
        HI,
        max_output_tokens=1,
        temperature=0.5,
        top_p=0.9,
        top_k=3,
        stop=["x"],
        seed=4,
        frequency_penalty=1.0,
        presence_penalty=2.0,
        logprobs=True,
        top_logprobs=2,
    )
    body = encode(request)
    assert body["options"] == {
        "num_predict": 1,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 3,
        "stop": ["x"],
        "seed": 4,
        "frequency_penalty": 1.0,
        "presence_penalty": 2.0,
    }
    assert (body["logprobs"], body["top_logprobs"]) == (True, 2)


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (None, ["f", "g"]),
        (ToolChoice(ToolChoiceMode.AUTO), ["f", "g"]),
        (ToolChoice(ToolChoiceMode.AUTO, ["g"]), ["g"]),
        (ToolChoice(ToolChoiceMode.NONE), None),
    ],
)
def test_only_tools_that_may_be_called_are_told(choice: ToolChoice | None, names: list[str] | None) -> None:
    tools = encode(Request("m", HI, tools=TOOLS, tool_choice=choice)).get("tools")
    assert (tools and [tool["function"]["name"] for tool in tools]) == names


def test_a_tool_is_a_function_with_its_schema() -> None:
    assert encode(Request("m", HI, tools=TOOLS))["tools"] == [
        {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}},
        {"type": "function", "function": {"name": "g", "parameters": {"type": "object"}}},
    ]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (None, None),
        (ResponseFormat(ResponseFormatKind.TEXT), None),
        (ResponseFormat(ResponseFormatKind.JSON_OBJECT), "json"),
        (ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "a", {"type": "object"}, strict=True), {"type": "object"}),
        (ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "a"), "json"),
    ],
)
def test_a_format_is_a_word_or_the_schema_itself(form: ResponseFormat | None, told: object) -> None:
    assert encode(Request("m", HI, response_format=form)).get("format") == told


@pytest.mark.parametrize(
    ("effort", "include", "told"),
    [
        (None, None, None),
        (None, True, True),
        (None, False, None),
        ("none", None, False),
        ("minimal", True, "low"),
        ("medium", None, "medium"),
        ("xhigh", None, "max"),
        ("adaptive", None, True),
    ],
)
def test_thinking_is_told_in_ollamas_words(effort: str | None, include: bool | None, told: object) -> None:
    body = encode(Request("m", HI, reasoning_effort=effort, include_reasoning=include, extras={NAME: {}}))
    assert body.get("think") == told

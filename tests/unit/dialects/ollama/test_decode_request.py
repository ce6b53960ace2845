from __future__ import annotations

import json

import pytest

from sluiceway.dialects.ollama.decode_request import decode_chat, decode_generate
from sluiceway.dialects.ollama.shapes import NAME
from sluiceway.errors import RequestError
from sluiceway.request import (
    ImagePart,
    Message,
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Role,
    TextPart,
    Tool,
)

HI = [{"role": "user", "content": "hi"}]


def chat(**fields: object) -> Request:
    return decode_chat(json.dumps({"model": "m", "messages": HI, **fields}).encode())


def generate(**fields: object) -> Request:
    return decode_generate(json.dumps({"model": "m", **fields}).encode())


def test_a_chat_is_streamed_unless_it_says_otherwise_and_wants_its_counts() -> None:
    request = chat()
    assert request == Request(
        "m",
        [Message(Role.USER, [TextPart("hi")])],
        stream=True,
        include_usage=True,
        dialect=NAME,
        body=request.body,
    )
    assert [chat(stream=stream).stream for stream in (None, True, False)] == [True, True, False]


def test_a_prompt_is_a_chat_of_one_turn() -> None:
    request = generate(system="be brief", prompt="hi", images=["/9j/A"])
    assert request.messages == [
        Message(Role.SYSTEM, [TextPart("be brief")]),
        Message(Role.USER, [TextPart("hi"), ImagePart("data:image/jpeg;base64,/9j/A")]),
    ]
    assert (request.stream, request.demands, request.extras) == (True, [], {})


def test_options_have_their_canonical_places() -> None:
    request = chat(
        options={
            "num_predict": 10.0,
            "temperature": 0,
            "top_p": 0.9,
            "top_k": 40,
            "seed": -1,
            "stop": ["x"],
            "frequency_penalty": 1,
            "presence_penalty": 2,
        }
    )
    assert (request.max_output_tokens, request.top_k, request.seed, request.stop) == (10, 40, -1, ["x"])
    assert (request.temperature, request.top_p) == (0, 0.9)
    assert (request.frequency_penalty, request.presence_penalty) == (1, 2)
    assert request.extras == {}


@pytest.mark.parametrize("limit", [-2, -1, 0, None])
def test_no_limit_is_none(limit: int | None) -> None:
    assert chat(options={"num_predict": limit}).max_output_tokens is None


def test_one_stop_may_be_a_string() -> None:
    assert chat(options={"stop": "x"}).stop == ["x"]


def test_what_only_ollama_knows_is_kept_by_its_path() -> None:
    request = chat(keep_alive="5m", truncate=False, shift=None, options={"num_ctx": 4096, "min_p": None, "seed": 1})
    assert request.extras == {NAME: {"keep_alive": "5m", "truncate": False, "options.num_ctx": 4096}}


@pytest.mark.parametrize(
    ("think", "effort", "include"),
    [
        (None, None, None),
        (True, None, True),
        (False, "none", None),
        ("high", "high", None),
        ("", None, None),
    ],
)
def test_thinking_is_a_wish_or_an_effort(think: object, effort: str | None, include: bool | None) -> None:
    request = chat(think=think)
    assert (request.reasoning_effort, request.include_reasoning) == (effort, include)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (None, None),
        ("", None),
        ("json", ResponseFormat(ResponseFormatKind.JSON_OBJECT)),
        ({"type": "object"}, ResponseFormat(ResponseFormatKind.JSON_SCHEMA, schema={"type": "object"})),
    ],
)
def test_a_format_is_json_or_a_schema(form: object, expected: ResponseFormat | None) -> None:
    assert generate(prompt="hi", format=form).response_format == expected


def test_tools_are_functions() -> None:
    request = chat(
        tools=[
            {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}},
            {"function": {"name": "g"}},
        ]
    )
    assert request.tools == [
        Tool("f", "d", {"type": "object"}),
        Tool("g", None, {"type": "object", "properties": {}}),
    ]


def test_probabilities_are_asked_for() -> None:
    request = chat(logprobs=True, top_logprobs=3)
    assert (request.logprobs, request.top_logprobs) == (True, 3)


@pytest.mark.parametrize(
    ("fields", "demands"),
    [
        ({"suffix": "}"}, ["suffix"]),
        ({"template": "{{ .Prompt }}", "raw": True}, ["template", "raw"]),
        ({"context": [1, 2]}, ["context"]),
        ({"width": 8, "height": 8, "steps": 1}, ["width", "height", "steps"]),
        ({"suffix": "", "template": "", "raw": False, "context": []}, []),
    ],
)
def test_what_makes_another_answer_is_a_demand(fields: dict[str, object], demands: list[str]) -> None:
    request = generate(prompt="hi", **fields)
    assert (request.demands, request.extras.get(NAME, {})) == (demands, {})


@pytest.mark.parametrize("fields", [{"messages": []}, {"messages": None}, {"messages": [], "keep_alive": 0}])
def test_a_chat_without_messages_asks_to_load_or_unload_a_model(fields: dict[str, object]) -> None:
    assert chat(**fields).demands == ["messages"]


def test_a_completion_without_a_prompt_asks_to_load_a_model() -> None:
    assert [generate(**fields).demands for fields in ({}, {"prompt": ""}, {"system": "x"})] == [["prompt"]] * 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"{", None),
        (b'{"model":"\xff"}', None),
        (b'{"messages":[]}', "model"),
        (b'{"model":""}', "model"),
        (b'{"model":"m","options":7}', "options"),
        (b'{"model":"m","format":"xml"}', "format"),
        (b'{"model":"m","messages":[{"role":"robot"}]}', "messages[0].role"),
        (b'{"model":"m","x":1e999}', "[...]"),
        (b'{"model":"m","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", None),
    ],
)
def test_a_wrong_body_is_refused_by_its_field(body: bytes, field: str | None) -> None:
    with pytest.raises(RequestError) as caught:
        decode_chat(body)
    assert caught.value.field == field


def test_arguments_that_cannot_be_read_are_refused() -> None:
    body = (
        b'{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"\xff"}}]}]}'
    )
    with pytest.raises(RequestError):
        decode_chat(body)

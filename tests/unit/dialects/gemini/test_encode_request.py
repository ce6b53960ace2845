from __future__ import annotations

import json
from types import MappingProxyType

import msgspec
import pytest
from google.genai import types

from sluiceway.dialects.base import Target
from sluiceway.dialects.gemini.decode_request import decode_request
from sluiceway.dialects.gemini.encode_request import encode_path, encode_request
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
    ToolResultPart,
)

HELLO = [Message(Role.USER, [TextPart("hi")])]
SCHEMA: dict[str, object] = {"type": "object", "properties": {}}


def built(
    messages: list[Message] | None = None, model: str = "gemini-3-flash", **fields: object
) -> dict[str, object]:
    request = Request(model, HELLO if messages is None else messages, **fields)  # type: ignore[arg-type]
    body: dict[str, object] = json.loads(encode_request(request))
    return body


def config(**fields: object) -> object:
    return built(**fields)["generationConfig"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "stream", "path"),
    [
        ("gemini-2.5-pro", True, "/models/gemini-2.5-pro:streamGenerateContent?alt=sse"),
        ("gemini-2.5-pro", False, "/models/gemini-2.5-pro:generateContent"),
        ("tunedModels/a b", False, "/tunedModels/a%20b:generateContent"),
        ("publishers/google/models/m", False, "/publishers/google/models/m:generateContent"),
        ("a?b#c", False, "/models/a%3Fb%23c:generateContent"),
    ],
)
def test_the_path_holds_the_model_and_the_method(model: str, stream: bool, path: str) -> None:
    assert encode_path(Request(model, [], stream=stream)) == path


def test_a_request_of_the_same_dialect_leaves_as_it_came() -> None:
    body = b'{ "contents": {"parts": {"text": "hi"}}, "future": 1 }'
    request = decode_request(body, Target(MappingProxyType({"model": "m"})), stream=True)
    assert encode_request(request) == body
    other = msgspec.structs.replace(request, model="n", stream=False)
    assert encode_request(other) == body


def test_a_small_request_is_small() -> None:
    assert built() == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


def test_a_system_message_alone_is_said_to_the_model() -> None:
    system = [Message(Role.SYSTEM, [TextPart("a")])]
    assert built(system) == {"contents": [{"role": "user", "parts": [{"text": "a"}]}]}
    assert built(system + HELLO)["systemInstruction"] == {"parts": [{"text": "a"}]}
    assert built([]) == {"contents": []}


def test_settings_have_their_places() -> None:
    assert config(
        n=2,
        max_output_tokens=5,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        stop=["x"],
        seed=7,
        logprobs=True,
        top_logprobs=3,
        frequency_penalty=0.1,
        presence_penalty=0.2,
    ) == {
        "candidateCount": 2,
        "maxOutputTokens": 5,
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 40,
        "stopSequences": ["x"],
        "seed": 7,
        "responseLogprobs": True,
        "logprobs": 3,
        "frequencyPenalty": 0.1,
        "presencePenalty": 0.2,
    }


@pytest.mark.parametrize(
    ("model", "fields", "thinking"),
    [
        ("gemini-2.5-pro", {"reasoning_effort": "none"}, {"thinkingBudget": 0}),
        ("gemini-2.5-pro", {"reasoning_effort": "medium"}, {"thinkingBudget": 8192}),
        ("gemini-2.5-pro", {"reasoning_effort": "xhigh"}, {"thinkingBudget": 24_576}),
        ("gemini-3-pro", {"reasoning_effort": "none"}, {"thinkingLevel": "LOW"}),
        ("gemini-3-pro", {"reasoning_effort": "max"}, {"thinkingLevel": "HIGH"}),
        ("gemini-3-pro", {"reasoning_effort": "low", "reasoning_budget_tokens": 9}, {"thinkingBudget": 9}),
        ("gemini-3-pro", {"include_reasoning": False}, {"includeThoughts": False}),
    ],
)
def test_effort_is_a_level_or_a_budget(model: str, fields: dict[str, object], thinking: object) -> None:
    assert config(model=model, **fields) == {"thinkingConfig": thinking}


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        (ResponseFormat(ResponseFormatKind.JSON_OBJECT), {"responseMimeType": "application/json"}),
        (
            ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "n", SCHEMA),
            {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA},
        ),
    ],
)
def test_the_form_is_a_media_type(form: ResponseFormat, fields: object) -> None:
    assert config(response_format=form) == fields
    assert "generationConfig" not in built(response_format=ResponseFormat(ResponseFormatKind.TEXT))


def test_functions_and_hosted_tools_stand_side_by_side() -> None:
    hosted = Tool("googleSearch", is_hosted=True, extras={"gemini": {"googleSearch": {}}})
    assert built(tools=[Tool("f", "F.", SCHEMA), hosted])["tools"] == [
        {"functionDeclarations": [{"name": "f", "description": "F.", "parametersJsonSchema": SCHEMA}]},
        {"googleSearch": {}},
    ]


@pytest.mark.parametrize(
    ("choice", "calling"),
    [
        (ToolChoice(ToolChoiceMode.AUTO), {"mode": "AUTO"}),
        (ToolChoice(ToolChoiceMode.AUTO, ["f"]), {"mode": "VALIDATED", "allowedFunctionNames": ["f"]}),
        (ToolChoice(ToolChoiceMode.REQUIRED), {"mode": "ANY"}),
        (ToolChoice(ToolChoiceMode.REQUIRED, ["f"]), {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        (ToolChoice(ToolChoiceMode.NONE, ["f"]), {"mode": "NONE"}),
    ],
)
def test_a_tool_choice_is_a_calling_mode(choice: ToolChoice, calling: object) -> None:
    assert built(tool_choice=choice)["toolConfig"] == {"functionCallingConfig": calling}


def test_what_only_gemini_knows_goes_back_to_its_place() -> None:
    extras = {"gemini": {"safetySettings": [], "generationConfig.mediaResolution": "LOW", "contents": "other"}}
    assert built(extras=extras, seed=1) == {
        **built(),
        "safetySettings": [],
        "generationConfig": {"seed": 1, "mediaResolution": "LOW"},
    }
    assert built(extras={"elsewhere": {"x": 1}}) == built()


def test_a_built_request_comes_back() -> None:
    conversation = [
        Message(Role.SYSTEM, [TextPart("s")]),
        *HELLO,
        Message(Role.ASSISTANT, [ToolCallPart("1", "f", '{"x":1}')]),
        Message(Role.TOOL, [ToolResultPart("1", [TextPart("sunny")])]),
    ]
    request = Request("gemini-2.5-pro", conversation, tools=[Tool("f", None, SCHEMA)], seed=3, include_usage=True)
    body = encode_request(request)
    found = decode_request(body, Target(MappingProxyType({"model": "gemini-2.5-pro"})), stream=False)
    assert found == msgspec.structs.replace(request, dialect="gemini", body=body)


def test_googles_own_types_take_what_was_built() -> None:
    conversation = [*HELLO, Message(Role.ASSISTANT, [ToolCallPart("1", "f", '{"x":1}')])]
    tools = [Tool("f", "F.", SCHEMA)]
    choice = ToolChoice(ToolChoiceMode.REQUIRED, ["f"])
    body = built(conversation, tools=tools, tool_choice=choice, reasoning_effort="high", seed=1)
    for name, model in (
        ("contents", types.Content),
        ("tools", types.Tool),
        ("toolConfig", types.ToolConfig),
        ("generationConfig", types.GenerationConfig),
    ):
        value = body[name]
        for record in value if isinstance(value, list) else [value]:
            model.model_validate(record)

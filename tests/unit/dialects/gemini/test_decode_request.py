from __future__ import annotations

import json
from types import MappingProxyType

import pytest

from sluiceway.dialects.base import Target
from sluiceway.dialects.gemini.decode_request import decode_request
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
    ToolChoice,
    ToolChoiceMode,
    VendorPart,
)

TARGET = Target(MappingProxyType({"model": "gemini-2.5-pro"}))
CONTENTS = [{"role": "user", "parts": [{"text": "hi"}]}]
HELLO = Message(Role.USER, [TextPart("hi")])
SCHEMA: dict[str, object] = {"type": "object", "properties": {}}


def decode(**fields: object) -> Request:
    return decode_request(json.dumps({"contents": CONTENTS, **fields}).encode(), TARGET, stream=True)


def configured(**config: object) -> Request:
    return decode(generationConfig=config)


def error_of(body: bytes) -> RequestError:
    with pytest.raises(RequestError) as caught:
        decode_request(body, TARGET, stream=False)
    return caught.value


def test_a_small_request_is_filled_with_defaults() -> None:
    body = json.dumps({"contents": CONTENTS}).encode()
    assert decode_request(body, TARGET, stream=False) == Request(
        "gemini-2.5-pro", [HELLO], include_usage=True, dialect="gemini", body=body
    )
    assert decode().stream


@pytest.mark.parametrize(
    "instruction", ["Be brief.", {"parts": [{"text": "Be brief."}]}, {"parts": {"text": "Be brief."}}]
)
def test_the_system_instruction_is_the_first_message(instruction: object) -> None:
    system = Message(Role.SYSTEM, [TextPart("Be brief.")])
    assert decode(systemInstruction=instruction).messages == [system, HELLO]
    assert decode(system_instruction=instruction).messages == [system, HELLO]


def test_what_is_no_text_in_the_system_instruction_is_not_lost() -> None:
    parts = [{"text": "Like this:"}, {"inlineData": {"mimeType": "image/png", "data": "QUI="}}, {"new": {"a": 1}}]
    system, _ = decode(systemInstruction={"parts": parts}).messages
    image = ImagePart("data:image/png;base64,QUI=")
    assert system == Message(
        Role.SYSTEM, [TextPart("Like this:"), image, VendorPart("gemini", "new", {"new": {"a": 1}})]
    )


def test_one_content_alone_is_a_conversation() -> None:
    body = b'{"contents":{"parts":{"codeExecutionResult":{"output":"1"}}}}'
    (message,) = decode_request(body, TARGET, stream=False).messages
    assert message.parts == [VendorPart("gemini", "codeExecutionResult", {"codeExecutionResult": {"output": "1"}})]


def test_a_vendors_part_is_found_among_others() -> None:
    part = {"executable_code": {"code": "1"}}
    request = decode(contents=[CONTENTS[0], {"parts": [{"text": "a"}, part]}])
    assert request.messages[1].parts[1] == VendorPart("gemini", "executableCode", {"executableCode": {"code": "1"}})


def test_the_configuration_has_canonical_places() -> None:
    request = configured(
        maxOutputTokens="5",
        temperature=0.5,
        topP=0.9,
        topK=40.0,
        stopSequences=["x"],
        seed=7,
        candidateCount=2,
        responseLogprobs=True,
        logprobs=3,
        frequencyPenalty=0.1,
        presencePenalty=0.2,
    )
    assert (request.max_output_tokens, request.temperature, request.top_p, request.top_k) == (5, 0.5, 0.9, 40)
    assert (request.stop, request.seed, request.n) == (["x"], 7, 2)
    assert (request.logprobs, request.top_logprobs) == (True, 3)
    assert (request.frequency_penalty, request.presence_penalty) == (0.1, 0.2)
    assert request.extras == {}


def test_either_spelling_is_understood() -> None:
    assert decode(generation_config={"max_output_tokens": 5}).max_output_tokens == 5


@pytest.mark.parametrize(
    ("thinking", "effort", "budget", "include"),
    [
        ({}, None, None, None),
        ({"thinkingBudget": 0}, "none", None, None),
        ({"thinkingBudget": -1, "includeThoughts": True}, None, None, True),
        ({"thinkingBudget": 512}, None, 512, None),
        ({"thinkingLevel": "HIGH"}, "high", None, None),
        ({"thinkingLevel": "THINKING_LEVEL_UNSPECIFIED"}, None, None, None),
    ],
)
def test_thinking_is_effort_or_a_budget(
    thinking: object, effort: str | None, budget: int | None, include: bool | None
) -> None:
    request = configured(thinkingConfig=thinking)
    assert (request.reasoning_effort, request.reasoning_budget_tokens, request.include_reasoning) == (
        effort,
        budget,
        include,
    )


def test_functions_are_tools_with_json_schemas() -> None:
    declarations = [
        {"name": "f", "description": "F.", "parameters": {"type": "OBJECT", "properties": {}}},
        {"name": "g", "parameters_json_schema": {"type": "object", "title": "G"}},
        {"name": "h"},
    ]
    assert decode(tools=[{"function_declarations": declarations}]).tools == [
        Tool("f", "F.", SCHEMA),
        Tool("g", None, {"type": "object", "title": "G"}),
        Tool("h", None, SCHEMA),
    ]


def test_googles_own_tools_are_hosted() -> None:
    assert decode(tools={"google_search": {}}).tools == [
        Tool("googleSearch", is_hosted=True, extras={"gemini": {"googleSearch": {}}})
    ]


@pytest.mark.parametrize(
    ("config", "choice"),
    [
        ({"mode": "AUTO"}, ToolChoice(ToolChoiceMode.AUTO)),
        ({"mode": "none"}, ToolChoice(ToolChoiceMode.NONE)),
        ({"mode": "ANY", "allowedFunctionNames": ["f"]}, ToolChoice(ToolChoiceMode.REQUIRED, ["f"])),
        ({"mode": "VALIDATED", "allowedFunctionNames": ["f"]}, ToolChoice(ToolChoiceMode.AUTO, ["f"])),
        (None, None),
    ],
)
def test_the_calling_mode_is_a_tool_choice(config: object, choice: ToolChoice | None) -> None:
    assert decode(toolConfig={"functionCallingConfig": config}).tool_choice == choice


def test_an_unknown_calling_mode_is_refused() -> None:
    with pytest.raises(RequestError, match="'SOME' is no mode"):
        decode(toolConfig={"functionCallingConfig": {"mode": "SOME"}})


@pytest.mark.parametrize(
    ("config", "form"),
    [
        ({}, None),
        ({"responseMimeType": "text/plain"}, ResponseFormat(ResponseFormatKind.TEXT)),
        ({"responseMimeType": "application/json"}, ResponseFormat(ResponseFormatKind.JSON_OBJECT)),
        (
            {"responseMimeType": "application/json", "responseSchema": {"type": "OBJECT"}},
            ResponseFormat(ResponseFormatKind.JSON_SCHEMA, schema={"type": "object"}),
        ),
        (
            {"responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}},
            ResponseFormat(ResponseFormatKind.JSON_SCHEMA, schema={"type": "object"}),
        ),
    ],
)
def test_the_media_type_is_the_form(config: dict[str, object], form: ResponseFormat | None) -> None:
    assert configured(**config).response_format == form


def test_what_only_gemini_can_answer_with_is_demanded() -> None:
    request = decode(
        cachedContent="cachedContents/1",
        generationConfig={"responseModalities": ["TEXT", "IMAGE"], "responseMimeType": "text/x.enum"},
    )
    assert request.demands == [
        "cachedContent",
        "generationConfig.responseModalities",
        "generationConfig.responseMimeType",
    ]
    assert configured(responseModalities=["TEXT"]).demands == []


def test_other_fields_are_kept_by_their_paths() -> None:
    request = decode(
        safetySettings=[],
        toolConfig={"includeServerSideToolInvocations": True, "functionCallingConfig": {"future": 1}},
        generationConfig={"mediaResolution": "LOW", "thinkingConfig": {"future": 2}},
    )
    assert request.extras == {
        "gemini": {
            "safetySettings": [],
            "toolConfig.includeServerSideToolInvocations": True,
            "toolConfig.functionCallingConfig.future": 1,
            "generationConfig.mediaResolution": "LOW",
            "generationConfig.thinkingConfig.future": 2,
        }
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"[" * 5000, None),
        (b"{}", "contents"),
        (b'{"contents":[]}', "contents"),
        (b'{"contents":[{"parts":[{"text":[]}]}]}', "contents[0].parts[0].text"),
        (b'{"contents":[{}],"tools":[{"functionDeclarations":[{}]}]}', "tools[0].functionDeclarations[0]"),
        (b'{"contents":[{}],"tools":[{"functionDeclarations":{}}]}', "tools[0].functionDeclarations"),
        (b'{"contents":[{}],"generationConfig":{"topP":"x"}}', "generationConfig.topP"),
    ],
)
def test_a_wrong_request_names_its_field(body: bytes, field: str | None) -> None:
    error = error_of(body)
    assert (error.field, error.status) == (field, 400)

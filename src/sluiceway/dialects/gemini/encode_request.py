"""The canonical request → a Gemini body.

A request that came in this dialect leaves as the body it came as: what may differ, the model and whether the answer
streams, stands in the path. Whoever changes anything else of such a request empties its ``body``, and a new one is
built from the canonical fields and this dialect's extras.

Source: Google's API reference, "generateContent", "Thinking" and "OpenAI compatibility" (August 2026).
"""

from __future__ import annotations

import re
from types import MappingProxyType
from urllib.parse import quote

import msgspec

from sluiceway.dialects.gemini.build_contents import ContentsEncoder
from sluiceway.dialects.gemini.shapes import NAME
from sluiceway.request import Request, ResponseFormat, ResponseFormatKind, Tool, ToolChoice, ToolChoiceMode

__all__ = ["encode_path", "encode_request"]

_json = msgspec.json.encode

# A name that says itself what kind of resource it is: tunedModels/cats-1, publishers/google/models/gemini-2.5-pro
_FULL_NAME = re.compile(r"(?:models|tunedModels|publishers|projects|endpoints)/")

_MODE_OF = MappingProxyType(
    {ToolChoiceMode.AUTO: "AUTO", ToolChoiceMode.REQUIRED: "ANY", ToolChoiceMode.NONE: "NONE"}
)

# Gemini 2.5 counts tokens where later models know words; these are the counts that Google itself puts for the words.
_BUDGET_OF = MappingProxyType({"none": 0, "minimal": 1024, "low": 1024, "medium": 8192})
_HIGH_BUDGET_TOKENS = 24_576
_COUNTING_MODEL = re.compile(r"gemini-(?:1|2)")

# Later models cannot leave thinking out; each of them takes the lowest of these.
_LEVEL_OF = MappingProxyType({"none": "LOW", "minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM"})


def encode_path(request: Request) -> str:
    """Return what follows an upstream's base URL: the model, and whether the answer streams."""
    model = request.model
    name = model if _FULL_NAME.match(model) else f"models/{model}"
    method = "streamGenerateContent?alt=sse" if request.stream else "generateContent"
    return f"/{quote(name, safe='/@-._~')}:{method}"


def encode_request(request: Request) -> bytes:
    """Return the body that asks an upstream for it.

    Raises:
        UnsupportedFeature: a message holds what this dialect has no place for.
    """
    if request.dialect == NAME and request.body:
        return request.body
    return _json(_build(request))


def _build(request: Request) -> dict[str, object]:
    conversation = ContentsEncoder(request.messages, request.model)
    instruction = conversation.system_instruction()
    contents = conversation.contents()
    if not contents and instruction is not None:
        # Google wants something that is said to the model.
        contents, instruction = [{"role": "user", **instruction}], None
    body = _given(
        {
            "contents": contents,
            "systemInstruction": instruction,
            "tools": _encode_tools(request.tools) or None,
            "toolConfig": _encode_tool_choice(request.tool_choice),
            "generationConfig": _encode_config(request) or None,
        }
    )
    for path, value in request.extras.get(NAME, {}).items():
        _put(body, path.split("."), value)
    return body


def _encode_config(request: Request) -> dict[str, object]:
    return _given(
        {
            "candidateCount": request.n if request.n != 1 else None,
            "maxOutputTokens": request.max_output_tokens,
            "temperature": request.temperature,
            "topP": request.top_p,
            "topK": request.top_k,
            "stopSequences": request.stop or None,
            "seed": request.seed,
            "responseLogprobs": request.logprobs or None,
            "logprobs": request.top_logprobs,
            "frequencyPenalty": request.frequency_penalty,
            "presencePenalty": request.presence_penalty,
            "thinkingConfig": _encode_thinking(request) or None,
            **_encode_format(request.response_format),
        }
    )


def _encode_thinking(request: Request) -> dict[str, object]:
    effort, budget = request.reasoning_effort, request.reasoning_budget_tokens
    level: str | None = None
    if effort is not None and budget is None:
        if _COUNTING_MODEL.search(request.model):
            budget = _BUDGET_OF.get(effort, _HIGH_BUDGET_TOKENS)
        else:
            level = _LEVEL_OF.get(effort, "HIGH")
    return _given({"includeThoughts": request.include_reasoning, "thinkingBudget": budget, "thinkingLevel": level})


def _encode_format(form: ResponseFormat | None) -> dict[str, object]:
    if form is None or form.kind is ResponseFormatKind.TEXT:
        return {}
    schema = form.schema if form.kind is ResponseFormatKind.JSON_SCHEMA else None
    return {"responseMimeType": "application/json", "responseJsonSchema": schema}


def _encode_tools(tools: list[Tool]) -> list[dict[str, object]]:
    functions = [_encode_function(tool) for tool in tools if not tool.is_hosted]
    records: list[dict[str, object]] = [{"functionDeclarations": functions}] if functions else []
    return records + [tool.extras[NAME] for tool in tools if tool.is_hosted]


def _encode_function(tool: Tool) -> dict[str, object]:
    return _given({"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.input_schema})


def _encode_tool_choice(choice: ToolChoice | None) -> dict[str, object] | None:
    if choice is None:
        return None
    mode = _MODE_OF[choice.mode]
    if choice.names and choice.mode is ToolChoiceMode.AUTO:
        mode = "VALIDATED"  # the only free mode that takes names
    config: dict[str, object] = {"mode": mode}
    if choice.names and choice.mode is not ToolChoiceMode.NONE:
        config["allowedFunctionNames"] = choice.names
    return {"functionCallingConfig": config}


def _put(body: dict[str, object], path: list[str], value: object) -> None:
    """Set what stands at a path, unless something canonical stands there."""
    for name in path[:-1]:
        inner = body.setdefault(name, {})
        assert isinstance(inner, dict)
        body = inner
    body.setdefault(path[-1], value)


def _given(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}

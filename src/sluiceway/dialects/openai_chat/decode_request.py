"""A Chat Completions request body → the canonical request.

Every field that has a canonical place is checked and put there. Top-level fields of other names are kept as extras;
parts of messages and tools of kinds not known here are a vendor's own and travel in the body, and those of them
without which the answer would mean something else are demands, so that a dialect that has to build its own body
refuses them.

Source: OpenAI's API reference, "Create chat completion" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.openai_api.request_errors import invalid, missing, unreadable
from sluiceway.dialects.openai_chat.request_messages import decode_message
from sluiceway.dialects.openai_chat.request_shapes import (
    BodyShape,
    FunctionChoice,
    FunctionShape,
    ResponseFormatShape,
    ToolChoiceShape,
    ToolRecords,
    ToolShape,
)
from sluiceway.dialects.openai_chat.shapes import NAME
from sluiceway.request import (
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Tool,
    ToolChoice,
    ToolChoiceMode,
)

__all__ = ["decode_request"]

_BODY = msgspec.json.Decoder(BodyShape)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TOOLS = msgspec.json.Decoder(ToolRecords)
_KNOWN_FIELDS = frozenset(BodyShape.__struct_fields__)

# What changes what the answer is, and not only how it is made or filed.
_DEMANDS = ("audio", "modalities", "web_search_options", "logit_bias")


def decode_request(body: bytes) -> Request:
    """Return the request a body asks for.

    Raises:
        RequestError: the body is not JSON, or a field is missing or wrong; it names the field.
    """
    try:
        shape = _BODY.decode(body)
        extras = _decode_extras(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from None
    if not shape.model:
        raise missing("model")
    if not shape.messages:
        raise invalid("messages", "empty array, expected at least one message")
    limit = shape.max_tokens if shape.max_completion_tokens is None else shape.max_completion_tokens
    return Request(
        model=shape.model,
        messages=[decode_message(message, f"messages[{index}]") for index, message in enumerate(shape.messages)],
        stream=bool(shape.stream),
        tools=_decode_tools(shape, body) if shape.tools or shape.functions else [],
        tool_choice=_decode_tool_choice(shape),
        parallel_tool_calls=shape.parallel_tool_calls,
        response_format=_decode_format(shape.response_format),
        max_output_tokens=limit,
        temperature=shape.temperature,
        top_p=shape.top_p,
        top_k=shape.top_k,
        stop=[shape.stop] if isinstance(shape.stop, str) else shape.stop or [],
        seed=shape.seed,
        n=shape.n or 1,
        logprobs=bool(shape.logprobs),
        top_logprobs=shape.top_logprobs,
        frequency_penalty=shape.frequency_penalty,
        presence_penalty=shape.presence_penalty,
        reasoning_effort=shape.reasoning_effort,
        include_usage=bool(shape.stream_options and shape.stream_options.include_usage),
        extras={NAME: extras} if extras else {},
        demands=_demanded(extras) + _demands_of(shape),
        dialect=NAME,
        body=body,
    )


def _decode_extras(body: bytes) -> dict[str, object]:
    fields = _FIELDS.decode(body)
    return {name: msgspec.json.decode(field) for name, field in fields.items() if name not in _KNOWN_FIELDS}


def _demanded(extras: dict[str, object]) -> list[str]:
    """Take the names of demands out of the extras."""
    return [name for name in _DEMANDS if extras.pop(name, None)] if extras else []


def _demands_of(shape: BodyShape) -> list[str]:
    """Return the paths of forms that the answer or a tool's input must have, and that have no canonical place."""
    demands: list[str] = []
    # "response_format":{"type":"grammar","grammar":"…"}
    if shape.response_format is not None and _decode_format(shape.response_format) is None:
        demands.append("response_format")
    # "custom":{"name":"f","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"…"}}}
    for index, tool in enumerate(shape.tools or ()):
        form = tool.custom.format if tool.custom is not None else None
        if form is not None and form.get("type") != "text":
            demands.append(f"tools[{index}].custom.format")
    return demands


def _decode_tools(shape: BodyShape, body: bytes) -> list[Tool]:
    records = _TOOLS.decode(body).tools or [] if shape.tools else []
    tools = [
        _decode_tool(tool, record, f"tools[{index}]")
        for index, (tool, record) in enumerate(zip(shape.tools or (), records, strict=True))
    ]
    # "functions":[{"name":"f","parameters":{}}], before there were tools
    return tools + [_decode_function(function) for function in shape.functions or ()]


def _decode_tool(shape: ToolShape, record: dict[str, object], field: str) -> Tool:
    if shape.type == "function":
        if shape.function is None:
            raise missing(f"{field}.function")
        return _decode_function(shape.function, shape.cache_control)
    if shape.type == "custom":
        custom = shape.custom
        if custom is None:
            raise missing(f"{field}.custom")
        extras: dict[str, dict[str, object]] = {NAME: {"format": custom.format}} if custom.format else {}
        return Tool(custom.name, custom.description, extras=extras, cache_control=shape.cache_control)
    # {"type":"openrouter:web_search","parameters":{"max_results":5}} is run by the vendor
    return Tool(shape.type, is_hosted=True, extras={NAME: record})


def _decode_function(shape: FunctionShape, cache_control: dict[str, object] | None = None) -> Tool:
    # A function without parameters takes none: its input is an empty object, not free text.
    schema: dict[str, object] = {"type": "object", "properties": {}}
    parameters = schema if shape.parameters is None else shape.parameters
    return Tool(shape.name, shape.description, parameters, shape.strict, cache_control=cache_control)


def _decode_tool_choice(shape: BodyShape) -> ToolChoice | None:
    choice = shape.tool_choice or shape.function_call
    if choice is None:
        return None
    if isinstance(choice, str):
        # Mistral says "any" for "required".
        return ToolChoice(ToolChoiceMode.REQUIRED if choice == "any" else ToolChoiceMode(choice))
    if isinstance(choice, FunctionChoice):
        return ToolChoice(ToolChoiceMode.REQUIRED, [choice.name])
    allowed = choice.allowed_tools
    if allowed is None:
        return ToolChoice(ToolChoiceMode.REQUIRED, [_name(choice, "tool_choice")])
    names = [_name(tool, f"tool_choice.allowed_tools.tools[{index}]") for index, tool in enumerate(allowed.tools)]
    return ToolChoice(ToolChoiceMode(allowed.mode), names)


def _name(choice: ToolChoiceShape, field: str) -> str:
    named = choice.function or choice.custom
    if named is None:
        raise missing(f"{field}.function")
    return named.name


def _decode_format(shape: ResponseFormatShape | None) -> ResponseFormat | None:
    """Return the form asked for; a kind that is a vendor's own (a grammar) travels in the body only."""
    if shape is None or shape.type not in {kind.value for kind in ResponseFormatKind}:
        return None
    kind = ResponseFormatKind(shape.type)
    if kind is not ResponseFormatKind.JSON_SCHEMA:
        return ResponseFormat(kind)
    schema = shape.json_schema
    if schema is None:
        raise missing("response_format.json_schema")
    return ResponseFormat(kind, schema.name, schema.schema, schema.description, schema.strict)

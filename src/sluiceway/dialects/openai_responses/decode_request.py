"""A Responses request body → the canonical request.

Every field that has a canonical place is checked and put there. Other fields are extras; those without which the
answer would mean something else, because they stand for a part of the conversation, are demands, and so are tool
choices and formats of kinds not known here.

Source: OpenAI's API reference, "Create a model response" (August 2026).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluiceway.dialects.openai_api.request_errors import missing, unreadable
from sluiceway.dialects.openai_responses.request_items import decode_input, decode_shape
from sluiceway.dialects.openai_responses.request_shapes import BodyShape, ChoiceShape, FormatShape, ToolShape
from sluiceway.dialects.openai_responses.shapes import NAME
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

__all__ = ["ENCRYPTED_REASONING", "LOGPROBS", "decode_request"]

LOGPROBS = "message.output_text.logprobs"
"""What ``include`` says to ask for log probabilities."""

ENCRYPTED_REASONING = "reasoning.encrypted_content"
"""What ``include`` says to get reasoning that can be sent back."""

_BODY = msgspec.json.Decoder(BodyShape)
_FIELDS = msgspec.json.Decoder(dict[str, object])
_TOOL = msgspec.json.Decoder(ToolShape)
_KNOWN_FIELDS = frozenset(BodyShape.__struct_fields__)
_TOOL_FIELDS = frozenset(ToolShape.__struct_fields__)

# What stands for a part of the conversation that the body does not hold.
_DEMANDS = ("previous_response_id", "conversation", "prompt")

# What is read of the two objects that hold settings; the rest of them is extras, under a path.
_SETTINGS = {"text": frozenset({"format"}), "reasoning": frozenset({"effort"})}


def decode_request(body: bytes) -> Request:
    """Return the request a body asks for.

    Raises:
        RequestError: the body is not JSON, or a field is missing or wrong; it names the field.
    """
    try:
        shape = _BODY.decode(body)
        fields = _FIELDS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from None
    if not shape.model:
        raise missing("model")
    extras = dict(_find_extras(fields))
    demands = [name for name in _DEMANDS if extras.pop(name, None) is not None]
    if shape.input is None and not demands:
        raise missing("input")
    messages, foreign = decode_input(shape.input or [])
    tools = [_decode_tool(tool, f"tools[{index}]") for index, tool in enumerate(shape.tools or ())]
    include = shape.include or []
    reasoning = shape.reasoning
    summary = (reasoning.summary or reasoning.generate_summary) if reasoning else None
    form = shape.text.format if shape.text else None
    tool_choice = _decode_tool_choice(shape.tool_choice)
    if shape.tool_choice is not None and tool_choice is None:
        demands.append("tool_choice")
    if form is not None and _decode_format(form) is None:
        demands.append("text.format")
    return Request(
        model=shape.model,
        messages=[*_decode_instructions(shape.instructions), *messages],
        stream=bool(shape.stream),
        tools=tools,
        tool_choice=tool_choice,
        parallel_tool_calls=shape.parallel_tool_calls,
        response_format=None if form is None else _decode_format(form),
        max_output_tokens=shape.max_output_tokens,
        temperature=shape.temperature,
        top_p=shape.top_p,
        logprobs=LOGPROBS in include or bool(shape.top_logprobs),
        top_logprobs=shape.top_logprobs,
        reasoning_effort=reasoning.effort if reasoning else None,
        include_reasoning=True if summary else None,
        include_usage=True,
        extras={NAME: extras} if extras else {},
        demands=[*demands, *foreign, *_find_grammars(tools)],
        dialect=NAME,
        body=body,
    )


def _find_extras(fields: dict[str, object]) -> Iterator[tuple[str, object]]:
    """Give what has no canonical place; a field that is null is not there."""
    for name, value in fields.items():
        if name in _SETTINGS and isinstance(value, dict):
            for key, setting in value.items():
                if key not in _SETTINGS[name] and setting is not None and (key, setting) != ("summary", "auto"):
                    yield f"{name}.{key}", setting
        elif name == "include" and isinstance(value, list):
            rest = [word for word in value if word not in {LOGPROBS, ENCRYPTED_REASONING}]
            if rest:
                yield name, rest
        elif name not in _KNOWN_FIELDS and value is not None:
            yield name, value


def _decode_instructions(instructions: str | None) -> list[Message]:
    return [Message(Role.SYSTEM, [TextPart(instructions)])] if instructions else []


def _decode_tool(record: msgspec.Raw, field: str) -> Tool:
    shape = decode_shape(_TOOL, record, field)
    rest = {name: value for name, value in _FIELDS.decode(record).items() if name not in _TOOL_FIELDS}
    if shape.type not in {"function", "custom"}:
        # {"type":"web_search","search_context_size":"medium"} is run by OpenAI
        return Tool(shape.type, is_hosted=True, extras={NAME: _FIELDS.decode(record)})
    if shape.name is None:
        raise missing(f"{field}.name")
    extras: dict[str, dict[str, object]] = {NAME: rest} if rest else {}
    if shape.type == "custom":
        return Tool(shape.name, shape.description, extras=extras)
    # A function without parameters takes none: its input is an empty object, not free text.
    schema: dict[str, object] = {"type": "object", "properties": {}}
    parameters = schema if shape.parameters is None else shape.parameters
    return Tool(shape.name, shape.description, parameters, shape.strict, extras=extras)


def _find_grammars(tools: list[Tool]) -> Iterator[str]:
    """Give the paths of forms that the input of custom tools must have, and that have no canonical place."""
    for index, tool in enumerate(tools):
        form = {} if tool.is_hosted else tool.extras.get(NAME, {}).get("format")
        # "format":{"type":"grammar","syntax":"lark","definition":"…"}
        if isinstance(form, dict) and form.get("type", "text") != "text":
            yield f"tools[{index}].format"


def _decode_tool_choice(choice: str | ChoiceShape | None) -> ToolChoice | None:
    """Return which tools may be called; None where it names a tool that only the vendor has."""
    if choice is None:
        return None
    if isinstance(choice, str):
        return ToolChoice(ToolChoiceMode(choice))
    if choice.type != "allowed_tools":
        return ToolChoice(ToolChoiceMode.REQUIRED, [_name(choice, "tool_choice")]) if _is_ours(choice) else None
    tools = choice.tools or []
    if not all(_is_ours(tool) for tool in tools):
        return None
    names = [_name(tool, f"tool_choice.tools[{index}]") for index, tool in enumerate(tools)]
    return ToolChoice(ToolChoiceMode(choice.mode), names)


def _is_ours(choice: ChoiceShape) -> bool:
    return choice.type in {"function", "custom"}


def _name(choice: ChoiceShape, field: str) -> str:
    if choice.name is None:
        raise missing(f"{field}.name")
    return choice.name


def _decode_format(shape: FormatShape) -> ResponseFormat | None:
    """Return the form asked for, or None for a kind that is the vendor's own (a grammar)."""
    if shape.type not in {kind.value for kind in ResponseFormatKind}:
        return None
    kind = ResponseFormatKind(shape.type)
    if kind is not ResponseFormatKind.JSON_SCHEMA:
        return ResponseFormat(kind)
    if shape.schema is None:
        raise missing("text.format.schema")
    return ResponseFormat(kind, shape.name, shape.schema, shape.description, shape.strict)

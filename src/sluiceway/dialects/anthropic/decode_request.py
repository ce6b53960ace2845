"""A Messages request body → the canonical request.

Every field that has a canonical place is checked and put there. Top-level fields of other names are kept as extras;
those of them without which the answer would mean something else are demands, so that a dialect that has to build its
own body refuses them. What blocks and messages hold beside that travels in the body only; `sluiceway.dialects.strays`
names it to readers of other dialects.

Source: Anthropic's API reference, "Create a message" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.anthropic.request_errors import invalid, missing, unreadable
from sluiceway.dialects.anthropic.request_messages import decode_message, decode_system
from sluiceway.dialects.anthropic.request_shapes import BodyShape, ThinkingConfigShape, ToolChoiceShape, ToolShape
from sluiceway.dialects.anthropic.shapes import NAME
from sluiceway.dialects.base import Target
from sluiceway.request import Request, ResponseFormat, ResponseFormatKind, Tool, ToolChoice, ToolChoiceMode

__all__ = ["BETA_HEADER", "decode_request"]

BETA_HEADER = "anthropic-beta"
"""The header that switches features on which are not for everybody yet."""

_BODY = msgspec.json.Decoder(BodyShape)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TOOL_RECORDS = msgspec.json.Decoder(list[dict[str, object]])
_KNOWN_FIELDS = frozenset(BodyShape.__struct_fields__)

# Servers whose tools the model is to use, and a place it left things in.
_DEMANDS = ("mcp_servers", "container")

_THINKING = frozenset({"enabled", "adaptive", "disabled"})

_MODE_OF = {
    "auto": ToolChoiceMode.AUTO,
    "any": ToolChoiceMode.REQUIRED,
    "tool": ToolChoiceMode.REQUIRED,
    "none": ToolChoiceMode.NONE,
}


def decode_request(body: bytes, target: Target) -> Request:
    """Return the request a body asks for.

    Raises:
        RequestError: the body is not JSON, or a field is missing or wrong; it names the field.
    """
    try:
        shape = _BODY.decode(body)
        fields = _FIELDS.decode(body)
        extras = {name: msgspec.json.decode(fields[name]) for name in fields if _is_extra(name, shape)}
        tool_records = _TOOL_RECORDS.decode(fields["tools"]) if shape.tools else []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from None
    if not shape.model:
        raise invalid("model", "String should have at least 1 character")
    if not shape.messages:
        raise invalid("messages", "at least one message is required")
    messages = [decode_message(message, f"messages.{index}") for index, message in enumerate(shape.messages)]
    effort, budget_tokens, include_reasoning = _decode_thinking(shape)
    beta = target.headers.get(BETA_HEADER)
    choice = shape.tool_choice
    return Request(
        model=shape.model,
        messages=decode_system(shape.system) + messages,
        stream=bool(shape.stream),
        tools=[
            _decode_tool(tool, record, f"tools.{index}")
            for index, (tool, record) in enumerate(zip(shape.tools or (), tool_records, strict=True))
        ],
        tool_choice=None if choice is None else _decode_tool_choice(choice),
        parallel_tool_calls=False if choice is not None and choice.disable_parallel_tool_use else None,
        response_format=_decode_format(shape),
        max_output_tokens=shape.max_tokens,
        temperature=shape.temperature,
        top_p=shape.top_p,
        top_k=shape.top_k,
        stop=shape.stop_sequences or [],
        reasoning_effort=effort,
        reasoning_budget_tokens=budget_tokens,
        include_reasoning=include_reasoning,
        include_usage=True,
        extras={NAME: extras} if extras else {},
        demands=[name for name in _DEMANDS if extras.get(name)],
        headers={} if beta is None else {BETA_HEADER: beta},
        dialect=NAME,
        body=body,
    )


def _is_extra(name: str, shape: BodyShape) -> bool:
    """Return whether a field is kept as it is: also a way to think that is not known here."""
    if name == "thinking":
        return shape.thinking is not None and shape.thinking.type not in _THINKING
    return name not in _KNOWN_FIELDS


def _decode_thinking(shape: BodyShape) -> tuple[str | None, int | None, bool | None]:
    """Return effort, budget and whether reasoning is to be shown."""
    effort = shape.output_config.effort if shape.output_config is not None else None
    match shape.thinking:
        case ThinkingConfigShape(type="disabled"):
            return "none", None, None
        case ThinkingConfigShape(type="enabled", budget_tokens=None):
            raise missing("thinking.budget_tokens")
        case ThinkingConfigShape(type="enabled" | "adaptive", budget_tokens=budget_tokens, display=display):
            return effort, budget_tokens, display != "omitted"
        case _:
            return effort, None, None


def _decode_tool(shape: ToolShape, record: dict[str, object], field: str) -> Tool:
    # {"type":"web_search_20250305","name":"web_search",…}
    if shape.type not in {None, "custom"}:
        return Tool(shape.type or "", is_hosted=True, extras={NAME: record})
    if shape.name is None:
        raise missing(f"{field}.name")
    if shape.input_schema is None:
        raise missing(f"{field}.input_schema")
    own = {name: value for name, value in record.items() if name not in ToolShape.__struct_fields__}
    extras: dict[str, dict[str, object]] = {NAME: own} if own else {}
    return Tool(
        shape.name,
        shape.description,
        shape.input_schema,
        shape.strict,
        extras=extras,
        cache_control=shape.cache_control,
    )


def _decode_tool_choice(shape: ToolChoiceShape) -> ToolChoice:
    if shape.type != "tool":
        return ToolChoice(_MODE_OF[shape.type])
    if shape.name is None:
        raise missing("tool_choice.name")
    return ToolChoice(_MODE_OF[shape.type], [shape.name])


def _decode_format(shape: BodyShape) -> ResponseFormat | None:
    form = shape.output_config.format if shape.output_config is not None else None
    form = form or shape.output_format
    return None if form is None else ResponseFormat(ResponseFormatKind.JSON_SCHEMA, schema=form.schema)

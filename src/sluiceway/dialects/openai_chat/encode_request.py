"""The canonical request → a Chat Completions body.

A request that came in this dialect leaves as the body it came as: order, spelling and unknown fields are kept, and
only ``model``, ``stream`` and ``stream_options`` are set where they differ. Whoever changes anything else of such a
request empties its ``body``, and a new one is built from the canonical fields and this dialect's extras.

A streaming upstream is always asked for usage: the ledger wants it even when the reader does not.

What a built body leaves out: reasoning of earlier turns, for which this dialect has no place that every server takes.

Source: OpenAI's API reference, "Create chat completion" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.openai_api.edit_body import edit_body
from sluiceway.dialects.openai_api.files import refuse_foreign_files
from sluiceway.dialects.openai_chat.build_messages import encode_message, find_custom_names
from sluiceway.dialects.openai_chat.shapes import NAME
from sluiceway.request import Request, ResponseFormat, ResponseFormatKind, Tool, ToolChoice, ToolChoiceMode

__all__ = ["encode_request"]

_json = msgspec.json.encode


def encode_request(request: Request) -> bytes:
    """Return the body that asks an upstream for it.

    Raises:
        UnsupportedFeature: a message holds what this dialect has no place for.
    """
    if request.dialect == NAME and request.body:
        return edit_body(request, asks_for_usage=True)
    refuse_foreign_files(request)
    return _json(_build(request))


def _build(request: Request) -> dict[str, object]:
    custom_names = find_custom_names(request)
    messages = [
        encoded
        for index, message in enumerate(request.messages)
        for encoded in encode_message(message, f"messages[{index}]", custom_names)
    ]
    body: dict[str, object] = {"model": request.model, "messages": messages}
    if request.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    optional: dict[str, object] = {
        "tools": [_encode_tool(tool) for tool in request.tools] or None,
        "tool_choice": _encode_tool_choice(request.tool_choice, custom_names),
        "parallel_tool_calls": request.parallel_tool_calls,
        "response_format": _encode_format(request.response_format),
        "max_completion_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "stop": request.stop or None,
        "seed": request.seed,
        "n": request.n if request.n != 1 else None,
        "logprobs": request.logprobs or None,
        "top_logprobs": request.top_logprobs,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "reasoning_effort": request.reasoning_effort,
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    return {**request.extras.get(NAME, {}), **body}


def _encode_tool(tool: Tool) -> dict[str, object]:
    if tool.is_hosted:
        return tool.extras[NAME]
    known: dict[str, object] = {"name": tool.name}
    if tool.description is not None:
        known["description"] = tool.description
    if tool.input_schema is None:
        return {"type": "custom", "custom": {**known, **tool.extras.get(NAME, {})}}
    known["parameters"] = tool.input_schema
    if tool.strict is not None:
        known["strict"] = tool.strict
    return {"type": "function", "function": known}


def _encode_tool_choice(choice: ToolChoice | None, custom_names: frozenset[str]) -> object:
    if choice is None:
        return None
    kinds = [("custom" if name in custom_names else "function", name) for name in choice.names]
    tools = [{"type": kind, kind: {"name": name}} for kind, name in kinds]
    if choice.mode is ToolChoiceMode.NONE or not tools:
        return choice.mode.value
    if choice.mode is ToolChoiceMode.REQUIRED and len(tools) == 1:
        return tools[0]
    return {"type": "allowed_tools", "allowed_tools": {"mode": choice.mode.value, "tools": tools}}


def _encode_format(form: ResponseFormat | None) -> dict[str, object] | None:
    if form is None:
        return None
    if form.kind is not ResponseFormatKind.JSON_SCHEMA:
        return {"type": form.kind.value}
    # OpenAI demands a name, which other dialects do not have.
    schema: dict[str, object] = {"name": form.name or "answer", "schema": form.schema}
    if form.description is not None:
        schema["description"] = form.description
    if form.strict is not None:
        schema["strict"] = form.strict
    return {"type": "json_schema", "json_schema": schema}

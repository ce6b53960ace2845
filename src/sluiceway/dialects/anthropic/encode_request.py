"""The canonical request → a Messages body.

A request that came in this dialect leaves as the body it came as: order, spelling and unknown fields are kept, and
only ``model`` and ``stream`` are set where they differ. Whoever changes anything else of such a request empties its
``body``, and a new one is built from the canonical fields and this dialect's extras.

``max_tokens`` is demanded here and nowhere else. Where no limit was asked for, it is `DEFAULT_MAX_TOKENS`, beside the
budget for thinking: no model that is served takes less, and the answer says ``max_tokens`` when it is met.

Thinking. A budget is asked for as such, at least the 1,024 tokens that are the least there is. An effort is asked
for in ``output_config``, with adaptive thinking if it was asked for in another dialect, where it means how much to
think and nothing else; the effort ``none`` is thinking disabled. Where a tool has to be called no thinking is asked
for, since the API refuses both at once.

Source: Anthropic's API reference, "Create a message" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.anthropic.build_messages import encode_messages, encode_system
from sluiceway.dialects.anthropic.shapes import NAME
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import Request, ResponseFormat, ResponseFormatKind, Tool, ToolChoiceMode

__all__ = ["DEFAULT_MAX_TOKENS", "encode_request"]

DEFAULT_MAX_TOKENS = 8192
"""The limit of an answer whose request has none."""

_MIN_BUDGET_TOKENS = 1024

_json = msgspec.json.encode
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])

_TYPE_OF = {ToolChoiceMode.AUTO: "auto", ToolChoiceMode.REQUIRED: "any", ToolChoiceMode.NONE: "none"}
_EFFORT_OF = {"minimal": "low"}


def encode_request(request: Request) -> bytes:
    """Return the body that asks an upstream for it.

    Raises:
        UnsupportedFeature: it holds what this dialect has no place for.
    """
    if request.dialect == NAME and request.body:
        return _edit(request)
    return _json(_build(request))


def _edit(request: Request) -> bytes:
    """Return the body it came as, with what differs set."""
    fields = _FIELDS.decode(request.body)
    changes: dict[str, msgspec.Raw] = {}
    if msgspec.json.decode(fields["model"]) != request.model:
        changes["model"] = msgspec.Raw(_json(request.model))
    if (bytes(fields.get("stream", b"")) == b"true") != request.stream:
        changes["stream"] = msgspec.Raw(_json(request.stream))
    return _json({**fields, **changes}) if changes else request.body


def _build(request: Request) -> dict[str, object]:
    optional: dict[str, object] = {
        "system": encode_system(request.messages),
        "stream": request.stream or None,
        "tools": [_encode_tool(tool, index) for index, tool in enumerate(_offered(request))] or None,
        "tool_choice": _encode_tool_choice(request),
        "stop_sequences": request.stop or None,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "thinking": _encode_thinking(request),
        "output_config": _encode_output(request) or None,
    }
    return {
        **request.extras.get(NAME, {}),
        "model": request.model,
        "max_tokens": _encode_limit(request),
        "messages": encode_messages(request.messages, is_own=request.dialect == NAME),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _encode_limit(request: Request) -> int:
    if request.max_output_tokens is not None:
        return request.max_output_tokens
    return DEFAULT_MAX_TOKENS + max(request.reasoning_budget_tokens or 0, 0)


def _offered(request: Request) -> list[Tool]:
    """Return the tools the model may call: a choice among several can be told only by leaving the others out."""
    choice = request.tool_choice
    if choice is None or choice.mode is ToolChoiceMode.NONE or not choice.names:
        return request.tools
    if choice.mode is ToolChoiceMode.REQUIRED and len(choice.names) == 1:
        return request.tools
    return [tool for tool in request.tools if tool.name in choice.names]


def _encode_tool(tool: Tool, index: int) -> dict[str, object]:
    own = tool.extras.get(NAME, {})
    if tool.is_hosted and own:
        return own
    if tool.input_schema is None:
        raise UnsupportedFeature(f"The tool '{tool.name}' cannot be expressed here.", field=f"tools[{index}]")
    record: dict[str, object] = {"name": tool.name, "input_schema": tool.input_schema, **own}
    if tool.description is not None:
        record["description"] = tool.description
    if tool.strict:
        record["strict"] = True
    if tool.cache_control is not None:
        record["cache_control"] = tool.cache_control
    return record


def _encode_tool_choice(request: Request) -> dict[str, object] | None:
    choice = request.tool_choice
    if not request.tools:
        return None
    encoded: dict[str, object] = {"type": "auto" if choice is None else _TYPE_OF[choice.mode]}
    if choice is not None and choice.mode is ToolChoiceMode.REQUIRED and len(choice.names) == 1:
        encoded = {"type": "tool", "name": choice.names[0]}
    if request.parallel_tool_calls is False and encoded["type"] != "none":
        encoded["disable_parallel_tool_use"] = True
    return None if choice is None and len(encoded) == 1 else encoded


def _encode_thinking(request: Request) -> dict[str, object] | None:
    budget_tokens, effort = request.reasoning_budget_tokens, request.reasoning_effort
    if budget_tokens == 0 or effort == "none":
        return {"type": "disabled"}
    is_forced = request.tool_choice is not None and request.tool_choice.mode is ToolChoiceMode.REQUIRED
    is_asked = (
        budget_tokens is not None or request.include_reasoning or (effort is not None and request.dialect != NAME)
    )
    if is_forced or not is_asked:
        return None
    thinking: dict[str, object] = {"type": "adaptive"}
    if budget_tokens is not None and budget_tokens > 0:
        thinking = {"type": "enabled", "budget_tokens": max(budget_tokens, _MIN_BUDGET_TOKENS)}
    if request.include_reasoning is not None:
        thinking["display"] = "summarized" if request.include_reasoning else "omitted"
    return thinking


def _encode_output(request: Request) -> dict[str, object]:
    output: dict[str, object] = {}
    effort, form = request.reasoning_effort, request.response_format
    if effort is not None and effort != "none":
        output["effort"] = _EFFORT_OF.get(effort, effort)
    if form is not None and form.kind is not ResponseFormatKind.TEXT:
        output["format"] = _encode_format(form)
    return output


def _encode_format(form: ResponseFormat) -> dict[str, object]:
    if form.schema is None:
        raise UnsupportedFeature("JSON without a schema cannot be asked for here.", field="response_format")
    return {"type": "json_schema", "schema": form.schema}

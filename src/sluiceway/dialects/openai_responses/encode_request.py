"""The canonical request → a Responses body.

A request that came in this dialect leaves as the body it came as: order, spelling and unknown fields are kept, and
only ``model`` and ``stream`` are set where they differ (without a stream there may be no ``stream_options``). Whoever
changes anything else of such a request empties its ``body``, and a new one is built from the canonical fields and
this dialect's extras; ids of items and phases of messages are lost in that.

A body built for a reader of another dialect says ``"store": false``: he did not ask for his words to be kept. Where
he wants reasoning, or sends some back, it asks for the encrypted form, without which none can be sent back.

Source: OpenAI's API reference, "Create a model response" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.openai_api.edit_body import edit_body
from sluiceway.dialects.openai_api.files import refuse_foreign_files
from sluiceway.dialects.openai_responses.build_items import encode_input, split_instructions
from sluiceway.dialects.openai_responses.decode_request import ENCRYPTED_REASONING, LOGPROBS
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.request import (
    ReasoningPart,
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Tool,
    ToolChoice,
    ToolChoiceMode,
)

__all__ = ["encode_request", "encode_settings"]

_json = msgspec.json.encode


def encode_request(request: Request) -> bytes:
    """Return the body that asks an upstream for it.

    Raises:
        UnsupportedFeature: a message holds what this dialect has no place for.
    """
    if request.dialect == NAME and request.body:
        return edit_body(request, asks_for_usage=False)
    refuse_foreign_files(request)
    _, first = split_instructions(request.messages)
    body: dict[str, object] = {"model": request.model, "input": encode_input(request, first)}
    if request.stream:
        body["stream"] = True
    return _json({**body, **encode_settings(request)})


def encode_settings(request: Request) -> dict[str, object]:
    """Return the fields of a body beside the model, the conversation and how the answer is to come."""
    own = dict(request.extras.get(NAME, {}))
    known: dict[str, object] = {
        "instructions": split_instructions(request.messages)[0],
        "tools": [_encode_tool(tool) for tool in request.tools] or None,
        "tool_choice": _encode_tool_choice(request.tool_choice, request.tools),
        "parallel_tool_calls": request.parallel_tool_calls,
        "text": _gather(own, "text", {"format": _encode_format(request.response_format)}),
        "max_output_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_logprobs": request.top_logprobs,
        "reasoning": _gather(own, "reasoning", _encode_reasoning(request)),
        "include": _encode_include(request, own.pop("include", None)),
        "store": None if request.dialect == NAME else False,
    }
    return {**own, **{name: value for name, value in known.items() if value is not None}}


def _gather(own: dict[str, object], name: str, known: dict[str, object]) -> dict[str, object] | None:
    """Return an object of settings, with the extras that belong into it, which are taken out of ``own``."""
    prefix = f"{name}."
    rest = {key: own.pop(key) for key in list(own) if key.startswith(prefix)}
    settings = {key: value for key, value in known.items() if value is not None}
    return {**settings, **{key.removeprefix(prefix): value for key, value in rest.items()}} or None


def _encode_reasoning(request: Request) -> dict[str, object]:
    return {"effort": request.reasoning_effort, "summary": "auto" if request.include_reasoning else None}


def _encode_include(request: Request, own: object) -> list[object] | None:
    words: list[object] = list(own) if isinstance(own, list) else []
    if request.logprobs:
        words.append(LOGPROBS)
    proofs = (
        part.signature
        for message in request.messages
        for part in message.parts
        if isinstance(part, ReasoningPart) and part.signature
    )
    if request.reasoning_effort not in {None, "none"} or request.include_reasoning or any(proofs):
        words.append(ENCRYPTED_REASONING)
    return words or None


def _encode_tool(tool: Tool) -> dict[str, object]:
    own = tool.extras.get(NAME, {})
    if tool.is_hosted:
        return own
    known: dict[str, object] = {"type": "custom" if tool.input_schema is None else "function", "name": tool.name}
    if tool.description is not None:
        known["description"] = tool.description
    if tool.input_schema is not None:
        # Left out, it would be true here, and schemas that are not made for that would be refused.
        known |= {"parameters": tool.input_schema, "strict": bool(tool.strict)}
    return {**known, **own}


def _encode_tool_choice(choice: ToolChoice | None, tools: list[Tool]) -> object:
    if choice is None:
        return None
    custom = {tool.name for tool in tools if tool.input_schema is None}
    named = [{"type": "custom" if name in custom else "function", "name": name} for name in choice.names]
    if choice.mode is ToolChoiceMode.NONE or not named:
        return choice.mode.value
    if choice.mode is ToolChoiceMode.REQUIRED and len(named) == 1:
        return named[0]
    return {"type": "allowed_tools", "mode": choice.mode.value, "tools": named}


def _encode_format(form: ResponseFormat | None) -> dict[str, object] | None:
    if form is None:
        return None
    if form.kind is not ResponseFormatKind.JSON_SCHEMA:
        return {"type": form.kind.value}
    # OpenAI demands a name, which other dialects do not have.
    record: dict[str, object] = {"type": form.kind.value, "name": form.name or "answer", "schema": form.schema}
    optional = {"description": form.description, "strict": form.strict}
    return {**record, **{name: value for name, value in optional.items() if value is not None}}

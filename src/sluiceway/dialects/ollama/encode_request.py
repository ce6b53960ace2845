"""The canonical request → an Ollama body, and the path it belongs to.

A request that came in this dialect leaves as the body it came as, by the endpoint it came by: order, spelling and
unknown fields are kept, and only ``model`` and ``stream`` are set where they differ. Which endpoint that was is seen
in the body: a prompt and no messages. Whoever changes anything else of such a request empties its ``body``, and a
chat is built from the canonical fields and this dialect's extras.

What a built body leaves out is what `sluiceway.dialects.ollama.rules` say.

Source: Ollama's API reference, "Generate a chat completion" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from sluiceway.dialects.ollama.build_messages import encode_messages
from sluiceway.dialects.ollama.shapes import NAME
from sluiceway.request import Request, ResponseFormat, ResponseFormatKind, Tool, ToolChoiceMode

__all__ = ["encode_path", "encode_request"]

_json = msgspec.json.encode
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])

# Other vendors' words for how much to think.
_THINK_OF: Mapping[str, bool | str] = MappingProxyType(
    {"none": False, "minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "max", "max": "max"}
)
_OPTION = "options."


def encode_path(request: Request) -> str:
    """Return what follows the root of an Ollama server."""
    if request.dialect == NAME and request.body:
        fields = _FIELDS.decode(request.body)
        if "messages" not in fields and "prompt" in fields:
            return "/api/generate"
    return "/api/chat"


def encode_request(request: Request) -> bytes:
    """Return the body that asks an upstream for it.

    Raises:
        UnsupportedFeature: a message holds what this dialect has no place for.
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
    is_stream = bytes(fields.get("stream", b"")) != b"false"
    if is_stream != request.stream:
        changes["stream"] = msgspec.Raw(_json(request.stream))
    return _json({**fields, **changes}) if changes else request.body


def _build(request: Request) -> dict[str, object]:
    extras = request.extras.get(NAME, {})
    optional: dict[str, object] = {
        "tools": _encode_tools(request),
        "format": _encode_format(request.response_format),
        "think": _encode_think(request),
        "options": _encode_options(request, extras),
        "logprobs": request.logprobs or None,
        "top_logprobs": request.top_logprobs,
    }
    return {
        **{name: value for name, value in extras.items() if not name.startswith(_OPTION)},
        "model": request.model,
        "messages": encode_messages(request.messages),
        "stream": request.stream,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _encode_options(request: Request, extras: dict[str, object]) -> dict[str, object] | None:
    options = {name.removeprefix(_OPTION): value for name, value in extras.items() if name.startswith(_OPTION)}
    known = {
        "num_predict": request.max_output_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "stop": request.stop or None,
        "seed": request.seed,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
    }
    return {**options, **{name: value for name, value in known.items() if value is not None}} or None


def _encode_tools(request: Request) -> list[dict[str, object]] | None:
    """Return the tools that may be called: there is no field to narrow them."""
    choice = request.tool_choice
    if choice is not None and choice.mode is ToolChoiceMode.NONE:
        return None
    names = choice.names if choice is not None else []
    return [_encode_tool(tool) for tool in request.tools if not names or tool.name in names] or None


def _encode_tool(tool: Tool) -> dict[str, object]:
    told: dict[str, object] = {} if tool.description is None else {"description": tool.description}
    return {"type": "function", "function": {"name": tool.name, **told, "parameters": tool.input_schema}}


def _encode_format(form: ResponseFormat | None) -> object:
    if form is None or form.kind is ResponseFormatKind.TEXT:
        return None
    return form.schema or "json"


def _encode_think(request: Request) -> bool | str | None:
    """Return how much to think; a word that nobody knows asks for thinking and leaves the rest to the model."""
    if request.reasoning_effort is None:
        return request.include_reasoning or None
    return _THINK_OF.get(request.reasoning_effort, True)

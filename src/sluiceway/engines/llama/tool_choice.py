"""What ``tool_choice`` asks for, in words that llama.cpp obeys.

llama.cpp knows three words for it. A choice of one tool by name it takes for ``auto``, and ``required`` only forbids
the answer to end before a call, which a model can put off until its tokens run out. So a call that must be is asked
for as what llama.cpp does enforce, an answer that follows a JSON schema: ``{"name": …, "arguments": {…}}``. The model
is still shown the tools in its own template's words. `sluiceway.engines.llama.call_frames` reads what comes back.

It refuses to ask for several calls at once: the schema is that of one.

Source: llama.cpp's server documentation, "chat/completions", and its behaviour (build 11549).
"""

from __future__ import annotations

import re

import msgspec

from sluiceway.errors import RequestError
from sluiceway.request import Request, Tool, ToolChoiceMode

__all__ = ["choose_tools", "must_call"]

_json = msgspec.json.encode
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])

# Within one schema {"$ref":"#/$defs/Point"}; the quotes of a text that only looks like it are escaped.
_REFERENCE = re.compile(rb'(?<!\\)"\$ref":"#')


def must_call(request: Request) -> bool:
    """Return whether the answer has to be a tool call."""
    choice = request.tool_choice
    return choice is not None and choice.mode is ToolChoiceMode.REQUIRED


def choose_tools(body: bytes, request: Request) -> bytes:
    """Return the body with the request's choice of tools in llama.cpp's words; all other fields stay as they are.

    Args:
        body: what the request is in OpenAI's dialect.
        request: the request.

    Raises:
        RequestError: a call is asked for and there is no function it could be of, or a schema is nested too deeply.
    """
    choice = request.tool_choice
    if choice is None or (choice.mode is ToolChoiceMode.AUTO and not choice.names):
        return body
    fields: dict[str, object] = {**_FIELDS.decode(body)}
    if choice.mode is ToolChoiceMode.NONE:
        # A model that sees tools may write a call all the same, and it would be told as text.
        fields.pop("tools", None)
        return _json(fields)
    # "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function",…}]}}
    tools = [tool for tool in request.tools if not choice.names or tool.name in choice.names]
    fields |= {"tools": [_encode_tool(tool) for tool in tools], "tool_choice": "auto"}
    if choice.mode is ToolChoiceMode.REQUIRED:
        fields |= {"tool_choice": "none", "response_format": _encode_format(tools)}
    return _json(fields)


def _encode_tool(tool: Tool) -> dict[str, object]:
    if tool.input_schema is None:
        raise RequestError("a model served here can call functions only", field="tools")
    parameters = msgspec.Raw(_encode_schema(tool.input_schema))
    function = {"name": tool.name, "description": tool.description or "", "parameters": parameters}
    return {"type": "function", "function": function}


def _encode_format(tools: list[Tool]) -> dict[str, object]:
    if not tools:
        raise RequestError("tool_choice asks for a call of a function that is not in tools", field="tool_choice")
    schema = {
        "$defs": {_key(index): _inputs(tool, index) for index, tool in enumerate(tools)},
        "anyOf": [_call(tool, index) for index, tool in enumerate(tools)],
    }
    return {"type": "json_schema", "json_schema": {"name": "call", "schema": schema}}


def _call(tool: Tool, index: int) -> dict[str, object]:
    properties = {"name": {"const": tool.name}, "arguments": {"$ref": f"#/$defs/{_key(index)}"}}
    return {"type": "object", "properties": properties, "required": ["name", "arguments"]}


def _inputs(tool: Tool, index: int) -> msgspec.Raw:
    """Return the schema of a tool's arguments, with the references to its root moved to where it is now."""
    schema = _encode_schema({"type": "object", **(tool.input_schema or {})})
    return msgspec.Raw(_REFERENCE.sub(b'"$ref":"#/$defs/' + _key(index).encode(), schema))


def _encode_schema(schema: dict[str, object]) -> bytes:
    try:
        return _json(schema)
    except RecursionError:
        raise RequestError("a tool's schema is nested too deeply", field="tools") from None


def _key(index: int) -> str:
    return f"tool{index}"

"""The tools of a UI chat request → canonical tools.

The SDK itself sends none, for there the server knows them; clients that do send them use a list, or a record by name.

Source: vercel/ai, ``LanguageModelV4FunctionTool`` (August 2026), and what assistant-ui sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sluiceway.dialects.ui_stream.request_errors import missing
from sluiceway.dialects.ui_stream.request_shapes import ToolChoiceShape, ToolShape
from sluiceway.dialects.ui_stream.shapes import NAME
from sluiceway.request import Tool, ToolChoice, ToolChoiceMode

__all__ = ["decode_tool_choice", "decode_tools"]


def decode_tools(tools: Sequence[ToolShape] | Mapping[str, ToolShape] | None) -> list[Tool]:
    """Return the tools.

    Raises:
        RequestError: one has no name.
    """
    if isinstance(tools, Mapping):
        return [_decode_tool(shape, name, f"tools.{name}") for name, shape in tools.items()]
    return [_decode_tool(shape, shape.name, f"tools[{index}]") for index, shape in enumerate(tools or ())]


def _decode_tool(shape: ToolShape, name: str, field: str) -> Tool:
    if not name:
        raise missing(f"{field}.name")
    if shape.type not in {"function", "frontend"}:
        # The SDK has {"type":"provider","id":"openai.web_search","name":"web_search","args":{}}
        return Tool(name, is_hosted=True, extras={NAME: {"type": shape.type}})
    empty: dict[str, object] = {"type": "object", "properties": {}}
    schema = shape.input_schema or shape.parameters or empty
    return Tool(name, shape.description, schema, shape.strict)


def decode_tool_choice(choice: str | ToolChoiceShape | None) -> ToolChoice | None:
    """Return which tools may or must be called."""
    if choice is None:
        return None
    if isinstance(choice, str):
        return ToolChoice(ToolChoiceMode(choice))
    return ToolChoice(ToolChoiceMode.REQUIRED, [choice.tool_name])

from __future__ import annotations

import pytest

from sluiceway.dialects.ui_stream.request_shapes import ToolChoiceShape, ToolShape
from sluiceway.dialects.ui_stream.request_tools import decode_tool_choice, decode_tools
from sluiceway.errors import RequestError
from sluiceway.request import Tool, ToolChoice, ToolChoiceMode

SCHEMA: dict[str, object] = {"type": "object", "properties": {"a": {"type": "string"}}}


def test_tools_come_as_a_list_or_by_name() -> None:
    tool = Tool("f", "does f", SCHEMA, strict=True)
    assert decode_tools([ToolShape(name="f", description="does f", input_schema=SCHEMA, strict=True)]) == [tool]
    assert decode_tools({"f": ToolShape(description="does f", parameters=SCHEMA, strict=True)}) == [tool]
    assert decode_tools(None) == []


def test_a_tool_without_a_schema_takes_nothing() -> None:
    (tool,) = decode_tools({"f": ToolShape("frontend")})
    assert tool.input_schema == {"type": "object", "properties": {}}


def test_a_tool_that_a_vendor_runs_is_hosted() -> None:
    (tool,) = decode_tools([ToolShape("provider", "web_search")])
    assert (tool.is_hosted, tool.extras) == (True, {"ui_stream": {"type": "provider"}})


def test_a_tool_needs_a_name() -> None:
    with pytest.raises(RequestError) as caught:
        decode_tools([ToolShape(name="f"), ToolShape()])
    assert caught.value.field == "tools[1].name"


@pytest.mark.parametrize(
    ("sent", "choice"),
    [
        (None, None),
        ("auto", ToolChoice(ToolChoiceMode.AUTO)),
        ("none", ToolChoice(ToolChoiceMode.NONE)),
        ("required", ToolChoice(ToolChoiceMode.REQUIRED)),
        (ToolChoiceShape("f"), ToolChoice(ToolChoiceMode.REQUIRED, ["f"])),
    ],
)
def test_a_choice_of_tools_is_taken(sent: str | ToolChoiceShape | None, choice: ToolChoice | None) -> None:
    assert decode_tool_choice(sent) == choice

"""The canonical request is a plain frozen record; None means the vendor's default."""

from __future__ import annotations

import msgspec
import pytest

from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    RefusalPart,
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Role,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolChoiceMode,
    ToolResultPart,
)

PARTS: list[Part] = [
    TextPart("Hi"),
    ImagePart("data:image/png;base64,AA==", "low"),
    AudioPart("AA==", "wav"),
    FilePart(file_id="f1"),
    ReasoningPart("Hm", "signature"),
    RefusalPart("No"),
    ToolCallPart("call_1", "f", "{}"),
    ToolResultPart("call_1", [TextPart("4"), ImagePart("https://example.org/a.png")]),
]


def test_only_the_model_and_the_messages_must_be_given() -> None:
    request = Request("m", [])
    assert (request.stream, request.n, request.tools, request.extras, request.body) == (False, 1, [], {}, b"")
    assert (request.temperature, request.max_output_tokens, request.tool_choice) == (None, None, None)


def test_a_request_is_frozen_and_shares_no_defaults() -> None:
    first, second = Request("m", []), Request("m", [])
    first.stop.append("x")
    assert second.stop == []
    with pytest.raises(AttributeError, match="immutable"):
        first.model = "other"  # type: ignore[misc]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_each_part_can_be_written_down_and_read_again(part: Part) -> None:
    assert msgspec.json.decode(msgspec.json.encode(part), type=Part) == part


def test_a_whole_request_can_be_written_down_and_read_again() -> None:
    request = Request(
        "m",
        [Message(Role.USER, PARTS, name="ada")],
        tools=[Tool("f", "does it", {"type": "object"}, strict=True)],
        tool_choice=ToolChoice(ToolChoiceMode.REQUIRED, ["f"]),
        response_format=ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "answer", {"type": "object"}),
        dialect="openai_chat",
        body=b"{}",
    )
    assert msgspec.json.decode(msgspec.json.encode(request), type=Request) == request

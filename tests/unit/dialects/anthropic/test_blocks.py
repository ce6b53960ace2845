from __future__ import annotations

import json

import msgspec
import pytest
from support.messages import block_delta

from sluiceway.dialects.anthropic.blocks import Blocks, OpenBlock
from sluiceway.dialects.anthropic.shapes import DeltaShape, EventShape
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    TextDelta,
    ToolInputDelta,
)

CALL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}


class Told:
    """Blocks, and what they told."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self.events: list[Event] = []

    def start(self, index: int, **block: object) -> None:
        self.blocks.start(index, json.dumps(block).encode(), self.events)

    def delta(self, index: int, type_: str, **fields: object) -> OpenBlock:
        payload = block_delta(index, type_, **fields)
        shape = msgspec.json.decode(payload, type=EventShape)
        return self.blocks.delta(index, shape.delta or DeltaShape(), payload, self.events)

    def stop(self, index: int) -> None:
        self.blocks.stop(index, self.events)


@pytest.fixture
def told() -> Told:
    return Told()


def test_text_comes_as_it_is(told: Told) -> None:
    told.start(0, type="text", text="", citations=None)
    told.delta(0, "text_delta", text="Hi")
    told.delta(0, "text_delta", text="")
    told.stop(0)
    assert told.events == [BlockStart(0, BlockKind.TEXT), TextDelta(0, "Hi"), BlockEnd(0)]


def test_thinking_is_reasoning_with_its_signature(told: Told) -> None:
    told.start(0, type="thinking", thinking="", signature="")
    told.delta(0, "thinking_delta", thinking="so")
    told.delta(0, "thinking_delta", thinking="")
    told.delta(0, "signature_delta", signature="sig")
    assert told.events == [
        BlockStart(0, BlockKind.REASONING),
        ReasoningDelta(0, "so"),
        ReasoningDelta(0, "", "sig"),
    ]


def test_redacted_thinking_is_all_signature(told: Told) -> None:
    told.start(0, type="redacted_thinking", data="secret")
    record: dict[str, object] = {"type": "redacted_thinking", "data": "secret"}
    assert told.events == [
        BlockStart(0, BlockKind.REASONING, extras={"anthropic": record}),
        ReasoningDelta(0, "", "secret"),
    ]


def test_a_whole_block_is_told_at_its_start(told: Told) -> None:
    told.start(0, type="text", text="Hi", citations=[{"url": "u"}])
    told.start(1, type="thinking", thinking="so", signature="sig")
    citation: dict[str, object] = {"type": "citations_delta", "citation": {"url": "u"}}
    assert told.events == [
        BlockStart(0, BlockKind.TEXT),
        TextDelta(0, "Hi"),
        ExtrasDelta(0, {"anthropic": citation}),
        BlockStart(1, BlockKind.REASONING),
        ReasoningDelta(1, "so", "sig"),
    ]


def test_a_calls_input_comes_in_pieces(told: Told) -> None:
    told.start(0, **CALL)
    told.delta(0, "input_json_delta", partial_json="")
    told.delta(0, "input_json_delta", partial_json='{"a"')
    told.stop(0)
    assert told.events == [
        BlockStart(0, BlockKind.TOOL, 0, "toolu_1", "f"),
        ToolInputDelta(0, '{"a"'),
        BlockEnd(0),
    ]


def test_a_call_without_input_has_none(told: Told) -> None:
    told.start(0, **CALL)
    told.stop(0)
    assert told.events == [BlockStart(0, BlockKind.TOOL, 0, "toolu_1", "f"), BlockEnd(0)]


def test_input_that_stands_at_the_start_is_told_at_the_end(told: Told) -> None:
    told.start(0, **{**CALL, "input": {"a": 1}})
    told.delta(0, "input_json_delta", partial_json="")
    assert len(told.events) == 1
    told.stop(0)
    assert told.events[1:] == [ToolInputDelta(0, '{"a": 1}'), BlockEnd(0)]


def test_deltas_take_the_place_of_the_input_at_the_start(told: Told) -> None:
    told.start(0, **{**CALL, "input": {"a": 1}})
    told.delta(0, "input_json_delta", partial_json="{}")
    told.stop(0)
    assert told.events[1:] == [ToolInputDelta(0, "{}"), BlockEnd(0)]


def test_what_was_held_back_is_told_before_an_answer_breaks_off(told: Told) -> None:
    told.start(0, **{**CALL, "input": {"a": 1}})
    told.blocks.break_off(told.events)
    told.blocks.break_off(told.events)
    assert told.events[1:] == [ToolInputDelta(0, '{"a": 1}')]


def test_a_call_without_an_id_gets_one(told: Told) -> None:
    told.start(3, type="tool_use")
    assert told.events == [BlockStart(0, BlockKind.TOOL, 0, "call_0", "")]


def test_what_else_is_said_of_a_call_is_kept(told: Told) -> None:
    told.start(0, **CALL, caller={"type": "direct"}, toolset=None)
    (start,) = told.events
    assert isinstance(start, BlockStart)
    assert start.extras == {"anthropic": {"caller": {"type": "direct"}}}


def test_the_vendors_own_blocks_are_kept_with_their_deltas(told: Told) -> None:
    record: dict[str, object] = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    told.start(0, **record)
    told.delta(0, "input_json_delta", partial_json="{}")
    assert told.events == [
        BlockStart(0, BlockKind.VENDOR, extras={"anthropic": record}),
        ExtrasDelta(0, {"anthropic": {"type": "input_json_delta", "partial_json": "{}"}}),
    ]


def test_a_delta_that_does_not_fit_is_kept_as_it_came(told: Told) -> None:
    told.start(0, **CALL)
    told.delta(0, "text_delta", text="Hi")
    told.delta(0, "text_delta", text=None)
    assert [type(event) for event in told.events[1:]] == [ExtrasDelta, ExtrasDelta]


def test_blocks_may_run_side_by_side(told: Told) -> None:
    told.start(4, type="text", text="")
    told.start(2, type="text", text="")
    told.delta(4, "text_delta", text="a")
    told.delta(2, "text_delta", text="b")
    told.blocks.end(told.events)
    assert told.events[2:] == [TextDelta(0, "a"), TextDelta(1, "b"), BlockEnd(0), BlockEnd(1)]


def test_a_block_that_begins_where_one_is_open_ends_that_one(told: Told) -> None:
    told.start(0, type="text", text="")
    opened = told.delta(0, "text_delta", text="a")
    told.start(0, type="text", text="")
    assert told.events[2:] == [BlockEnd(0), BlockStart(1, BlockKind.TEXT)]
    assert (opened.block, told.blocks.count) == (-1, 2)


def test_the_end_of_a_block_that_is_not_open_says_nothing(told: Told) -> None:
    told.stop(0)
    assert told.events == []


def test_a_delta_of_a_block_that_is_not_open_is_refused(told: Told) -> None:
    with pytest.raises(RemoteProtocolError, match="block 1"):
        told.delta(1, "text_delta", text="a")


def test_not_more_than_128_blocks_may_be_open(told: Told) -> None:
    for index in range(128):
        told.start(index, type="text", text="")
    with pytest.raises(RemoteProtocolError, match="128"):
        told.start(128, type="text", text="")

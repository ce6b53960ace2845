"""Any answer's tool calls, fed event by event: what the fold says in the end, or an error."""

from __future__ import annotations

import json

from hypothesis import given
from support.event_sequences import event_sequences

from sluiceway.events import BlockKind, Event
from sluiceway.fold import Block, Choice, fold
from sluiceway.partial.calls import ToolCallFailed, ToolCallFeed, ToolCallFinished, ToolCallGrew, ToolCallStarted
from sluiceway.usage import Stop

CUT = {Stop.LENGTH, Stop.CONTENT_FILTER, Stop.CANCELLED}


def is_proper(choice: Choice) -> bool:
    return choice.reason is not None and choice.reason.stop not in CUT


def tool_blocks(events: list[Event]) -> dict[int, tuple[Choice, Block]]:
    choices = fold(events).choices
    pairs = [(choice, block) for choice in choices for block in choice.blocks]
    return {block.start.block: (choice, block) for choice, block in pairs if block.start.kind is BlockKind.TOOL}


@given(event_sequences())
def test_calls_end_as_the_fold_does(events: list[Event]) -> None:
    feed = ToolCallFeed()
    for event in events:
        feed.feed(event)
    blocks = tool_blocks(events)
    assert [call.block for call in feed.calls] == sorted(blocks)
    for call in feed.calls:
        choice, block = blocks[call.block]
        assert (call.name, call.id) == (block.start.tool_name, block.start.tool_id)
        assert call.is_finished is is_proper(choice)
        assert call.is_finished is (call.error is None)
        if call.is_finished:
            assert call.result() == json.loads(block.text)


@given(event_sequences(kinds=[BlockKind.TOOL, BlockKind.TEXT]))
def test_each_call_is_told_once_from_start_to_end(events: list[Event]) -> None:
    feed = ToolCallFeed()
    told = [what for event in events for what in feed.feed(event)] + list(feed.close())
    for call in feed.calls:
        own = [what for what in told if what.call is call]
        assert isinstance(own[0], ToolCallStarted)
        assert all(isinstance(what, ToolCallGrew) for what in own[1:-1])
        assert isinstance(own[-1], ToolCallFinished if call.is_finished else ToolCallFailed)


@given(event_sequences(kinds=[BlockKind.TOOL], is_complete=False))
def test_no_call_of_a_broken_choice_is_finished(events: list[Event]) -> None:
    feed = ToolCallFeed()
    for event in events:
        feed.feed(event)
    for call in feed.calls:
        choice, _ = tool_blocks(events)[call.block]
        assert choice.reason is not None or not call.is_finished

from __future__ import annotations

import itertools

from sluiceway.dialects.openai_chat.waiting import Call, Waiting, WaitingBlock
from sluiceway.dialects.openai_chat.whole_input import ToolInput
from sluiceway.events import BlockKind, BlockStart, ReasoningDelta, TextDelta, TokenLogprob, ToolInputDelta

START = BlockStart(0, BlockKind.TOOL, 0, "a", "f")


def taken(waiting: Waiting) -> list[WaitingBlock]:
    return [waiting.pop() for _ in range(len(waiting.blocks))]


def test_blocks_wait_in_the_order_in_which_they_began() -> None:
    waiting = Waiting()
    waiting.begin(START, Call(1, ToolInput()))
    waiting.say(BlockKind.TEXT, 0, TextDelta(0, "x"))
    waiting.say(BlockKind.TEXT, 0, TextDelta(0, "y"))
    waiting.say(BlockKind.REASONING, 0, ReasoningDelta(0, "z"))
    assert waiting.add_input(1, "{}")
    first, second, third = taken(waiting)
    assert (first.start, first.deltas) == (START, [ToolInputDelta(0, "{}")])
    assert (second.start.kind, second.deltas) == (BlockKind.TEXT, [TextDelta(0, "x"), TextDelta(0, "y")])
    assert (third.start.kind, third.deltas) == (BlockKind.REASONING, [ReasoningDelta(0, "z")])


def test_only_calls_that_wait_take_input() -> None:
    waiting = Waiting()
    waiting.begin(START, Call(1, ToolInput()))
    waiting.pop()
    assert not waiting.add_input(1, "{}")


def test_input_goes_to_the_last_call_of_its_index_and_ends_the_one_before() -> None:
    waiting = Waiting()
    calls = [Call(1, ToolInput()), Call(1, ToolInput())]
    for call in calls:
        waiting.begin(START, call)
    waiting.add_input(1, "{")
    assert [call.input.is_whole for call in calls] == [True, False]
    assert [len(block.deltas) for block in taken(waiting)] == [0, 1]


def test_everything_that_waits_weighs() -> None:
    waiting, sizes = Waiting(), [0]
    waiting.begin(START, Call(1, ToolInput()))
    sizes.append(waiting.size_chars)
    waiting.add_input(1, "{}")
    sizes.append(waiting.size_chars)
    waiting.say(BlockKind.TEXT, 0, TextDelta(0, "x", [TokenLogprob("x", -1.0)]))
    sizes.append(waiting.size_chars)
    waiting.say(BlockKind.REASONING, 0, ReasoningDelta(0, "x", "signature"))
    sizes.append(waiting.size_chars)
    assert [later - size for size, later in itertools.pairwise(sizes)] == [66, 66, 129, 74]
    taken(waiting)
    assert waiting.size_chars == 0

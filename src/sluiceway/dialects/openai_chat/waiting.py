"""The blocks of one choice that wait for the end of a call that began before them.

Some servers send the fragments of several calls, or of a call and of text, in turns. Whoever reads the blocks one
after another is told the first of them as it comes and the others behind it, each whole as far as it has come.

Source: recordings of compatible servers; OpenAI's own answers have one call after the other.
"""

from __future__ import annotations

from collections import deque
from typing import assert_never

import msgspec

from sluiceway.dialects.openai_chat.whole_input import ToolInput
from sluiceway.events import BlockKind, BlockStart, ReasoningDelta, TextDelta, ToolInputDelta

__all__ = ["Call", "Delta", "Waiting", "WaitingBlock"]

# What a block, a delta or a token weighs beside its text.
_SMALL_CHARS = 64

Delta = TextDelta | ReasoningDelta | ToolInputDelta


class Call(msgspec.Struct):
    """A call under way: its index, and its input as far as it matters for whether more of it can come."""

    index: int
    input: ToolInput


class WaitingBlock(msgspec.Struct):
    """A block that was not told yet.

    Attributes:
        start: how it opens, but for its number.
        call: the call it holds, if it does.
        deltas: what is in it, but for its number.
    """

    start: BlockStart
    call: Call | None = None
    deltas: list[Delta] = []


class Waiting:
    """A row of such blocks, in the order in which they began.

    Attributes:
        blocks: the blocks, the first of them first.
        size_chars: how much they hold, as if all of it were text.
    """

    __slots__ = ("_calls", "blocks", "size_chars")

    def __init__(self) -> None:
        self.blocks: deque[WaitingBlock] = deque()
        self._calls: dict[int, WaitingBlock] = {}  # the last of each index
        self.size_chars = 0

    def begin(self, start: BlockStart, call: Call) -> None:
        """Put a call behind the others; one that waits with the same index is over."""
        superseded = self._calls.get(call.index)
        if superseded is not None and superseded.call is not None:
            superseded.call.input.is_over = True
        block = self._calls[call.index] = WaitingBlock(start, call)
        self.blocks.append(block)
        self.size_chars += _SMALL_CHARS + len(start.tool_id) + len(start.tool_name)

    def add_input(self, index: int, json: str) -> bool:
        """Add to the call of an index; return whether it waits here."""
        block = self._calls.get(index)
        if block is None or block.call is None:
            return False
        block.call.input.feed(json)
        block.deltas.append(ToolInputDelta(0, json))
        self.size_chars += _SMALL_CHARS + len(json)
        return True

    def say(self, kind: BlockKind, choice: int, delta: TextDelta | ReasoningDelta) -> None:
        """Add text to the last block if it is of its kind, else put another behind it."""
        if not self.blocks or self.blocks[-1].start.kind is not kind:
            self.blocks.append(WaitingBlock(BlockStart(0, kind, choice)))
        self.blocks[-1].deltas.append(delta)
        self.size_chars += _weigh(delta)

    def pop(self) -> WaitingBlock:
        """Take the first."""
        block = self.blocks.popleft()
        if block.call is not None and self._calls.get(block.call.index) is block:
            del self._calls[block.call.index]
        if not self.blocks:
            self.size_chars = 0
        return block


def _weigh(delta: TextDelta | ReasoningDelta) -> int:
    match delta:
        case TextDelta(text=text, logprobs=tokens):
            return len(text) + _SMALL_CHARS * (1 + sum(1 + len(token.top) for token in tokens or ()))
        case ReasoningDelta(text=text, signature=signature):
            return len(text) + _SMALL_CHARS + len(signature or "")
        case _:
            assert_never(delta)

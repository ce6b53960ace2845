"""The legal order of events, as tables.

An answer is one small automaton (`STREAM`), and each of its blocks another (`DELTA_OF`). Theory: the stream is idle,
open or ended. Blocks may be open side by side (parallel choices, interleaved tool calls), so the tables do not nest;
what ties them together are five rules the checker adds:

1. block numbers count up from 0, one by one;
2. a delta or an end names an open block, and the delta fits the block's kind (extras fit every kind);
3. a choice ends once, when none of its blocks is open, and opens no block afterwards;
4. the stream ends only when at least one choice has ended and no choice is left open;
5. nothing follows the end. `StreamError` may come at any time before it and leaves blocks open: a cut is a cut.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sluiceway.errors import LocalProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    ToolInputDelta,
    UsageReport,
)

__all__ = ["DELTA_OF", "STREAM", "OrderChecker", "StreamState", "check_order"]


class StreamState(enum.Enum):
    """Where an answer stands."""

    IDLE = "idle"
    OPEN = "open"
    ENDED = "ended"


_OPEN_EVENTS: tuple[type[Event], ...] = (
    BlockStart,
    TextDelta,
    ReasoningDelta,
    ToolInputDelta,
    ExtrasDelta,
    BlockEnd,
    ChoiceEnd,
    UsageReport,
)

STREAM: Mapping[StreamState, Mapping[type[Event], StreamState]] = MappingProxyType(
    {
        StreamState.IDLE: {StreamStart: StreamState.OPEN, StreamError: StreamState.ENDED},
        StreamState.OPEN: {
            **dict.fromkeys(_OPEN_EVENTS, StreamState.OPEN),
            StreamEnd: StreamState.ENDED,
            StreamError: StreamState.ENDED,
        },
        StreamState.ENDED: {},
    }
)
"""State → event → next state; an event that is not listed is illegal there."""

DELTA_OF: Mapping[BlockKind, type[Event]] = MappingProxyType(
    {
        BlockKind.TEXT: TextDelta,
        BlockKind.REFUSAL: TextDelta,
        BlockKind.REASONING: ReasoningDelta,
        BlockKind.TOOL: ToolInputDelta,
        BlockKind.VENDOR: ExtrasDelta,
    }
)
"""Block kind → the one delta that fills it; `ExtrasDelta` may come to any kind besides."""


class OrderChecker:
    """Checks events one by one against the tables; one per answer, linear in the whole answer."""

    def __init__(self) -> None:
        self.state = StreamState.IDLE
        self._next_block = 0
        self._open: dict[int, BlockStart] = {}
        self._choices: dict[int, bool] = {}

    def feed(self, event: Event) -> None:
        """Take one event.

        Raises:
            LocalProtocolError: the event is illegal here.
        """
        following = STREAM[self.state].get(type(event))
        if following is None:
            raise LocalProtocolError(f"{type(event).__name__} is illegal in a stream that is {self.state.value}")
        match event:
            case BlockStart():
                self._block_start(event)
            case BlockEnd(block=block):
                self._need_open(block)
                del self._open[block]
            case ExtrasDelta(block=block):
                self._need_open(block)
            case TextDelta(block=block) | ReasoningDelta(block=block) | ToolInputDelta(block=block):
                self._delta(event, self._need_open(block).kind)
            case ChoiceEnd(choice=choice):
                self._choice_end(choice)
            case StreamEnd():
                self._end()
            case _:
                pass
        self.state = following

    def _need_open(self, block: int) -> BlockStart:
        start = self._open.get(block)
        if start is None:
            raise LocalProtocolError(f"block {block} is not open")
        return start

    def _block_start(self, event: BlockStart) -> None:
        if event.block != self._next_block:
            raise LocalProtocolError(f"block {event.block} started where {self._next_block} comes next")
        if self._choices.get(event.choice, False):
            raise LocalProtocolError(f"choice {event.choice} has ended and opens block {event.block}")
        self._next_block += 1
        self._open[event.block] = event
        self._choices[event.choice] = False

    def _delta(self, event: Event, kind: BlockKind) -> None:
        if DELTA_OF[kind] is not type(event):
            raise LocalProtocolError(f"{type(event).__name__} in a {kind.value} block")

    def _end(self) -> None:
        if not self._choices or not all(self._choices.values()):
            raise LocalProtocolError("the stream ended before every choice had ended")

    def _choice_end(self, choice: int) -> None:
        if self._choices.get(choice, False):
            raise LocalProtocolError(f"choice {choice} ended twice")
        if any(start.choice == choice for start in self._open.values()):
            raise LocalProtocolError(f"choice {choice} ended with a block open")
        self._choices[choice] = True


def check_order(events: Iterable[Event]) -> StreamState:
    """Check a whole sequence and return the state it leaves the stream in.

    Raises:
        LocalProtocolError: an event is illegal where it stands.
    """
    checker = OrderChecker()
    for event in events:
        checker.feed(event)
    return checker.state

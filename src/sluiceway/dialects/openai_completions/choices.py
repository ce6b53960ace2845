"""Blocks out of the texts of choices: each choice is one text block, which ends with the choice.

A finish reason is held back until something says that the stream is past its content (a chunk without choices,
``[DONE]``, the end of the body): some gateways send one with every chunk, and only the last of them ends the choice.

Source: OpenAI's API reference, "completion object" (August 2026).
"""

from __future__ import annotations

from sluiceway.dialects.openai_completions.logprobs import decode_logprobs
from sluiceway.dialects.openai_completions.shapes import NAME, ChoiceShape
from sluiceway.dialects.openai_completions.usage import decode_finish_reason
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import BlockEnd, BlockKind, BlockStart, ChoiceEnd, Event, TextDelta
from sluiceway.usage import FinishReason, Stop

__all__ = ["ChoiceState", "Choices"]

_NO_BLOCK = -1


class ChoiceState:
    """Where one choice stands.

    Attributes:
        index: its number.
        block: the number of its open block, or -1.
        kind: what it holds.
        reason: the finish reason that was held back.
        extras: what only this dialect says of the end.
        is_ended: whether its end was told.
    """

    __slots__ = ("block", "extras", "index", "is_ended", "kind", "reason")

    def __init__(self, index: int) -> None:
        self.index = index
        self.block = _NO_BLOCK
        self.kind = BlockKind.TEXT
        self.reason: FinishReason | None = None
        self.extras: dict[str, dict[str, object]] = {}
        self.is_ended = False


class Choices:
    """The choices of one answer. Every method appends to the list of events it is handed."""

    __slots__ = ("_next_block", "_states")

    def __init__(self) -> None:
        self._states: dict[int, ChoiceState] = {}
        self._next_block = 0

    @property
    def has_begun(self) -> bool:
        """Whether there is a choice."""
        return bool(self._states)

    @property
    def has_finished(self) -> bool:
        """Whether there is a choice, and each has a finish reason."""
        return bool(self._states) and all(state.reason is not None for state in self._states.values())

    def feed(self, shape: ChoiceShape, events: list[Event]) -> ChoiceState:
        """Take one choice of a chunk or of a completion.

        Raises:
            RemoteProtocolError: it adds to what has ended.
        """
        index = shape.index or 0
        state = self._states.get(index)
        if state is None:
            state = self._states[index] = ChoiceState(index)
        logprobs = decode_logprobs(shape.logprobs)
        if shape.text or logprobs:
            self._open(state, events)
            events.append(TextDelta(state.block, shape.text or "", logprobs))
        if shape.finish_reason:
            state.reason = decode_finish_reason(shape.finish_reason)
        if shape.stop_reason is not None:
            state.extras = {NAME: {"stop_reason": shape.stop_reason}}
        return state

    def end(self, events: list[Event], *, is_last: bool = False) -> None:
        """End the choices whose finish reason is known; with ``is_last`` the others too, for no known reason."""
        for state in self._states.values():
            if is_last and state.reason is None:
                state.reason = FinishReason(Stop.OTHER)
            if state.reason is not None and not state.is_ended:
                state.is_ended = True
                if state.block >= 0:
                    events.append(BlockEnd(state.block))
                    state.block = _NO_BLOCK
                events.append(ChoiceEnd(state.index, state.reason, state.extras))

    def break_off(self, events: list[Event]) -> None:
        """End the choices whose finish reason is known, before an error."""
        self.end(events)

    def _open(self, state: ChoiceState, events: list[Event]) -> None:
        if state.is_ended:
            raise RemoteProtocolError(f"the upstream went on with choice {state.index} after its end", dialect=NAME)
        if state.block < 0:
            state.block = self._next_block
            self._next_block += 1
            events.append(BlockStart(state.block, BlockKind.TEXT, state.index))

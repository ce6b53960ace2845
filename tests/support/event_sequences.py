"""Legal sequences of canonical events, drawn at random: for checks of `order`, `fold`, and of encoders.

The blocks of parallel choices, and of one choice, interleave; tool arguments are the text of a JSON object, cut
anywhere; vendor-only data is of a vendor that nobody knows. A sequence without `StreamEnd` ends with `StreamError`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import strategies as st

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
    TokenLogprob,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["ALL_KINDS", "event_sequences", "finish_reasons", "usages"]

ALL_KINDS = tuple(BlockKind)

_MAX_STEPS = 14
_texts = st.text(max_size=8)
_names = st.text("abcdefghij_0123456789", min_size=1, max_size=8)
_counts = st.none() | st.integers(0, 10_000)
_json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_texts, inner, max_size=2),
    max_leaves=4,
)
_logprobs = st.builds(
    TokenLogprob,
    token=_texts,
    logprob=st.floats(-20, 0),
    bytes=st.none() | st.lists(st.integers(0, 255), max_size=3),
    top=st.lists(st.builds(TokenLogprob, token=_texts, logprob=st.floats(-20, 0)), max_size=2),
)


def finish_reasons() -> st.SearchStrategy[FinishReason]:
    """Draw why a choice ended."""
    return st.builds(FinishReason, st.sampled_from(Stop), st.none() | _names)


def usages() -> st.SearchStrategy[Usage]:
    """Draw token counts, unknown ones included."""
    return st.builds(Usage, _counts, _counts, _counts, _counts, _counts, st.booleans())


class _Answer:
    """An answer under way: what has happened, and what may happen next."""

    def __init__(self, draw: st.DrawFn, choices: int, kinds: Sequence[BlockKind]) -> None:
        self.draw = draw
        self.kinds = kinds
        self.unended = list(range(choices))
        self.open: dict[int, BlockStart] = {}
        self.tool_pieces: dict[int, list[str]] = {}
        self.blocks = 0
        self.events: list[Event] = [
            StreamStart(draw(_names), draw(_names), draw(st.none() | st.integers(0, 2**31))),
        ]

    def step(self) -> None:
        """Let one legal thing happen."""
        steps = [self.report_usage]
        if self.unended:
            steps += [self.start_block, self.start_block, self.end_choice]
        if self.open:
            steps += [self.add_delta] * 4 + [self.end_block]
        self.draw(st.sampled_from(steps))()

    def end(self) -> None:
        """Bring everything to its proper end."""
        while self.unended:
            self.end_choice()
        if self.draw(st.booleans()):
            self.report_usage()
        self.events.append(StreamEnd())

    def break_off(self) -> None:
        """Cut the answer here."""
        self.events.append(StreamError(self.draw(_names), self.draw(_texts), self.draw(st.just("") | _names)))

    def report_usage(self) -> None:
        """Report some counts."""
        self.events.append(UsageReport(self.draw(usages())))

    def start_block(self) -> None:
        """Open a block in a choice that has not ended."""
        choice = self.draw(st.sampled_from(self.unended))
        kind = self.draw(st.sampled_from(self.kinds))
        start = BlockStart(self.blocks, kind, choice)
        if kind is BlockKind.TOOL:
            start = BlockStart(self.blocks, kind, choice, f"call_{self.blocks}", self.draw(_names))
            self.tool_pieces[self.blocks] = self.draw(_cut_json())
        self.blocks += 1
        self.open[start.block] = start
        self.events.append(start)

    def add_delta(self) -> None:
        """Add something to an open block; a tool whose arguments are complete gets an empty piece."""
        block = self.draw(st.sampled_from(sorted(self.open)))
        match self.open[block].kind:
            case BlockKind.TEXT:
                logprobs = self.draw(st.none() | st.lists(_logprobs, max_size=2))
                self.events.append(TextDelta(block, self.draw(_texts), logprobs))
            case BlockKind.REFUSAL:
                self.events.append(TextDelta(block, self.draw(_texts)))
            case BlockKind.REASONING:
                self.events.append(ReasoningDelta(block, self.draw(_texts), self.draw(st.none() | _names)))
            case BlockKind.TOOL:
                pieces = self.tool_pieces[block]
                self.events.append(ToolInputDelta(block, pieces.pop(0) if pieces else ""))
            case BlockKind.VENDOR:
                self.events.append(ExtrasDelta(block, {"elsewhere": {"note": self.draw(_texts)}}))

    def end_block(self) -> None:
        """Close an open block."""
        self._end_block(self.draw(st.sampled_from(sorted(self.open))))

    def end_choice(self) -> None:
        """End a choice, and its open blocks before it."""
        choice = self.draw(st.sampled_from(self.unended))
        for block in [block for block, start in self.open.items() if start.choice == choice]:
            self._end_block(block)
        self.unended.remove(choice)
        self.events.append(ChoiceEnd(choice, self.draw(finish_reasons())))

    def _end_block(self, block: int) -> None:
        self.events += [ToolInputDelta(block, piece) for piece in self.tool_pieces.pop(block, [])]
        del self.open[block]
        self.events.append(BlockEnd(block))


@st.composite
def _cut_json(draw: st.DrawFn) -> list[str]:
    text = json.dumps(draw(st.dictionaries(_texts, _json_values, max_size=3)), ensure_ascii=draw(st.booleans()))
    borders = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
    return [text[start:end] for start, end in zip([0, *borders], [*borders, len(text)], strict=True)]


@st.composite
def event_sequences(
    draw: st.DrawFn,
    *,
    max_choices: int = 3,
    kinds: Sequence[BlockKind] = ALL_KINDS,
    is_complete: bool | None = None,
) -> list[Event]:
    """Draw a legal sequence that came to its end.

    Args:
        draw: given by hypothesis.
        max_choices: how many choices it may have.
        kinds: which kinds of block it may hold.
        is_complete: True for a proper end, False for a break, None for either.
    """
    answer = _Answer(draw, draw(st.integers(1, max_choices)), kinds)
    for _ in range(draw(st.integers(0, _MAX_STEPS))):
        answer.step()
    if draw(st.booleans()) if is_complete is None else is_complete:
        answer.end()
    else:
        answer.break_off()
    return answer.events

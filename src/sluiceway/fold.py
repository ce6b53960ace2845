"""Fold: events → the finished completion, and back.

The fold is what a client that only wants the result computes from the deltas; a unary answer is a fold that was made
at the vendor. ``unfold(fold(events))`` folds to the same completion again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

import msgspec

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
from sluiceway.usage import FinishReason, Usage

__all__ = ["Block", "Choice", "Completion", "Folder", "fold", "unfold"]


class Block(msgspec.Struct):
    """One finished (or cut) block.

    Attributes:
        start: the event that opened it.
        text: its whole content; for tools the arguments as JSON text.
        signature: for reasoning, the vendor's proof.
        logprobs: for text, the log probabilities of its tokens, when asked for.
        extras: the vendor-only data that was added, in order.
        is_complete: whether it was ended.
    """

    start: BlockStart
    text: str = ""
    signature: str | None = None
    logprobs: list[TokenLogprob] | None = None
    extras: list[dict[str, dict[str, object]]] = []
    is_complete: bool = False


class Choice(msgspec.Struct):
    """One of the answers; ``reason`` is None when it was cut, ``extras`` are those of its end."""

    index: int
    blocks: list[Block] = []
    reason: FinishReason | None = None
    extras: dict[str, dict[str, object]] = {}


class Completion(msgspec.Struct):
    """A whole answer.

    Attributes:
        start: id, model and time stamp.
        choices: by index.
        usage: the last report, or None.
        error: what broke it off, or None.
        is_complete: whether the stream came to its proper end.
    """

    start: StreamStart = StreamStart()
    choices: list[Choice] = []
    usage: Usage | None = None
    error: StreamError | None = None
    is_complete: bool = False


class Folder:
    """Folds events as they come; ``completion()`` may be asked for at any time. Linear in the whole answer."""

    def __init__(self) -> None:
        self._start = StreamStart()
        self._blocks: list[Block] = []
        self._texts: list[list[str]] = []
        self._ends: dict[int, ChoiceEnd | None] = {}
        self._usage: Usage | None = None
        self._error: StreamError | None = None
        self._is_complete = False

    def feed(self, event: Event) -> None:
        """Take one event; the order is taken as legal."""
        match event:
            case TextDelta() | ReasoningDelta() | ToolInputDelta():
                self._delta(event)
            case BlockStart(choice=choice):
                self._blocks.append(Block(event))
                self._texts.append([])
                self._ends.setdefault(choice)
            case BlockEnd(block=block):
                self._blocks[block].is_complete = True
            case ExtrasDelta(block=block, extras=extras):
                self._blocks[block].extras.append(extras)
            case ChoiceEnd(choice=choice):
                self._ends[choice] = event
            case StreamStart():
                self._start = event
            case UsageReport(usage=usage):
                self._usage = usage
            case StreamError():
                self._error = event
            case StreamEnd():
                self._is_complete = True
            case _:
                assert_never(event)

    def _delta(self, event: TextDelta | ReasoningDelta | ToolInputDelta) -> None:
        block = self._blocks[event.block]
        texts = self._texts[event.block]
        match event:
            case TextDelta():
                texts.append(event.text)
                _add_logprobs(block, event.logprobs)
            case ReasoningDelta():
                texts.append(event.text)
                block.signature = block.signature if event.signature is None else event.signature
            case ToolInputDelta():
                texts.append(event.json)
            case _:
                assert_never(event)

    def completion(self) -> Completion:
        """Return the completion as far as it goes; what is fed later does not change it."""
        choices = {index: _choice(index, end) for index, end in sorted(self._ends.items())}
        for block, texts in zip(self._blocks, self._texts, strict=True):
            logprobs = None if block.logprobs is None else block.logprobs.copy()
            finished = msgspec.structs.replace(
                block, text="".join(texts), logprobs=logprobs, extras=block.extras.copy()
            )
            choices[block.start.choice].blocks.append(finished)
        return Completion(self._start, list(choices.values()), self._usage, self._error, self._is_complete)


def _choice(index: int, end: ChoiceEnd | None) -> Choice:
    return Choice(index) if end is None else Choice(index, [], end.reason, end.extras)


def _add_logprobs(block: Block, logprobs: list[TokenLogprob] | None) -> None:
    if logprobs is not None:
        block.logprobs = block.logprobs or []
        block.logprobs += logprobs


def fold(events: Iterable[Event]) -> Completion:
    """Fold a whole sequence of events."""
    folder = Folder()
    for event in events:
        folder.feed(event)
    return folder.completion()


def unfold(completion: Completion) -> list[Event]:
    """Return events that fold to ``completion``: one delta a block, blocks in their order of opening."""
    events: list[Event] = [completion.start]
    blocks = [block for choice in completion.choices for block in choice.blocks]
    for block in sorted(blocks, key=lambda block: block.start.block):
        events += _unfold_block(block)
    events += [
        ChoiceEnd(choice.index, choice.reason, choice.extras) for choice in completion.choices if choice.reason
    ]
    if completion.usage is not None:
        events.append(UsageReport(completion.usage))
    if completion.error is not None:
        events.append(completion.error)
    elif completion.is_complete:
        events.append(StreamEnd())
    return events


def _unfold_block(block: Block) -> Iterator[Event]:
    number = block.start.block
    yield block.start
    match block.start.kind:
        case BlockKind.TEXT | BlockKind.REFUSAL:
            if block.text or block.logprobs is not None:
                yield TextDelta(number, block.text, block.logprobs)
        case BlockKind.REASONING:
            if block.text or block.signature is not None:
                yield ReasoningDelta(number, block.text, block.signature)
        case BlockKind.TOOL:
            if block.text:
                yield ToolInputDelta(number, block.text)
        case BlockKind.VENDOR:
            pass
        case _:
            assert_never(block.start.kind)
    for extras in block.extras:
        yield ExtrasDelta(number, extras)
    if block.is_complete:
        yield BlockEnd(number)

"""The answer to a call that must be, told as a tool call: its JSON text → name and arguments, as they come.

The other half of `sluiceway.engines.llama.tool_choice`. The text is ``{"name": "add", "arguments": {"a": 2}}``; the
call begins where its arguments do, and each further piece of text is a piece of them. Text of another form, which
the schema does not allow, stays text. Nothing here raises for what the text says.

The bytes as they came are dropped: they say something else.
"""

from __future__ import annotations

import re

import msgspec

from sluiceway.engine import Lane, Sink
from sluiceway.engines.llama.tool_choice import must_call
from sluiceway.errors import SluicewayError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    Frame,
    ReasoningDelta,
    StreamStart,
    TextDelta,
    ToolInputDelta,
)
from sluiceway.request import Request
from sluiceway.usage import FinishReason, Stop

__all__ = ["CallFrames", "ObjectText", "call_sink"]

_MAX_PREFIX_CHARS = 4096
"""What may come before the arguments: OpenAI's names have at most 64 characters, and 6 spell one at the most."""

_NAME = msgspec.json.Decoder(str)
_PREFIX = re.compile(r'\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*(?=\{)')
_MARK = re.compile(r'["\\{}]')


def call_sink(request: Request, sink: Sink) -> Sink:
    """Return the sink for the answer to a request: one that makes it a call where it must be one, else ``sink``."""
    if not must_call(request):
        return sink
    return _CallSink(sink, is_named=request.tool_choice is not None and len(request.tool_choice.names) == 1)


class _CallSink:
    """A sink before another one."""

    def __init__(self, sink: Sink, *, is_named: bool) -> None:
        self.lane = Lane(lambda: None)  # it stays closed: no text may go past
        self._sink = sink
        self._calls = CallFrames(is_named=is_named)

    def feed(self, frames: list[Frame]) -> None:
        if told := self._calls.feed(frames):
            self._sink.feed(told)

    def close(self, error: SluicewayError | None) -> None:
        self._sink.close(error)


class CallFrames:
    """Frames with text → frames with calls; one per answer.

    Args:
        is_named: whether one tool was asked for by its name: such an answer of OpenAI's ends with ``stop``.
    """

    def __init__(self, *, is_named: bool) -> None:
        self._is_named = is_named
        self._answer_id = ""
        self._next_block = 0
        self._blocks: dict[int, _Block] = {}  # by the number they came with
        self._callers: set[int] = set()  # choices that made a call

    def feed(self, frames: list[Frame]) -> list[Frame]:
        """Take frames and return those that say something, possibly none."""
        told = [Frame([new for event in frame.events for new in self._event(event)]) for frame in frames]
        return [frame for frame in told if frame.events]

    def _event(self, event: Event) -> list[Event]:
        match event:
            case StreamStart(id=answer_id):
                self._answer_id = answer_id.removeprefix("chatcmpl-")
                return [event]
            case BlockStart():
                return self._block_start(event)
            case TextDelta() | ReasoningDelta() | ToolInputDelta():
                return self._delta(self._blocks[event.block], event)
            case BlockEnd():
                return self._block_end(self._blocks.pop(event.block))
            case ChoiceEnd(choice=choice, reason=FinishReason(stop=Stop.END)) if choice in self._callers:
                return [event if self._is_named else ChoiceEnd(choice, FinishReason(Stop.TOOL_CALL))]
            case _:
                return [event]

    def _block_start(self, start: BlockStart) -> list[Event]:
        block = self._blocks[start.block] = _Block(start)
        # What a text is shows later; reasoning before the call is what it is.
        return [] if start.kind is BlockKind.TEXT else [self._open(block, start)]

    def _open(self, block: _Block, start: BlockStart) -> BlockStart:
        block.is_open, block.number = True, self._next_block
        self._next_block += 1
        return msgspec.structs.replace(start, block=block.number)

    def _delta(self, block: _Block, delta: TextDelta | ReasoningDelta | ToolInputDelta) -> list[Event]:
        if isinstance(delta, TextDelta) and not block.is_open:
            block.prefix += delta.text
            return self._begin(block)
        if isinstance(delta, TextDelta) and block.arguments is not None:
            return _tool_input(block, delta.text)
        return [msgspec.structs.replace(delta, block=block.number)]

    def _begin(self, block: _Block) -> list[Event]:
        """Look whether the text so far shows what it is."""
        text, start = block.prefix, block.start
        # {"name": "add", "arguments": {
        match = _PREFIX.match(text)
        name = _decode_name(match[1]) if match else None
        if match and name is not None:
            self._callers.add(start.choice)
            block.arguments = ObjectText()
            call = BlockStart(start.block, BlockKind.TOOL, start.choice, self._call_id(start.choice), name)
            return [self._open(block, call), *_tool_input(block, text[match.end() :])]
        if match or len(text) > _MAX_PREFIX_CHARS or text.lstrip()[:1] not in {"", "{"}:
            return self._stay_text(block)
        return []

    def _stay_text(self, block: _Block) -> list[Event]:
        return [self._open(block, block.start), TextDelta(block.number, block.prefix)]

    def _block_end(self, block: _Block) -> list[Event]:
        # {"name": "ad, when the tokens ran out
        late = self._stay_text(block) if block.prefix and not block.is_open else []
        return [*late, BlockEnd(block.number)] if block.is_open else []

    def _call_id(self, choice: int) -> str:
        return f"call_{self._answer_id}" + (f"_{choice}" if choice else "")


class _Block:
    """A block under way: as it came, and what was made of it."""

    __slots__ = ("arguments", "is_open", "number", "prefix", "start")

    def __init__(self, start: BlockStart) -> None:
        self.start = start
        self.prefix = ""
        self.number = 0
        self.is_open = False
        self.arguments: ObjectText | None = None


class ObjectText:
    """The text of one JSON object → the pieces of it, without what follows it; linear in the whole text."""

    __slots__ = ("_depth", "_is_string", "_offset", "_skipped_at")

    def __init__(self) -> None:
        self._depth = 0
        self._is_string = False
        self._offset = 0
        self._skipped_at = -1

    def feed(self, text: str) -> str:
        """Return the part of the next piece that belongs to the object."""
        if self._offset and not self._depth:
            return ""
        offset = self._offset
        self._offset += len(text)
        for mark in _MARK.finditer(text):
            at = mark.start()
            if offset + at != self._skipped_at and self._ends(mark[0], offset + at):
                return text[: at + 1]
        return text

    def _ends(self, mark: str, at: int) -> bool:
        if mark == "\\":
            self._skipped_at = at + 1
        elif mark == '"':
            self._is_string = not self._is_string
        elif not self._is_string:
            self._depth += 1 if mark == "{" else -1
            return self._depth == 0
        return False


def _tool_input(block: _Block, text: str) -> list[Event]:
    assert block.arguments is not None
    piece = block.arguments.feed(text)
    return [ToolInputDelta(block.number, piece)] if piece else []


def _decode_name(text: str) -> str | None:
    try:
        return _NAME.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return None

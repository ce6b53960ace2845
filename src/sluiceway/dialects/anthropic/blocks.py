"""Blocks out of content blocks, one for one.

Text, thinking and tool calls are canonical; ``redacted_thinking`` is reasoning without text, whose data is its
signature. All other types, tools that the vendor runs and types yet unknown, are `BlockKind.VENDOR`: the block as it
began is in its extras, and each delta too, as it came. A delta that does not fit its block is told so as well.

A call's input may stand whole in the block it begins with. Clients let deltas replace it, so it is held back until
it is known that none come: until the block ends.

Source: Anthropic's API reference, "Streaming messages" (August 2026), and recorded answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from sluiceway.dialects.anthropic.shapes import NAME, BlockShape, DeltaShape
from sluiceway.dialects.anthropic.tool_input import is_empty_input
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

__all__ = ["Blocks", "OpenBlock"]

_BLOCK = msgspec.json.Decoder(BlockShape)
_RECORD = msgspec.json.Decoder(dict[str, object])

_MAX_OPEN = 128  # blocks side by side; recorded answers have one
_NO_BLOCK = -1

_KIND_OF: Mapping[str, BlockKind] = MappingProxyType(
    {
        "text": BlockKind.TEXT,
        "thinking": BlockKind.REASONING,
        "redacted_thinking": BlockKind.REASONING,
        "tool_use": BlockKind.TOOL,
    }
)

_TOLD: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "text": frozenset({"type", "text", "citations"}),
        "thinking": frozenset({"type", "thinking", "signature"}),
        "tool_use": frozenset({"type", "id", "name", "input"}),
    }
)
"""What events say of a block that begins, so that its extras need not."""


class OpenBlock:
    """One open block.

    Attributes:
        block: its number, or -1 once it is closed.
        kind: what it holds.
        input: for tools, the input it began with and that was not told yet.
    """

    __slots__ = ("block", "input", "kind")

    def __init__(self, block: int, kind: BlockKind) -> None:
        self.block = block
        self.kind = kind
        self.input = ""


class Blocks:
    """The blocks of one answer. Every method appends to the list of events it is handed.

    Attributes:
        count: how many were opened.
    """

    __slots__ = ("_open", "count")

    def __init__(self) -> None:
        self._open: dict[int, OpenBlock] = {}
        self.count = 0

    def start(self, index: int, raw: bytes, events: list[Event]) -> None:
        """Open a block.

        Args:
            index: its number on the wire.
            raw: the content block, as JSON.
            events: what happens is appended here.

        Raises:
            msgspec.DecodeError: it is of a wrong shape.
            RemoteProtocolError: too many blocks are open.
        """
        self.stop(index, events)
        if len(self._open) == _MAX_OPEN:
            raise RemoteProtocolError(f"the upstream opened more than {_MAX_OPEN} blocks at once", dialect=NAME)
        shape = _BLOCK.decode(raw)
        record = _RECORD.decode(raw)
        opened = OpenBlock(self.count, _KIND_OF.get(shape.type, BlockKind.VENDOR))
        self._open[index] = opened
        self.count += 1
        events.append(_encode_start(opened, shape, record))
        _fill(opened, shape, record, events)

    def delta(self, index: int, delta: DeltaShape, payload: bytes, events: list[Event]) -> OpenBlock:
        """Add to a block and return it; ``payload`` is the whole event, for what only this vendor says.

        Raises:
            RemoteProtocolError: the block is not open.
        """
        opened = self._open.get(index)
        if opened is None:
            raise RemoteProtocolError(f"the upstream went on with block {index}, which is not open", dialect=NAME)
        # Plain comparisons: they take 1 µs where `match` with its patterns takes 4 (timeit, Python 3.11).
        kind, name = opened.kind, delta.type
        if name == "text_delta" and kind is BlockKind.TEXT and delta.text is not None:
            if delta.text:
                events.append(TextDelta(opened.block, delta.text))
        elif name == "input_json_delta" and kind is BlockKind.TOOL and delta.partial_json is not None:
            # "delta":{"type":"input_json_delta","partial_json":""}, which nearly all calls begin with
            if delta.partial_json:
                opened.input = ""
                events.append(ToolInputDelta(opened.block, delta.partial_json))
        elif name == "thinking_delta" and kind is BlockKind.REASONING and delta.thinking is not None:
            if delta.thinking:
                events.append(ReasoningDelta(opened.block, delta.thinking))
        elif name == "signature_delta" and kind is BlockKind.REASONING and delta.signature is not None:
            events.append(ReasoningDelta(opened.block, "", delta.signature))
        else:
            record = _RECORD.decode(payload)["delta"]
            assert isinstance(record, dict)
            events.append(ExtrasDelta(opened.block, {NAME: record}))
        return opened

    def stop(self, index: int, events: list[Event]) -> None:
        """Close a block; one that is not open stays so."""
        opened = self._open.pop(index, None)
        if opened is not None:
            _tell_input(opened, events)
            events.append(BlockEnd(opened.block))
            opened.block = _NO_BLOCK

    def end(self, events: list[Event]) -> None:
        """Close all blocks: a call whose input met the token limit has no end of its own."""
        for index in list(self._open):
            self.stop(index, events)

    def break_off(self, events: list[Event]) -> None:
        """Tell what was held back; the blocks stay open."""
        for opened in self._open.values():
            _tell_input(opened, events)


def _encode_start(opened: OpenBlock, shape: BlockShape, record: dict[str, object]) -> BlockStart:
    told = _TOLD.get(shape.type, frozenset())
    # "caller":{"type":"direct"}
    extras = {name: value for name, value in record.items() if name not in told and value is not None}
    if opened.kind is BlockKind.VENDOR:
        extras = record
    held: dict[str, dict[str, object]] = {NAME: extras} if extras else {}
    if opened.kind is not BlockKind.TOOL:
        return BlockStart(opened.block, opened.kind, extras=held)
    return BlockStart(opened.block, opened.kind, 0, shape.id or f"call_{opened.block}", shape.name or "", held)


def _fill(opened: OpenBlock, shape: BlockShape, record: dict[str, object], events: list[Event]) -> None:
    """Tell what stands in a block at its start: everything in a whole message, next to nothing in a stream."""
    match opened.kind:
        case BlockKind.TEXT:
            if shape.text:
                events.append(TextDelta(opened.block, shape.text))
            citations = record.get("citations")
            events += [
                ExtrasDelta(opened.block, {NAME: {"type": "citations_delta", "citation": citation}})
                for citation in (citations if isinstance(citations, list) else ())
            ]
        case BlockKind.REASONING:
            signature = shape.data or shape.signature or None
            if shape.thinking or signature:
                events.append(ReasoningDelta(opened.block, shape.thinking or "", signature))
        case BlockKind.TOOL if not is_empty_input(shape.input):
            opened.input = bytes(shape.input).decode()
        case _:
            pass


def _tell_input(opened: OpenBlock, events: list[Event]) -> None:
    if opened.input:
        events.append(ToolInputDelta(opened.block, opened.input))
        opened.input = ""

"""Blocks out of items: what a Responses stream says of its items and their parts → canonical blocks.

Theory. Items are known by ``output_index``; ids may change in the middle of one. A part of a message is a block; it
ends when another part of the same message begins, or with the item. Reasoning is one block for the whole item, so
that it has one signature (``encrypted_content``); its parts are set apart by an empty line, and extras say where each
begins: ``{"part": "summary_text", "end": 10, "start": 12}`` counts characters of the block. A call of the asker's
tool is a tool block. Any other item is a vendor block, whose events and records are all in its extras.

Servers leave things out: items that were never added, parts that were never begun, deltas before a ``done``. Each is
made up for from what comes. What comes for an item that has ended opens another.

Source: OpenAI's API reference, "Streaming events" (August 2026), and recorded streams.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sluiceway.dialects.openai_responses.records import decode_tokens, extras_of, find_text, find_word, records_in
from sluiceway.dialects.openai_responses.shapes import CALLS, NAME, Payload, is_given
from sluiceway.dialects.template import Slot
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
)

__all__ = ["Blocks"]

_NO_BLOCK = -1
_NO_PART = ("", -1)
_MAX_OPEN_ITEMS = 128
_BETWEEN_PARTS = "\n\n"

_KIND_OF: Mapping[str, BlockKind] = MappingProxyType({"output_text": BlockKind.TEXT, "refusal": BlockKind.REFUSAL})
_INPUT_OF: Mapping[str, str] = MappingProxyType({"function_call": "arguments", "custom_tool_call": "input"})


class _Item:
    """Where one item stands: its open block, the part it is in, and how many characters, tokens and annotations of
    the part were told.
    """

    __slots__ = ("annotation_count", "block", "extras", "index", "kind", "length", "part", "token_count")

    def __init__(self, index: int, kind: str, extras: dict[str, object]) -> None:
        self.index = index
        self.kind = kind
        self.extras = extras
        self.block = _NO_BLOCK
        self.part = _NO_PART
        self.length = 0
        self.token_count = 0
        self.annotation_count = 0


class Blocks:
    """The blocks of one answer. Every method appends to the list of events it is handed.

    Attributes:
        has_calls: whether a call of the asker's tools came.
    """

    __slots__ = ("_has_items", "_items", "_next_block", "has_calls")

    def __init__(self) -> None:
        self._items: dict[int, _Item] = {}
        self._next_block = 0
        self._has_items = False
        self.has_calls = False

    def add(self, index: int, record: dict[str, object], events: list[Event]) -> None:
        """Take the beginning of an item.

        Raises:
            RemoteProtocolError: too many items are open.
        """
        self._open(index, record, events)

    def finish(self, index: int, record: dict[str, object], events: list[Event]) -> None:
        """Take a finished item, and tell what of it was not told before."""
        item = self._items.get(index) or self._open(index, record, events)
        if item.kind == "message":
            self._finish_message(item, record, events)
        elif item.kind == "reasoning":
            self._finish_reasoning(item, record, events)
        elif item.kind in CALLS:
            self._finish_call(item, find_word(record, _INPUT_OF[item.kind]), events)
        else:
            events.append(_extras(item, {"item": record}))
        if record.get("status") == "incomplete" and item.kind in _TOLD_BY_EVENTS:
            events.append(_extras(item, {"status": "incomplete"}))
        self._close(item, events)
        del self._items[index]

    @property
    def needs_output(self) -> bool:
        """Whether the whole output has something to add: items are open, or none came."""
        return bool(self._items) or not self._has_items

    def end(self, output: Iterable[dict[str, object]], events: list[Event]) -> None:
        """Take the whole output of an answer that is over: it finishes what is open, and what was never told."""
        records = dict(enumerate(output))
        for item in list(self._items.values()):
            found = _find_record(item, records)
            if found is not None:
                self.finish(item.index, found, events)
            else:
                self._close(item, events)
                del self._items[item.index]
        if not self._has_items:
            for index, record in records.items():
                self.finish(index, record, events)

    def slot(self, index: int) -> Slot:
        """Return where the block of an open item is."""
        return self._items[index]

    def add_text(self, payload: Payload, kind: str, text: str, events: list[Event]) -> None:
        """Take a piece of a message's text, or of a refusal (``kind``)."""
        item = self._part(payload, kind, events)
        item.length += len(text)
        tokens = decode_tokens(payload.logprobs) if is_given(payload.logprobs) else None
        item.token_count += len(tokens or ())
        if text or tokens:
            events.append(TextDelta(item.block, text, tokens))

    def finish_text(self, payload: Payload, kind: str, text: str, events: list[Event]) -> None:
        """Take the whole text of a part, which counts when nothing of it came before."""
        item = self._items.get(payload.output_index or 0)
        if item is None or item.kind != "message" or (payload.content_index or 0) < item.part[1]:
            return
        if text and not self._part(payload, kind, events).length:
            self.add_text(payload, kind, text, events)

    def add_part(self, payload: Payload, part: dict[str, object], events: list[Event]) -> None:
        """Take the beginning of a part."""
        kind = find_word(part, "type")
        if kind in _KIND_OF:
            self._part(payload, kind, events)
            self._finish_part(self._items[payload.output_index or 0], part, events)
        elif kind in {"reasoning_text", "summary_text"} and find_text(part):
            self.add_reasoning(payload, kind, find_text(part), events)

    def finish_part(self, payload: Payload, part: dict[str, object], events: list[Event]) -> None:
        """Take a whole part of a message, which may hold annotations that were not told."""
        item = self._items.get(payload.output_index or 0)
        if item is not None and item.part == (find_word(part, "type"), payload.content_index or 0):
            self._finish_part(item, part, events)

    def annotate(self, payload: Payload, events: list[Event]) -> None:
        """Take an annotation of a text."""
        item = self._part(payload, "output_text", events)
        item.annotation_count += 1
        events.append(_extras(item, {"annotation": payload.annotation}))

    def add_reasoning(self, payload: Payload, kind: str, text: str, events: list[Event]) -> None:
        """Take a piece of reasoning: of its summary or of its own text (``kind``)."""
        item = self._find(payload, "reasoning", events)
        index = (payload.summary_index if kind == "summary_text" else payload.content_index) or 0
        self._reason(item, (kind, index), text, events)

    def add_input(self, payload: Payload, kind: str, piece: str, events: list[Event]) -> None:
        """Take a piece of a call's input."""
        item = self._find(payload, kind, events)
        if piece:
            item.length += len(piece)
            events.append(ToolInputDelta(item.block, piece))

    def finish_input(self, payload: Payload, kind: str, text: str, events: list[Event]) -> None:
        """Take the whole input of a call, which counts when nothing of it came before."""
        item = self._items.get(payload.output_index or 0)
        if item is not None and item.kind == kind:
            self._finish_call(item, text, events)

    def pass_on(self, index: int, event: dict[str, object], events: list[Event]) -> None:
        """Take an event that only this vendor has, if it belongs to something that is open."""
        item = self._items.get(index)
        if item is not None and item.block >= 0:
            events.append(_extras(item, {"event": event}))

    def _open(self, index: int, record: dict[str, object], events: list[Event]) -> _Item:
        if index in self._items:
            self._close(self._items.pop(index), events)
        if len(self._items) == _MAX_OPEN_ITEMS:
            raise RemoteProtocolError(f"the upstream opened more than {_MAX_OPEN_ITEMS} items", dialect=NAME)
        kind = find_word(record, "type")
        item = self._items[index] = _Item(index, kind, extras_of(kind, index, record))
        self._has_items = True
        if kind == "reasoning":
            self._start(item, BlockKind.REASONING, events)
        elif kind in CALLS:
            self.has_calls = True
            self._start(item, BlockKind.TOOL, events, record)
        elif kind != "message":
            self._start(item, BlockKind.VENDOR, events)
        return item

    def _start(
        self, item: _Item, kind: BlockKind, events: list[Event], call: Mapping[str, object] = MappingProxyType({})
    ) -> None:
        self._close(item, events)
        item.block = self._next_block
        self._next_block += 1
        call_id = find_word(call, "call_id") or find_word(call, "id")
        events.append(BlockStart(item.block, kind, 0, call_id, find_word(call, "name"), {NAME: item.extras}))

    def _close(self, item: _Item, events: list[Event]) -> None:
        if item.block >= 0:
            events.append(BlockEnd(item.block))
            item.block = _NO_BLOCK

    def _find(self, payload: Payload, kind: str, events: list[Event]) -> _Item:
        """Return the open item an event is about; it is made up where the server never began it."""
        index = payload.output_index or 0
        item = self._items.get(index)
        if item is None:
            item = self._open(index, {"type": kind, "id": payload.item_id or ""}, events)
        if item.kind != kind:
            raise RemoteProtocolError(f"the upstream's item {index} is a {item.kind}, not a {kind}", dialect=NAME)
        return item

    def _part(self, payload: Payload, kind: str, events: list[Event]) -> _Item:
        """Return the message an event is about, with the part open that it names."""
        item = self._items.get(payload.output_index or 0)
        part = (kind, payload.content_index or 0)
        if item is None or item.part != part:
            item = self._find(payload, "message", events)
            self._enter(item, part, events)
        return item

    def _enter(self, item: _Item, part: tuple[str, int], events: list[Event]) -> None:
        self._start(item, _KIND_OF[part[0]], events)
        item.part = part
        item.length = item.token_count = item.annotation_count = 0

    def _finish_message(self, item: _Item, record: dict[str, object], events: list[Event]) -> None:
        for index, part in enumerate(records_in(record, "content")):
            kind = find_word(part, "type")
            if kind in _KIND_OF and index >= item.part[1]:
                if (kind, index) != item.part:
                    self._enter(item, (kind, index), events)
                self._finish_part(item, part, events)
        if item.block < 0:
            self._enter(item, ("output_text", 0), events)

    def _finish_part(self, item: _Item, part: dict[str, object], events: list[Event]) -> None:
        text = find_text(part)
        tokens: list[TokenLogprob] | None = decode_tokens(part.get("logprobs"))
        if not item.length and not item.token_count and (text or tokens):
            item.length = len(text)
            item.token_count = len(tokens or ())
            events.append(TextDelta(item.block, text, tokens))
        for number, annotation in enumerate(records_in(part, "annotations")):
            if number >= item.annotation_count:
                item.annotation_count += 1
                events.append(_extras(item, {"annotation": annotation}))

    def _finish_reasoning(self, item: _Item, record: dict[str, object], events: list[Event]) -> None:
        if item.part == _NO_PART:
            for kind, name in (("summary_text", "summary"), ("reasoning_text", "content")):
                for index, part in enumerate(records_in(record, name)):
                    self._reason(item, (kind, index), find_text(part), events)
        signature = find_word(record, "encrypted_content")
        if signature:
            events.append(ReasoningDelta(item.block, "", signature))

    def _reason(self, item: _Item, part: tuple[str, int], text: str, events: list[Event]) -> None:
        if not text:
            return
        if item.part != part:
            between = _BETWEEN_PARTS if item.length else ""
            if item.length or part[0] != "summary_text":
                end = item.length
                events.append(_extras(item, {"part": part[0], "end": end, "start": end + len(between)}))
            if between:
                events.append(ReasoningDelta(item.block, between))
            item.part = part
            item.length += len(between)
        item.length += len(text)
        events.append(ReasoningDelta(item.block, text))

    def _finish_call(self, item: _Item, text: str, events: list[Event]) -> None:
        if text and not item.length:
            item.length = len(text)
            events.append(ToolInputDelta(item.block, text))


_TOLD_BY_EVENTS = CALLS | {"message", "reasoning"}


def _extras(item: _Item, fields: dict[str, object]) -> ExtrasDelta:
    return ExtrasDelta(item.block, {NAME: fields})


def _find_record(item: _Item, records: dict[int, dict[str, object]]) -> dict[str, object] | None:
    """Return the record of an item in a finished output: that of its id, or else that of its place and kind."""
    source = item.extras.get("item", item.extras)
    own_id = source.get("id") if isinstance(source, dict) else None
    for record in records.values():
        if own_id and record.get("id") == own_id:
            return record
    placed = records.get(item.index)
    return placed if placed is not None and placed.get("type") == item.kind else None

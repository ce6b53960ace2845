"""Canonical events → the events of a Responses stream, without framing.

What this dialect cannot say is left out: choices after the first, vendor blocks of others, log probabilities of
refusals, empty reasoning parts, and the difference between one end and another where a status says one for both
(`sluiceway.dialects.openai_responses.usage`). An answer that breaks off tells no usage.

An item whose id was given by this vendor keeps it, and parts of one message stay together when the frame that ends
one begins the next. All other ids are made from the stream's id and the item's place.

Source: OpenAI's API reference, "Streaming events" (August 2026). Clients count on one item for each ``output_index``,
on ids that stay, and on a last response that holds every item.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.openai_responses.errors import encode_stream_error
from sluiceway.dialects.openai_responses.items import (
    CallItem,
    Item,
    MessageItem,
    Part,
    ReasoningItem,
    Said,
    VendorItem,
)
from sluiceway.dialects.openai_responses.out import Out, Told
from sluiceway.dialects.openai_responses.records import extras_of
from sluiceway.dialects.openai_responses.response import ResponseObject
from sluiceway.dialects.openai_responses.shapes import NAME, Seen, is_given
from sluiceway.dialects.openai_responses.usage import encode_finish_reason, is_cut
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
from sluiceway.request import Request
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["EventWriter"]

_RECORD = msgspec.json.Decoder(dict[str, object])

_PREFIX_OF: Mapping[str, str] = MappingProxyType(
    {"message": "msg", "reasoning": "rs", "function_call": "fc", "custom_tool_call": "ctc"}
)
_STEP_OF: Mapping[str, str] = MappingProxyType(
    {
        "response.reasoning_summary_part.added": "summary_text",
        "response.content_part.added": "reasoning_text",
        "response.output_text.done": "text",
        "response.refusal.done": "text",
        "response.reasoning_summary_text.done": "text",
        "response.reasoning_text.done": "text",
        "response.function_call_arguments.done": "text",
        "response.custom_tool_call_input.done": "text",
        "response.content_part.done": "part",
        "response.reasoning_summary_part.done": "part",
    }
)


class EventWriter:
    """Writes the events of one stream.

    Args:
        options: what to say where the upstream said nothing.
        request: what was asked for.

    Attributes:
        out: where the events are told, and their numbers.
        parts: the open parts of messages, by block.
    """

    def __init__(self, options: EncodeOptions, request: Request) -> None:
        self.out = Out()
        self.parts: dict[int, Part] = {}
        self._stream_id = options.stream_id
        self._response = ResponseObject(options, request)
        self._custom_names = frozenset(
            tool.name for tool in request.tools if tool.input_schema is None and not tool.is_hosted
        )
        self._said: dict[int, Said] = {}  # by block, while it is open
        self._latest: dict[int, Said] = {}  # by place, what was said there last
        self._items: list[Item] = []
        self._ids: set[str] = set()
        self._held: MessageItem | None = None  # it has no open part, and its end was not told
        self._held_id: object = None
        self._next_index = 0
        self._end = ChoiceEnd(0, FinishReason(Stop.OTHER))
        self._usage: Usage | None = None

    def encode(self, events: list[Event]) -> list[Told]:
        """Return type and payload of the events that tell one frame."""
        if len(events) == 1 and self._held is None:
            (event,) = events
            if type(event) is TextDelta and event.logprobs is None:  # nearly all frames
                part = self.parts.get(event.block)
                return [] if part is None else [part.tell_text(event.text, self.out)]
        self._frame(events)
        told, self.out.payloads = self.out.payloads, []
        return told

    def follow(self, events: list[Event], payload: Seen | None = None) -> None:
        """Take note of a frame that reached the reader in bytes not written here, and of the event these were."""
        self.out.is_muted = True
        self._frame(events)
        if payload is not None:
            self._follow_payload(payload)
        self.out.is_muted = False

    def follow_delta(self, event: TextDelta | ReasoningDelta | ToolInputDelta) -> None:
        """Take note of a frame of one delta, as `follow` does."""
        said = self._said.get(event.block)
        if said is not None:
            self.out.is_muted = True
            said.add(event, self.out)
            self.out.is_muted = False

    def finished(self) -> tuple[str, bytes]:
        """Return the type of the event that ends the answer, and the whole response."""
        own = self._end.extras.get(NAME, {})
        status, details = encode_finish_reason(self._end.reason)
        if "status" in own:
            status, details = str(own["status"]), None
        output = [item.record() for item in sorted(self._items, key=lambda item: item.index)]
        response = self._response.encode(status, output, usage=self._usage, details=details, extras=own)
        return "response.completed" if status == "completed" else "response.incomplete", response

    def _frame(self, events: list[Event]) -> None:
        border = _find_cut(events) if len(events) > 1 else len(events)
        for position, event in enumerate(events):
            match event:
                case TextDelta() | ReasoningDelta() | ToolInputDelta():
                    said = self._said.get(event.block)
                    if said is not None:
                        said.add(event, self.out)
                case BlockEnd(block=block):
                    self._block_end(block, "incomplete" if position > border else "completed")
                case StreamError():
                    self.out.tell("error", encode_stream_error(event))
                case _:
                    self._event(event)
        self._release("completed")

    def _event(self, event: StreamStart | BlockStart | ExtrasDelta | ChoiceEnd | UsageReport | StreamEnd) -> None:
        match event:
            case BlockStart():
                if event.choice == 0:
                    self._block_start(event)
            case ExtrasDelta(block=block, extras=extras):
                said = self._said.get(block)
                if said is not None and NAME in extras:
                    said.note(extras[NAME], self.out)
            case ChoiceEnd(choice=choice):
                self._end = event if choice == 0 else self._end
            case UsageReport(usage=usage):
                self._usage = usage
            case StreamStart():
                self._start(event)
            case StreamEnd():
                self._tell_end()
            case _:
                assert_never(event)

    def _start(self, start: StreamStart) -> None:
        self._response.start(start)
        if not self.out.is_muted:
            response = self._response.encode("in_progress", [])
            for kind in ("response.created", "response.in_progress"):
                self.out.tell_text(kind, b'{"type":"%b","response":%b' % (kind.encode(), response))

    def _tell_end(self) -> None:
        self._release("incomplete")
        if not self.out.is_muted:
            kind, response = self.finished()
            self.out.tell_text(kind, b'{"type":"%b","response":%b' % (kind.encode(), response))

    def _block_start(self, start: BlockStart) -> None:
        own = start.extras.get(NAME, {})
        if start.kind is BlockKind.TEXT or start.kind is BlockKind.REFUSAL:
            kind = "output_text" if start.kind is BlockKind.TEXT else "refusal"
            part = self._message(own).open_part(kind, self.out)
            self.parts[start.block] = part
            self._say(start.block, part)
            return
        self._release("completed")
        record = own.get("item")
        if start.kind is BlockKind.VENDOR and not isinstance(record, dict):
            return
        index = self._take_index(own)
        item: ReasoningItem | CallItem | VendorItem
        if isinstance(record, dict):
            item = VendorItem(index, record, self.out)
        elif start.kind is BlockKind.REASONING:
            item = ReasoningItem(index, self._take_id("reasoning", own, index), _plain(own), self.out)
        else:
            item = self._call(start, own, index)
        self._items.append(item)
        self._say(start.block, item)

    def _call(self, start: BlockStart, own: dict[str, object], index: int) -> CallItem:
        is_custom = own.get("type") == "custom_tool_call" or (not own and start.tool_name in self._custom_names)
        kind = "custom_tool_call" if is_custom else "function_call"
        call: dict[str, object] = {"call_id": start.tool_id or f"call_{index}", "name": start.tool_name}
        return CallItem(index, self._take_id(kind, own, index), {**_plain(own), "type": kind, **call}, self.out)

    def _message(self, own: dict[str, object]) -> MessageItem:
        """Return the message a part belongs to: that of the part before it, where both have the vendor's same id."""
        held = self._held
        if held is not None and own.get("id") and own.get("id") == self._held_id:
            self._held = None
            return held
        self._release("completed")
        index = self._take_index(own)
        message = MessageItem(index, self._take_id("message", own, index), _plain(own), self.out)
        self._items.append(message)
        return message

    def _say(self, block: int, said: Said) -> None:
        self._said[block] = said
        self._latest[said.index] = said

    def _block_end(self, block: int, status: str) -> None:
        said = self._said.pop(block, None)
        if said is None:
            return
        said.close(status, self.out)
        self._latest.pop(said.index, None)
        if isinstance(said, Part):
            del self.parts[block]
            self._release("completed")
            self._held, self._held_id = said.message, said.message.fields["item_id"]

    def _release(self, status: str) -> None:
        """Tell the end of a message that goes on no further."""
        if self._held is not None:
            self._held.close(status, self.out)
            self._held = None

    def _take_index(self, own: Mapping[str, object]) -> int:
        """Return the place of an item: the next, or the one it has in what the reader has seen."""
        index = self._next_index
        placed = own.get("output_index")
        if self.out.is_muted and isinstance(placed, int):
            index = placed
        self._next_index = max(self._next_index, index + 1)
        return index

    def _take_id(self, kind: str, own: Mapping[str, object], index: int) -> str:
        own_id = own.get("id")
        is_fit = isinstance(own_id, str) and own_id and own_id not in self._ids
        item_id = str(own_id) if is_fit else f"{_PREFIX_OF[kind]}_{self._stream_id}_{index}"
        self._ids.add(item_id)
        return item_id

    def _follow_payload(self, payload: Seen) -> None:
        index = payload.output_index or 0
        said = self._latest.get(index)
        step = _STEP_OF.get(payload.type)
        if step is not None and said is not None:
            said.skip(step)
        elif payload.type == "response.output_item.added" and said is None and is_given(payload.item):
            self._hold(index, _RECORD.decode(payload.item))

    def _hold(self, index: int, record: dict[str, object]) -> None:
        """Take note of a message that has no part yet."""
        if record.get("type") == "message":
            own = extras_of("message", index, record)
            self._held = self._message(own)
            self._held_id = self._held.fields["item_id"]


def _plain(own: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in own.items() if name != "output_index"}


def _find_cut(events: list[Event]) -> int:
    """Return the position behind which blocks end because the answer was cut; none do at the very last."""
    if any(isinstance(event, ChoiceEnd) and event.choice == 0 and is_cut(event.reason) for event in events):
        starts = [position for position, event in enumerate(events) if isinstance(event, BlockStart)]
        return starts[-1] if starts else -1
    return len(events)

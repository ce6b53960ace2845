"""Blocks → items: what is told of one item, part by part, and the record it leaves behind.

An item is told as OpenAI tells it: added, its parts with their deltas, each ``done`` with the whole text, and the
finished item. The texts are kept for that, also of deltas that left as the bytes they came in.

Source: OpenAI's API reference, "Streaming events" (August 2026).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

import msgspec

from sluiceway.dialects.openai_responses.out import Out, Told, form_of
from sluiceway.events import ReasoningDelta, TextDelta, TokenLogprob, ToolInputDelta

__all__ = ["CallItem", "Item", "MessageItem", "Part", "ReasoningItem", "Said", "VendorItem", "encode_tokens"]

_json = msgspec.json.encode

Fields = Mapping[str, object]
Delta = TextDelta | ReasoningDelta | ToolInputDelta

_NO_TOKENS = b',"logprobs":[]'


class Said(Protocol):
    """What a block is told as: a part of a message, or a whole item."""

    @property
    def index(self) -> int:
        """The place of the item."""
        ...

    def add(self, event: Delta, out: Out) -> None:
        """Take a delta."""
        ...

    def note(self, fields: Fields, out: Out) -> None:
        """Take what this vendor's own extras say."""
        ...

    def skip(self, step: str) -> None:
        """Take note that the reader saw a step: the beginning of a part of reasoning, by its type, or of the ending
        ``text`` or ``part``.
        """
        ...

    def close(self, status: str, out: Out) -> None:
        """End it."""
        ...


class Item(Protocol):
    """One item of the output."""

    @property
    def index(self) -> int:
        """Its place."""
        ...

    def record(self) -> dict[str, object]:
        """Return the item as it stands in the output."""
        ...


class _Place:
    """Where an item is, and what its events repeat."""

    def __init__(self, index: int, item_id: str) -> None:
        self.index = index
        self.fields: dict[str, object] = {"item_id": item_id, "output_index": index}
        self.status = "in_progress"

    def tell_item(self, step: str, record: Callable[[], dict[str, object]], out: Out) -> None:
        if not out.is_muted:  # a record holds the whole text
            out.tell(f"response.output_item.{step}", {"output_index": self.index, "item": record()})


class _Ending:
    """Which steps of an ending are still to be told."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def skip(self, step: str) -> None:
        """Take note that the reader saw a step."""
        self._seen.add(step)

    def tell(self, step: str, out: Out, kind: str, fields: Callable[[], dict[str, object]]) -> None:
        """Tell a step, unless the reader saw it."""
        if step not in self._seen and not out.is_muted:  # fields hold the whole text
            out.tell(kind, fields())


class MessageItem(_Place):
    """A message, which holds parts."""

    def __init__(self, index: int, item_id: str, extras: Fields, out: Out) -> None:
        super().__init__(index, item_id)
        self._head: dict[str, object] = {"type": "message", **extras, "id": item_id, "role": "assistant"}
        self._parts: list[Part] = []
        self.tell_item("added", self.record, out)

    def open_part(self, kind: str, out: Out) -> Part:
        """Return a new part: an ``output_text`` or a ``refusal``."""
        part = Part(self, kind, len(self._parts), out)
        self._parts.append(part)
        return part

    def close(self, status: str, out: Out) -> None:
        """End the message; how, its last part has said, if it had one."""
        if self.status == "in_progress":
            self.status = status
        self.tell_item("done", self.record, out)

    def record(self) -> dict[str, object]:
        """Return the item."""
        return {**self._head, "status": self.status, "content": [part.record() for part in self._parts]}


class Part(_Ending):
    """A part of a message: text with its annotations, or a refusal.

    Attributes:
        message: the message.
        index: its place.
        texts: the pieces of the text so far; one that the reader saw in bytes not written here is just added.
    """

    def __init__(self, message: MessageItem, kind: str, index: int, out: Out) -> None:
        super().__init__()
        self.message = message
        self.index = message.index
        self._kind = kind
        self._place = {**message.fields, "content_index": index}
        self.texts: list[str] = []
        self._tokens: list[dict[str, object]] = []
        self._annotations: list[object] = []
        self._delta_kind = f"response.{kind}.delta"
        self._before = _json({"type": self._delta_kind, **self._place})[:-1] + b',"delta":'
        self._form = form_of(self._before, b"" if kind == "refusal" else _NO_TOKENS)
        out.tell("response.content_part.added", {**self._place, "part": self.record()})

    def tell_text(self, text: str, out: Out) -> Told:
        """Return type and payload of the event that adds text and no log probabilities."""
        self.texts.append(text)
        return self._delta_kind, self._form % (_json(text), out.take_number())

    def add(self, event: Delta, out: Out) -> None:
        """Take a delta; log probabilities of a refusal have no place."""
        assert isinstance(event, TextDelta)
        if event.logprobs is not None and self._kind != "refusal":
            tokens = encode_tokens(event.logprobs)
            self._tokens += tokens
            self.texts.append(event.text)
            out.tell_text(self._delta_kind, self._before + _json(event.text) + b',"logprobs":' + _json(tokens))
        elif out.is_muted:
            self.texts.append(event.text)
        else:
            out.payloads.append(self.tell_text(event.text, out))

    def note(self, fields: Fields, out: Out) -> None:
        """Take an annotation, how the message ends, or an event of the vendor's own."""
        if "annotation" in fields:
            told = {"annotation_index": len(self._annotations), "annotation": fields["annotation"]}
            self._annotations.append(fields["annotation"])
            out.tell("response.output_text.annotation.added", {**self._place, **told})
        elif "status" in fields:
            self.message.status = str(fields["status"])
        else:
            _tell_event(fields, self.message.index, out)

    def close(self, status: str, out: Out) -> None:
        """End the part; the message goes on until its own end."""
        if self.message.status == "in_progress":
            self.message.status = status
        self.tell("text", out, f"response.{self._kind}.done", lambda: {**self._place, **self._whole()})
        self.tell("part", out, "response.content_part.done", lambda: {**self._place, "part": self.record()})

    def record(self) -> dict[str, object]:
        """Return the part."""
        if self._kind == "refusal":
            return {"type": self._kind, **self._whole()}
        return {"type": self._kind, "annotations": self._annotations, **self._whole()}

    def _whole(self) -> dict[str, object]:
        text = "".join(self.texts)
        return {"refusal": text} if self._kind == "refusal" else {"text": text, "logprobs": self._tokens}


class _Border(msgspec.Struct):
    """Where a part of reasoning begins, and the one before it ends, in characters of the whole."""

    kind: str
    end: int
    start: int


_PART_EVENTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "summary_text": ("response.reasoning_summary_part", "response.reasoning_summary_text", "summary_index"),
        "reasoning_text": ("response.content_part", "response.reasoning_text", "content_index"),
    }
)


class ReasoningItem(_Place, _Ending):
    """Reasoning, told as a summary unless extras say that it is the model's own text."""

    def __init__(self, index: int, item_id: str, extras: Fields, out: Out) -> None:
        _Place.__init__(self, index, item_id)
        _Ending.__init__(self)
        self._head: dict[str, object] = {"type": "reasoning", **extras, "id": item_id}
        self._texts: list[str] = []
        self._length = 0
        self._borders = [_Border("summary_text", 0, 0)]
        self._is_part_open = False
        self._is_border_guessed = False  # its part began, and where its text begins was not told yet
        self._signature: str | None = None
        self.tell_item("added", self.record, out)

    def add(self, event: Delta, out: Out) -> None:
        """Take a delta."""
        assert isinstance(event, ReasoningDelta)
        if event.signature is not None:
            self._signature = event.signature
        if not event.text:
            return
        border = self._borders[-1]
        self._is_border_guessed = False
        text = event.text[max(border.start - self._length, 0) :]
        self._texts.append(event.text)
        self._length += len(event.text)
        if text:
            if not self._is_part_open:
                self._open_part(out)
            _, kind, _ = _PART_EVENTS[border.kind]
            out.tell(f"{kind}.delta", {**self._part_place(), "delta": text})

    def note(self, fields: Fields, out: Out) -> None:
        """Take where a part begins, how the item ends, or an event of the vendor's own."""
        border = _find_border(fields)
        if border is not None:
            self._begin(border, out)
        elif "status" in fields:
            self.status = str(fields["status"])
        else:
            _tell_event(fields, self.index, out)

    def skip(self, step: str) -> None:
        """Take note that the reader saw a step of a part."""
        if step not in _PART_EVENTS:
            super().skip(step)
            return
        self._seen.clear()
        if self._is_part_open or self._borders[-1].kind != step:
            self._add_border(_Border(step, self._length, self._length))
            self._is_border_guessed = True
        self._is_part_open = True

    def close(self, status: str, out: Out) -> None:
        """End the item."""
        self._close_part(out)
        if self.status == "in_progress":
            self.status = status
        self.tell_item("done", self.record, out)

    def record(self) -> dict[str, object]:
        """Return the item."""
        parts = self._parts()
        record = {**self._head, "summary": [part for part in parts if part["type"] == "summary_text"]}
        content = [part for part in parts if part["type"] == "reasoning_text"]
        if content:
            record["content"] = content
        if self._signature is not None:
            record["encrypted_content"] = self._signature
        return {**record, "status": self.status} if self.status == "incomplete" else record

    def _begin(self, border: _Border, out: Out) -> None:
        if self._is_border_guessed:
            self._borders.pop()
            self._is_border_guessed = False
        elif border.start >= self._length:
            self._close_part(out)
        self._add_border(border)

    def _add_border(self, border: _Border) -> None:
        if border.start == 0:
            self._borders.clear()
        self._borders.append(border)

    def _parts(self) -> list[dict[str, object]]:
        text = "".join(self._texts)
        ends = [border.end for border in self._borders[1:]] + [len(text)]
        parts = [(border.kind, text[border.start : end]) for border, end in zip(self._borders, ends, strict=True)]
        return [{"type": kind, "text": piece} for kind, piece in parts if piece]

    def _part_place(self) -> dict[str, object]:
        kind = self._borders[-1].kind
        index = sum(border.kind == kind for border in self._borders) - 1
        return {**self.fields, _PART_EVENTS[kind][2]: index}

    def _open_part(self, out: Out) -> None:
        kind = self._borders[-1].kind
        self._is_part_open = True
        part = {"type": kind, "text": ""}
        out.tell(f"{_PART_EVENTS[kind][0]}.added", {**self._part_place(), "part": part})

    def _close_part(self, out: Out) -> None:
        if not self._is_part_open:
            return
        self._is_part_open = False
        border = self._borders[-1]
        part_event, text_event, _ = _PART_EVENTS[border.kind]
        text = "".join(self._texts)[border.start :]
        self.tell("text", out, f"{text_event}.done", lambda: {**self._part_place(), "text": text})
        part = {"type": border.kind, "text": text}
        self.tell("part", out, f"{part_event}.done", lambda: {**self._part_place(), "part": part})
        self._seen.clear()


class CallItem(_Place, _Ending):
    """A call of a tool of the asker's: of a function, or of a custom tool, whose input is free text."""

    def __init__(self, index: int, item_id: str, call: dict[str, object], out: Out) -> None:
        _Place.__init__(self, index, item_id)
        _Ending.__init__(self)
        is_custom = call["type"] == "custom_tool_call"
        self._event = "response.custom_tool_call_input" if is_custom else "response.function_call_arguments"
        self._field = "input" if is_custom else "arguments"
        self._head: dict[str, object] = {**call, "id": item_id}
        self._texts: list[str] = []
        self._delta_kind = f"{self._event}.delta"
        self._before = _json({"type": self._delta_kind, **self.fields})[:-1] + b',"delta":'
        self.tell_item("added", self.record, out)

    def add(self, event: Delta, out: Out) -> None:
        """Take a delta."""
        assert isinstance(event, ToolInputDelta)
        self._texts.append(event.json)
        if not out.is_muted:
            out.tell_text(self._delta_kind, self._before + _json(event.json))

    def note(self, fields: Fields, out: Out) -> None:
        """Take how the item ends, or an event of the vendor's own."""
        if "status" in fields:
            self.status = str(fields["status"])
        else:
            _tell_event(fields, self.index, out)

    def close(self, status: str, out: Out) -> None:
        """End the item."""
        if self.status == "in_progress":
            self.status = status
        self.tell("text", out, f"{self._event}.done", lambda: {**self.fields, self._field: "".join(self._texts)})
        self.tell_item("done", self.record, out)

    def record(self) -> dict[str, object]:
        """Return the item."""
        return {**self._head, self._field: "".join(self._texts), "status": self.status}


class VendorItem(_Place):
    """What only this vendor has, told as it came."""

    def __init__(self, index: int, record: dict[str, object], out: Out) -> None:
        super().__init__(index, "")
        self._record = record
        self.tell_item("added", self.record, out)

    def add(self, event: Delta, out: Out) -> None:
        """Take nothing: such a block has no deltas of its own."""

    def note(self, fields: Fields, out: Out) -> None:
        """Take an event, or the finished item."""
        record = fields.get("item")
        if isinstance(record, dict):
            self._record = record
            self.tell_item("done", self.record, out)
        else:
            _tell_event(fields, self.index, out)

    def skip(self, step: str) -> None:
        """Take note of nothing: the finished item is the ending."""

    def close(self, status: str, out: Out) -> None:
        """End it: its finished item has been told, or never came."""

    def record(self) -> dict[str, object]:
        """Return the item."""
        return self._record


def encode_tokens(tokens: list[TokenLogprob]) -> list[dict[str, object]]:
    """Return log probabilities as parts and deltas hold them."""
    return [{**_token(token), "top_logprobs": [_token(other) for other in token.top]} for token in tokens]


def _token(token: TokenLogprob) -> dict[str, object]:
    return {"token": token.token, "logprob": token.logprob, "bytes": token.bytes}


def _find_border(fields: Fields) -> _Border | None:
    match fields:
        case {"part": str(kind), "end": int(end), "start": int(start)} if kind in _PART_EVENTS:
            return _Border(kind, end, start)
        case _:
            return None


def _tell_event(fields: Fields, index: int, out: Out) -> None:
    event = fields.get("event")
    if isinstance(event, dict) and isinstance(event.get("type"), str):
        out.tell(event["type"], {**event, "output_index": index})

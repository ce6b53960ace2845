"""Canonical events → the parts of a UI message stream, framed.

Clients check every part against a closed schema: an unknown type or field, or a delta without its start, makes them
give the whole answer up. So nothing is said here but what the schema knows, and blocks that were not opened are
passed over.

Source: vercel/ai, ``packages/ai/src/ui-message-stream/ui-message-chunks.ts`` and ``ui/process-ui-message-stream.ts``
(August 2026).
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.ui_stream.shapes import METADATA_KEY
from sluiceway.dialects.ui_stream.tool_input import encode_input
from sluiceway.dialects.ui_stream.usage import encode_finish_reason, encode_usage
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
from sluiceway.usage import Stop, Usage

__all__ = ["Envelope", "PartWriter"]

_json = msgspec.json.encode
_TOLD_CHOICE = 0


class Envelope(msgspec.Struct, frozen=True):
    """What stands around each payload, and what ends the stream."""

    before: bytes
    after: bytes
    done: bytes


class _Call(msgspec.Struct):
    """A tool call under way."""

    id: str
    name: str
    pieces: list[str] = []


class PartWriter:
    """Writes the parts of one stream.

    Args:
        options: what to say where the upstream said nothing.
        envelope: the framing.
        is_new_message: whether the answer is a message of its own. If not it goes on with the client's last one, and
            an id would make another of it.
        call_ids: the ids of calls in the conversation so far, by which clients find a call in the whole message.
    """

    __slots__ = (
        "_after",
        "_before",
        "_call_ids",
        "_calls",
        "_done",
        "_heads",
        "_is_new_message",
        "_is_refused",
        "_is_started",
        "_names",
        "_options",
        "_signatures",
        "_stop",
        "_usage",
    )

    def __init__(
        self, options: EncodeOptions, envelope: Envelope, *, is_new_message: bool, call_ids: set[str]
    ) -> None:
        self._options = options
        self._before = envelope.before
        self._after = envelope.after
        self._done = envelope.done
        self._is_new_message = is_new_message
        self._call_ids = call_ids
        self._heads: dict[int, bytes] = {}  # of open blocks: what comes before a delta's text
        self._names: dict[int, str] = {}  # of open blocks that hold text: the name of their kind of part
        self._calls: dict[int, _Call] = {}
        self._signatures: dict[int, str] = {}
        self._is_started = False
        self._is_refused = False
        self._stop = Stop.OTHER
        self._usage: Usage | None = None

    def encode(self, event: Event) -> bytes:
        """Return the parts that tell an event, possibly none."""
        match event:
            case TextDelta(block=block, text=text):
                return self._delta(block, text)
            case ReasoningDelta():
                return self._reasoning(event)
            case ToolInputDelta():
                return self._tool_input(event)
            case BlockStart():
                return self._block_start(event) if event.choice == _TOLD_CHOICE else b""
            case BlockEnd(block=block):
                return self._block_end(block)
            case _:
                return self._encode_of_answer(event)

    def _encode_of_answer(
        self, event: StreamStart | ExtrasDelta | ChoiceEnd | UsageReport | StreamEnd | StreamError
    ) -> bytes:
        match event:
            case StreamStart():
                return self._start(event)
            case ChoiceEnd(choice=choice, reason=reason):
                if choice == _TOLD_CHOICE:
                    self._stop = reason.stop
            case UsageReport(usage=usage):
                self._usage = usage
            case StreamEnd():
                return self._end()
            case StreamError():
                return self._break(event)
            case ExtrasDelta():
                pass
            case _:
                assert_never(event)
        return b""

    def _reasoning(self, delta: ReasoningDelta) -> bytes:
        if delta.signature is not None and delta.block in self._heads:
            self._signatures[delta.block] = delta.signature
        return self._delta(delta.block, delta.text)

    def _tool_input(self, delta: ToolInputDelta) -> bytes:
        call = self._calls.get(delta.block)
        if call is not None and delta.json:
            call.pieces.append(delta.json)
        return self._delta(delta.block, delta.json)

    def _delta(self, block: int, text: str) -> bytes:
        head = self._heads.get(block)
        return head + _json(text) + b"}" + self._after if head is not None and text else b""

    def _part(self, part: dict[str, object]) -> bytes:
        return self._before + _json(part) + self._after

    def _start(self, start: StreamStart) -> bytes:
        self._is_started = True
        options = self._options
        part: dict[str, object] = {"type": "start"}
        if self._is_new_message:
            part["messageId"] = options.stream_id
        model = start.model or options.model
        part["messageMetadata"] = {"streamId": options.stream_id, **({"model": model} if model else {})}
        return self._part(part) + self._part({"type": "start-step"})

    def _block_start(self, start: BlockStart) -> bytes:
        match start.kind:
            case BlockKind.TEXT:
                return self._open(start.block, "text")
            case BlockKind.REFUSAL:
                self._is_refused = True
                return self._open(start.block, "text")
            case BlockKind.REASONING:
                return self._open(start.block, "reasoning")
            case BlockKind.TOOL:
                return self._open_call(start)
            case BlockKind.VENDOR:
                return b""
            case _:
                assert_never(start.kind)

    def _open(self, block: int, name: str) -> bytes:
        self._names[block] = name
        self._heads[block] = self._before + f'{{"type":"{name}-delta","id":"{block}","delta":'.encode()
        return self._part({"type": f"{name}-start", "id": str(block)})

    def _open_call(self, start: BlockStart) -> bytes:
        call = self._calls[start.block] = _Call(self._free_id(start), start.tool_name)
        head = _json({"type": "tool-input-delta", "toolCallId": call.id})[:-1]
        self._heads[start.block] = self._before + head + b',"inputTextDelta":'
        return self._part({"type": "tool-input-start", "toolCallId": call.id, "toolName": call.name})

    def _free_id(self, start: BlockStart) -> str:
        """Return the call's id, or one made from it where the conversation has that one already."""
        base = start.tool_id or f"call_{start.block}"
        tool_id, count = base, 1
        while tool_id in self._call_ids:
            count += 1
            tool_id = f"{base}_{count}"
        self._call_ids.add(tool_id)
        return tool_id

    def _block_end(self, block: int) -> bytes:
        self._heads.pop(block, None)
        call = self._calls.pop(block, None)
        if call is not None:
            return self._call_end(call)
        name = self._names.pop(block, None)
        if name is None:
            return b""
        part: dict[str, object] = {"type": f"{name}-end", "id": str(block)}
        signature = self._signatures.pop(block, None)
        if signature is not None:
            part["providerMetadata"] = {METADATA_KEY: {"signature": signature}}
        return self._part(part)

    def _call_end(self, call: _Call) -> bytes:
        text = "".join(call.pieces)
        value = encode_input(text)
        named: dict[str, object] = {"toolCallId": call.id, "toolName": call.name}
        if value is not None:
            return self._part({"type": "tool-input-available", **named, "input": value})
        error = "The tool's input is not whole JSON."
        return self._part({"type": "tool-input-error", **named, "input": text, "errorText": error})

    def _end(self) -> bytes:
        metadata = self._metadata()
        if self._stop is Stop.CANCELLED:
            usage = self._part({"type": "message-metadata", **metadata}) if metadata else b""
            return usage + self._part({"type": "abort"}) + self._done
        return self._finish(encode_finish_reason(self._stop, is_refused=self._is_refused))

    def _break(self, error: StreamError) -> bytes:
        start = b"" if self._is_started else self._start(StreamStart())
        return start + self._part({"type": "error", "errorText": error.message}) + self._finish("error")

    def _finish(self, reason: str) -> bytes:
        finish = self._part({"type": "finish", "finishReason": reason, **self._metadata()})
        return self._part({"type": "finish-step"}) + finish + self._done

    def _metadata(self) -> dict[str, object]:
        return {} if self._usage is None else {"messageMetadata": {"usage": encode_usage(self._usage)}}

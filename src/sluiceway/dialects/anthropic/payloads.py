"""Canonical events → the payloads of a streaming message, without framing.

Blocks are numbered as they are told. Why the answer ended is told at its very end, together with its usage, which
other vendors send after the reason.

Source: Anthropic's API reference, "Streaming messages" (August 2026).
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from sluiceway.dialects.anthropic.content import encode_block_start, is_redacted
from sluiceway.dialects.anthropic.decode import MESSAGE_STOP
from sluiceway.dialects.anthropic.ends import BESIDE_DELTA
from sluiceway.dialects.anthropic.errors import encode_stream_error
from sluiceway.dialects.anthropic.shapes import NAME
from sluiceway.dialects.anthropic.usage import encode_end_usage, encode_finish_reason, encode_start_usage
from sluiceway.dialects.base import EncodeOptions
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
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["MessageWriter", "Payload", "encode_ending", "encode_message_start"]

Payload = tuple[str, bytes]
"""The name of an event, and its payload."""

_DELTA = "content_block_delta"
_json = msgspec.json.encode
_UNKNOWN_END = ChoiceEnd(0, FinishReason(Stop.OTHER))

# What stands before the text of a delta, behind the block's index.
_OPENING = {
    BlockKind.TEXT: b',"delta":{"type":"text_delta","text":',
    BlockKind.REFUSAL: b',"delta":{"type":"text_delta","text":',
    BlockKind.REASONING: b',"delta":{"type":"thinking_delta","thinking":',
    BlockKind.TOOL: b',"delta":{"type":"input_json_delta","partial_json":',
    BlockKind.VENDOR: b"",
}


class _Told:
    """A block that the reader knows of."""

    __slots__ = ("head", "is_redacted", "prefix")

    def __init__(self, index: int, start: BlockStart) -> None:
        self.head = b'{"type":"content_block_delta","index":' + str(index).encode()
        self.prefix = self.head + _OPENING[start.kind]
        self.is_redacted = is_redacted(start)

    @property
    def stop(self) -> Payload:
        return "content_block_stop", self.head.replace(b"_delta", b"_stop", 1) + b"}"


class MessageWriter:
    """Writes the payloads of one stream.

    Args:
        options: what to say where the upstream said nothing.
    """

    __slots__ = ("_count", "_end", "_kinds", "_open", "_options", "_usage")

    def __init__(self, options: EncodeOptions) -> None:
        self._options = options
        self._open: dict[int, _Told] = {}
        self._count = 0  # blocks told
        self._kinds: set[BlockKind] = set()
        self._end = _UNKNOWN_END
        self._usage: Usage | None = None

    def follow(self, event: Event) -> None:
        """Take note of an event that reached the reader in bytes not written here."""
        match event:
            case BlockStart():
                self._open_block(event)
            case BlockEnd(block=block):
                self._open.pop(block, None)
            case ChoiceEnd(choice=0):
                self._end = event
            case UsageReport(usage=usage):
                self._usage = usage
            case _:
                pass

    def encode(self, events: list[Event]) -> list[Payload]:
        """Return the payloads that tell the events of one frame."""
        payloads: list[Payload] = []
        for event in events:
            match event:
                case TextDelta() | ReasoningDelta() | ToolInputDelta() | ExtrasDelta():
                    self._delta(event, payloads)
                case StreamStart():
                    payloads.append(self._start(event, events))
                case _:
                    self._rest(event, payloads)
        return payloads

    def _delta(
        self, event: TextDelta | ReasoningDelta | ToolInputDelta | ExtrasDelta, payloads: list[Payload]
    ) -> None:
        told = self._open.get(event.block)
        if told is None:
            return
        match event:
            case TextDelta(text=text):
                payloads.append((_DELTA, told.prefix + _json(text) + b"}}"))
            case ToolInputDelta(json=json):
                payloads.append((_DELTA, told.prefix + _json(json) + b"}}"))
            case ReasoningDelta() if told.is_redacted:
                pass
            case ReasoningDelta(text=text, signature=signature):
                if text or signature is None:
                    payloads.append((_DELTA, told.prefix + _json(text) + b"}}"))
                if signature is not None:
                    delta = _json({"type": "signature_delta", "signature": signature})
                    payloads.append((_DELTA, told.head + b',"delta":' + delta + b"}"))
            case ExtrasDelta(extras=extras):
                if NAME in extras:
                    payloads.append((_DELTA, told.head + b',"delta":' + _json(extras[NAME]) + b"}"))
            case _:
                assert_never(event)

    def _rest(
        self,
        event: BlockStart | BlockEnd | ChoiceEnd | UsageReport | StreamEnd | StreamError,
        payloads: list[Payload],
    ) -> None:
        match event:
            case BlockStart():
                payloads += self._block_start(event)
            case BlockEnd(block=block):
                told = self._open.pop(block, None)
                payloads += [told.stop] if told is not None else []
            case ChoiceEnd() | UsageReport():
                self.follow(event)
            case StreamEnd():
                payloads += [("message_delta", self._message_delta()), ("message_stop", MESSAGE_STOP)]
            case StreamError():
                payloads.append(("error", encode_stream_error(event)))
            case _:
                assert_never(event)

    def _start(self, start: StreamStart, events: list[Event]) -> Payload:
        message = encode_message_start(start, self._options)
        usage = next((event.usage for event in events if isinstance(event, UsageReport)), None)
        message |= {"stop_reason": None, "stop_sequence": None, "usage": encode_start_usage(usage)}
        return "message_start", _json({"type": "message_start", "message": message})

    def _block_start(self, start: BlockStart) -> list[Payload]:
        record = encode_block_start(start)
        if record is None or start.choice:
            return []
        index = self._open_block(start)
        return [
            ("content_block_start", _json({"type": "content_block_start", "index": index, "content_block": record}))
        ]

    def _open_block(self, start: BlockStart) -> int:
        index = self._count
        self._count += 1
        self._kinds.add(start.kind)
        self._open[start.block] = _Told(index, start)
        return index

    def _message_delta(self) -> bytes:
        ending = encode_ending(self._end, self._kinds)
        beside = {name: ending.pop(name) for name in BESIDE_DELTA & ending.keys()}
        usage = encode_end_usage(self._usage)
        return _json({"type": "message_delta", "delta": ending, "usage": usage, **beside})


def encode_message_start(start: StreamStart, options: EncodeOptions) -> dict[str, object]:
    """Return what streams and whole messages begin with; the content is still empty."""
    return {
        "id": start.id or options.stream_id,
        "type": "message",
        "role": "assistant",
        "model": start.model or options.model,
        "content": [],
        **start.extras.get(NAME, {}),
    }


def encode_ending(end: ChoiceEnd, kinds: set[BlockKind]) -> dict[str, object]:
    """Return why an answer ended, that holds blocks of these kinds."""
    reason = encode_finish_reason(
        end.reason, has_tool_call=BlockKind.TOOL in kinds, has_refusal=BlockKind.REFUSAL in kinds
    )
    return {"stop_reason": reason, "stop_sequence": None, **end.extras.get(NAME, {})}

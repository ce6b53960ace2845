"""Canonical events → the payloads of a legacy Completions stream, without framing.

The finish reason goes out on a chunk of its own with an empty text, as llama.cpp sends it: to have it ride on the
last text would hold each text back until the next one came.

Source: OpenAI's API reference, "completion object" (August 2026).
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.openai_api.choices import DONE
from sluiceway.dialects.openai_api.errors import encode_stream_error
from sluiceway.dialects.openai_api.start import encode_start
from sluiceway.dialects.openai_api.usage import encode_usage
from sluiceway.dialects.openai_completions.logprobs import encode_logprobs
from sluiceway.dialects.openai_completions.shapes import NAME, OBJECT
from sluiceway.dialects.openai_completions.usage import encode_finish_reason
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
from sluiceway.usage import Usage

__all__ = ["TEXT_KINDS", "ChunkWriter"]

TEXT_KINDS = frozenset({BlockKind.TEXT, BlockKind.REFUSAL})
"""The kinds of block that this dialect tells, all of them as text."""

_AFTER_TEXT = b',"logprobs":null,"finish_reason":null}]}'

_json = msgspec.json.encode


class ChunkWriter:
    """Writes the payloads of one stream.

    Args:
        options: what to say where the upstream said nothing, and whether usage is wanted.
    """

    __slots__ = ("_blocks", "_head", "_offsets", "_options", "_usage")

    def __init__(self, options: EncodeOptions) -> None:
        self._options = options
        self._usage: Usage | None = None
        self._blocks: dict[int, tuple[int, bytes]] = {}  # of text: the choice, and what comes before a delta's text
        self._offsets: dict[int, int] = {}  # by choice: characters told
        self._start(StreamStart())

    def follow(self, event: Event) -> None:
        """Take note of an event that reached the reader in bytes not written here."""
        match event:
            case StreamStart():
                self._start(event)
            case BlockStart():
                self._block_start(event)
            case BlockEnd(block=block):
                self._blocks.pop(block, None)
            case _:
                pass

    def encode(self, events: list[Event]) -> list[bytes]:
        """Return the payloads that tell the events."""
        payloads: list[bytes] = []
        for event in events:
            self._encode(event, payloads)
        return payloads

    def _encode(self, event: Event, payloads: list[bytes]) -> None:
        match event:
            case TextDelta():
                if event.block in self._blocks:
                    payloads.append(self._delta(event))
            case ChoiceEnd():
                payloads.append(self._choice_end(event))
            case StreamStart() | BlockStart() | BlockEnd():
                self.follow(event)
            case UsageReport(usage=usage):
                self._usage = usage
            case StreamEnd():
                payloads += [*self.usage_chunk(), DONE]
            case StreamError():
                payloads += [encode_stream_error(event), DONE]
            case ReasoningDelta() | ToolInputDelta() | ExtrasDelta():
                pass
            case _:
                assert_never(event)

    def _start(self, start: StreamStart) -> None:
        """Fix what every chunk begins with."""
        self._head = _json(encode_start(start, self._options, NAME, OBJECT))[:-1] + b',"choices":'

    def _block_start(self, start: BlockStart) -> None:
        if start.kind in TEXT_KINDS:
            prefix = self._head + f'[{{"index":{start.choice},"text":'.encode()
            self._blocks[start.block] = (start.choice, prefix)
            self._offsets.setdefault(start.choice, 0)

    def _delta(self, delta: TextDelta) -> bytes:
        choice, prefix = self._blocks[delta.block]
        offset = self._offsets[choice]
        self._offsets[choice] = offset + len(delta.text)
        if delta.logprobs is None:
            return prefix + _json(delta.text) + _AFTER_TEXT
        return self._chunk(
            {
                "index": choice,
                "text": delta.text,
                "logprobs": encode_logprobs(delta.logprobs, offset),
                "finish_reason": None,
            }
        )

    def _choice_end(self, end: ChoiceEnd) -> bytes:
        finish = encode_finish_reason(end.reason)
        choice = {"index": end.choice, "text": "", "logprobs": None, "finish_reason": finish}
        return self._chunk({**choice, **end.extras.get(NAME, {})})

    def _chunk(self, choice: dict[str, object]) -> bytes:
        return self._head + _json([choice]) + b"}"

    def usage_chunk(self) -> list[bytes]:
        """Return the chunk with the usage that was told by an event, if the reader wants it."""
        usage = self._usage
        if usage is None or not self._options.include_usage:
            return []
        return [self._head + b'[],"usage":' + _json(encode_usage(usage)) + b"}"]

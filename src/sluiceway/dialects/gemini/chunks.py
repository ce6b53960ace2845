"""Canonical events → the payloads of a Gemini stream, without framing.

What this dialect cannot say, and what is said instead:

- borders between blocks of one kind, and blocks that stay empty: left out;
- a refusal: said as text;
- arguments of a call piece by piece: a call is said when it is whole, and one that was cut is not said;
- arguments that are no JSON object, such as the text of a custom tool: said as the object's ``input``;
- a signature that is no base64, which Google's client would refuse: left out;
- the bytes of a token with log probabilities: left out;
- why an answer ended, where `encode_finish_reason` knows one word for several reasons;
- tokens written to a cache: left out of the counts.

Finish reasons are held back until the end of the answer, and go out in one chunk with the counts.

Source: Google's API reference, "GenerateContentResponse" (August 2026), and recorded answers.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.gemini.errors import encode_stream_error
from sluiceway.dialects.gemini.logprobs import encode_logprobs
from sluiceway.dialects.gemini.parts import SIGNATURE, encode_call, encode_text, own_extras
from sluiceway.dialects.gemini.usage import encode_finish_reason, encode_usage
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

__all__ = ["ChunkWriter", "encode_candidate", "encode_end", "encode_head"]

_json = msgspec.json.encode

_BEFORE_TEXT = b'{"candidates":[{"content":{"parts":[{"text":'

# The latest time that has a name in RFC 3339.
_MAX_UNIX_S = 253_402_300_799


class _Block:
    """An open block: its start, what follows a delta's text, and the pieces of a call."""

    __slots__ = ("after", "is_told", "pieces", "start")

    def __init__(self, start: BlockStart, after: bytes, *, is_told: bool) -> None:
        self.start = start
        self.after = after
        self.is_told = is_told  # its start reached the reader in bytes not written here
        self.pieces: list[str] = []


class ChunkWriter:
    """Writes the payloads of one stream.

    Args:
        options: what to say where the upstream said nothing.
    """

    def __init__(self, options: EncodeOptions) -> None:
        self._options = options
        self._usage: Usage | None = None
        self._blocks: dict[int, _Block] = {}
        self._ended: list[ChoiceEnd] = []
        self._start(StreamStart())

    def follow(self, event: Event) -> None:
        """Take note of an event that reached the reader in bytes not written here."""
        match event:
            case StreamStart():
                self._start(event)
            case BlockStart():
                self._block(event, is_told=True)
            case BlockEnd(block=block):
                del self._blocks[block]
            case _:
                pass

    def encode(self, events: list[Event]) -> list[bytes]:
        """Return the payloads that tell the events."""
        payloads: list[bytes] = []
        for event in events:
            if type(event) is TextDelta and not event.logprobs:  # nearly all: 0.4 µs less than by the patterns
                if event.text:
                    payloads.append(_BEFORE_TEXT + _json(event.text) + self._blocks[event.block].after)
            else:
                self._encode(event, payloads)
        return payloads

    def _encode(self, event: Event, payloads: list[bytes]) -> None:
        match event:
            case UsageReport(usage=usage):
                self._usage = usage
            case TextDelta() | ReasoningDelta() | ToolInputDelta():
                payloads += self._delta(event)
            case BlockStart():
                payloads += self._block_start(event)
            case BlockEnd(block=block):
                payloads += self._block_end(self._blocks.pop(block))
            case ExtrasDelta():
                payloads += self._extras(event)
            case ChoiceEnd():
                self._ended.append(event)
            case StreamStart():
                self._start(event)
            case StreamEnd():
                payloads += self._last()
            case StreamError():
                payloads += [*self._last(), encode_stream_error(event)]
            case _:
                assert_never(event)

    def _start(self, start: StreamStart) -> None:
        """Fix what every chunk ends with."""
        self._head = encode_head(start, self._options)
        self._after = b"," + _json(self._head)[1:]

    def _block(self, start: BlockStart, *, is_told: bool = False) -> None:
        after = b',"thought":true' if start.kind is BlockKind.REASONING else b""
        after += b'}],"role":"model"},"index":%d}]' % start.choice + self._after
        self._blocks[start.block] = _Block(start, after, is_told=is_told)

    def _block_start(self, start: BlockStart) -> list[bytes]:
        self._block(start)
        record = own_extras(start.extras)
        if start.kind is not BlockKind.VENDOR or not record:
            return []
        return [self._part(start.choice, record)]

    def _block_end(self, block: _Block) -> list[bytes]:
        start = block.start
        if start.kind is not BlockKind.TOOL:
            return []
        # A call that began in bytes of its own is closed as Vertex AI closes them.
        part = {"functionCall": {}} if block.is_told else encode_call(start, "".join(block.pieces))
        return [self._part(start.choice, part)]

    def _delta(self, event: TextDelta | ReasoningDelta | ToolInputDelta) -> list[bytes]:
        block = self._blocks[event.block]
        match event:
            case ToolInputDelta(json=json):
                block.pieces.append(json)
                return []
            case ReasoningDelta(text=text, signature=str(signature)):
                return [self._part(block.start.choice, encode_text(BlockKind.REASONING, text, signature))]
            case TextDelta(text=text, logprobs=[_, *_] as tokens):
                candidate = encode_candidate(block.start.choice, [encode_text(block.start.kind, text)])
                return [self._chunk([{**candidate, "logprobsResult": encode_logprobs(tokens)}])]
            case _:
                return [_BEFORE_TEXT + _json(event.text) + block.after] if event.text else []

    def _extras(self, event: ExtrasDelta) -> list[bytes]:
        data = dict(own_extras(event.extras))
        if not data:
            return []
        choice = self._blocks[event.block].start.choice
        parts = [encode_text(BlockKind.TEXT, "", data.pop(SIGNATURE))] if SIGNATURE in data else []
        return [self._chunk([{**encode_candidate(choice, parts), **data}])]

    def _part(self, choice: int, part: dict[str, object]) -> bytes:
        return self._chunk([encode_candidate(choice, [part])])

    def _last(self) -> list[bytes]:
        """Return the chunk that ends the candidates."""
        if not self._ended:
            return []
        body = encode_end(self._ended, self._usage)
        self._ended = []
        return [_json({**body, **self._head})]

    def _chunk(self, candidates: list[dict[str, object]]) -> bytes:
        return b'{"candidates":' + _json(candidates) + self._after


def encode_head(start: StreamStart, options: EncodeOptions) -> dict[str, object]:
    """Return the constant part of chunks and whole answers."""
    head: dict[str, object] = {
        "modelVersion": start.model or options.model,
        "responseId": start.id or options.stream_id,
    }
    created = start.created_at_unix_s
    if created is not None and created <= _MAX_UNIX_S:
        head["createTime"] = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return head


def encode_candidate(choice: int, parts: list[dict[str, object]]) -> dict[str, object]:
    """Return a candidate that has some parts; without any it has no content."""
    return {"content": {"parts": parts, "role": "model"}, "index": choice} if parts else {"index": choice}


def encode_end(ended: list[ChoiceEnd], usage: Usage | None) -> dict[str, object]:
    """Return what the last chunk says: why each candidate ended, or why the prompt was blocked, and the counts."""
    body: dict[str, object] = {}
    candidates: list[dict[str, object]] = []
    for end in ended:
        extras = dict(own_extras(end.extras))
        feedback = extras.pop("promptFeedback", None)
        if feedback is not None:
            body["promptFeedback"] = feedback
            continue
        empty = encode_candidate(end.choice, [{"text": ""}])
        candidates.append({**extras, **empty, "finishReason": encode_finish_reason(end.reason)})
    if candidates:
        body["candidates"] = candidates
    if usage is not None:
        body["usageMetadata"] = encode_usage(usage)
    return body

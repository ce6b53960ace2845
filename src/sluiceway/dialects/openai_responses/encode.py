"""Frames → the bytes of a Responses answer, as server-sent events, NDJSON or one JSON body.

A frame that came as this dialect's server-sent event goes out as its own bytes, with every field its vendor added
(``obfuscation`` among them, which is never made here); all others are told from their events, with numbers that go on
from the last event the reader saw. NDJSON carries the same payloads, one a line.

What Responses cannot hold:

- the id another vendor gave: an answer has one that this vendor's clients can use;
- choices after the first, and blocks that only another vendor has;
- log probabilities of refusals, and empty parts of reasoning;
- the words for an end that it has no status for: a stop sequence, a pause and an unknown reason are ``completed``,
  a stopped answer is ``response.incomplete`` with the status ``cancelled``;
- of an answer that broke off its usage and the proof of unfinished reasoning, and counts that nobody knows;
- the place of text, reasoning and annotations relative to each other, in an answer that is written whole.

Source: OpenAI's API reference, "Streaming events" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from sluiceway.dialects.base import EncodeOptions, Encoder, Framing
from sluiceway.dialects.openai_responses.shapes import WIRE_JSON, WIRE_SSE, Seen
from sluiceway.dialects.openai_responses.writer import EventWriter
from sluiceway.dialects.whole import WholeEncoder
from sluiceway.events import Event, Frame, ReasoningDelta, TextDelta, ToolInputDelta
from sluiceway.fold import Completion, unfold
from sluiceway.request import Request
from sluiceway.usual import Around, Usual
from sluiceway.wire.ndjson import encode_line
from sluiceway.wire.sse import SSEDecoder, encode_comment, encode_event, plain_data

__all__ = ["StreamEncoder", "encoder"]

_SEEN = msgspec.json.Decoder(Seen)

# Nearly all events are these, whose payloads are JSON on one line: what stands before it is framed once for all.
_HEADS: Mapping[str, bytes] = MappingProxyType(
    {
        kind: encode_event(b"", kind).removesuffix(b"\n\n")
        for kind in (
            "response.output_text.delta",
            "response.reasoning_summary_text.delta",
            "response.function_call_arguments.delta",
        )
    }
)


class StreamEncoder:
    """Encodes one streaming answer for one reader.

    Frames that leave as they came are looked at too: the event that ends a text says the whole of it again. So none
    may pass by the encoder, and there is no straight wire.

    Args:
        options: the framing, `Framing.SSE` or `Framing.NDJSON`, and what to say where the upstream said nothing.
        request: what was asked for; it is not kept.
    """

    __slots__ = ("_is_sse", "_last_raw", "_parts", "_passed", "_wire", "_writer")

    def __init__(self, options: EncodeOptions, request: Request) -> None:
        self._is_sse = options.framing is Framing.SSE
        self._writer = EventWriter(options, request)
        self._parts = self._writer.parts
        self._wire: str | None = WIRE_SSE  # what may leave as it came
        self._passed = 0  # how many events left as they came since one was told, and the last of them
        self._last_raw = b""

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none."""
        events = frame.events
        raw = frame.raw
        if not raw or frame.wire != self._wire:
            return self._told(events)
        delta = events[0] if len(events) == 1 else None
        if type(delta) is TextDelta and delta.logprobs is None and delta.block in self._parts:
            self._parts[delta.block].texts.append(delta.text)  # nearly all events: 0.15 µs less than by `_follow`
        elif not self._follow(events, raw):
            return self._told(events)
        self._passed += 1
        self._last_raw = raw
        return raw if self._is_sse else encode_line(_payload(raw))

    def heartbeat(self) -> bytes:
        """Return a comment, or an empty line, which decoders of NDJSON skip."""
        return encode_comment("ping") if self._is_sse else b"\n"

    def telling(self, _usual: Usual) -> Around | None:
        """Return nothing: events are numbered."""
        return None

    def _follow(self, events: list[Event], raw: bytes) -> bool:
        """Take note of an event that leaves as it came; return whether it can."""
        match events:
            case [TextDelta() | ReasoningDelta() | ToolInputDelta() as delta]:
                self._writer.follow_delta(delta)
            case _:
                payload = _peek(raw)
                if payload.type == "response.output_item.added" and payload.output_index is None:
                    # llama.cpp sends no indices, and OpenAI's client cannot do without.
                    self._wire = None
                    return False
                self._writer.follow(events, payload)
        return True

    def _told(self, events: list[Event]) -> bytes:
        if self._passed:
            number = _peek(self._last_raw).sequence_number
            out = self._writer.out
            out.number = number + 1 if isinstance(number, int) else out.number + self._passed
            self._passed = 0
        told = self._writer.encode(events)
        if self._is_sse:
            return b"".join(
                [
                    _HEADS[kind] + payload + b"\n\n" if kind in _HEADS else encode_event(payload, kind)
                    for kind, payload in told
                ]
            )
        return b"".join([encode_line(payload) for _, payload in told])


def encoder(options: EncodeOptions, request: Request) -> Encoder:
    """Return the encoder for the framing asked for."""
    if options.framing is Framing.JSON:
        writer = EventWriter(options, request)
        return WholeEncoder(lambda completion: _encode_completion(completion, writer), WIRE_JSON)
    return StreamEncoder(options, request)


def _encode_completion(completion: Completion, writer: EventWriter) -> bytes:
    """Return the response object of a finished answer."""
    writer.follow(unfold(completion))
    _, response = writer.finished()
    return response


def _payload(raw: bytes) -> bytes:
    """Return the payload of an event as it came, on one line: between JSON's tokens a line end is a space."""
    decoder = SSEDecoder(len(raw))
    return b"".join([event.data.replace(b"\n", b" ") for event in decoder.feed(raw) + decoder.close()])


def _peek(raw: bytes) -> Seen:
    """Return what an event that left as it came says; nothing, when it is no object."""
    data = plain_data(raw)
    try:
        return _SEEN.decode(_payload(raw) if data is None else data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Seen()

"""Frames → the bytes of a streaming completion, as server-sent events or NDJSON.

A frame that came as the dialect's own server-sent event goes out as its own bytes, with every field its vendor added;
all others are told from their events. NDJSON carries the same payloads, one a line, and says nothing for ``[DONE]``:
the end of the body is its end. An error ends a stream with an ``error`` payload, on which official clients raise, and
``[DONE]``, for which others wait.

Upstreams are asked for usage even when the reader did not ask, so the chunk that holds nothing else is kept from him.
One that told none although it was asked has the counts that were estimated here put before its ``[DONE]``.

Source: OpenAI's API reference, "Streaming" (August 2026).
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.openai_api.choices import DONE
from sluiceway.dialects.steady import around
from sluiceway.events import (
    Event,
    Frame,
    ReasoningDelta,
    StreamEnd,
    StreamError,
    TextDelta,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.usual import Around, Usual
from sluiceway.wire.ndjson import encode_line
from sluiceway.wire.sse import SSEDecoder, encode_comment, encode_event

__all__ = ["Payloads", "StreamEncoder"]

_DELTAS = frozenset({TextDelta, ReasoningDelta, ToolInputDelta})

# {"id":…,"object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{…}} and what each chunk has;
# llama.cpp adds "timings":{"prompt_n":15,…}
_USAGE_CHUNK_FIELDS = frozenset(
    {
        "id",
        "object",
        "created",
        "model",
        "choices",
        "usage",
        "system_fingerprint",
        "service_tier",
        "obfuscation",
        "timings",
    }
)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NO_CHOICES = b"[]"


class Payloads(Protocol):
    """Writes the payloads of one stream."""

    def follow(self, event: Event) -> None:
        """Take note of an event that reached the reader in bytes not written here."""
        ...

    def encode(self, events: list[Event]) -> list[bytes]:
        """Return the payloads that tell the events."""
        ...

    def usage_chunk(self) -> list[bytes]:
        """Return the chunk with the usage that was told by an event, if the reader wants it."""
        ...


class StreamEncoder:
    """Encodes one streaming answer for one reader.

    Args:
        options: the framing, `Framing.SSE` or `Framing.NDJSON`, and what the reader asked for.
        writer: writes the dialect's payloads.
        wire: the wire form of the dialect's server-sent events.
    """

    __slots__ = ("_hides_usage", "_is_sse", "_wire", "_writer")

    def __init__(self, options: EncodeOptions, writer: Payloads, wire: str) -> None:
        self._is_sse = options.framing is Framing.SSE
        self._hides_usage = not options.include_usage
        self._writer = writer
        self._wire = wire

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none."""
        events = frame.events
        raw = frame.raw
        if not raw or frame.wire != self._wire:
            return self._frame(self._writer.encode(events))
        if len(events) != 1 or type(events[0]) not in _DELTAS:
            return self._verbatim(raw, events)
        return raw if self._is_sse else self._frame(_payloads(raw))

    def heartbeat(self) -> bytes:
        """Return a comment, or an empty line, which decoders of NDJSON skip."""
        return encode_comment("ping") if self._is_sse else b"\n"

    def telling(self, usual: Usual) -> Around | None:
        """Return what stands around each text of the usual event, as this reader gets it."""
        return around(self.encode, usual)

    def _verbatim(self, raw: bytes, events: list[Event]) -> bytes:
        """Return the bytes of a frame that says more than one delta."""
        has_usage = False
        beginning: list[bytes] = []
        ending: list[bytes] = []
        for event in events:
            self._writer.follow(event)
            if type(event) is UsageReport:
                has_usage = True
            elif type(event) is StreamError:
                ending = [DONE]
            elif type(event) is StreamEnd:
                beginning = self._writer.usage_chunk()
        if has_usage and self._hides_usage and _is_usage_only(raw):
            return b""
        own = raw if self._is_sse else self._frame(_payloads(raw))
        return self._frame(beginning) + own + self._frame(ending)

    def _frame(self, payloads: list[bytes]) -> bytes:
        if self._is_sse:
            return b"".join([encode_event(payload) for payload in payloads])
        return b"".join([encode_line(payload) for payload in payloads if not payload.startswith(DONE)])


def _payloads(raw: bytes) -> list[bytes]:
    """Return the payloads of events as they came, each on one line: between JSON's tokens a line end is a space."""
    decoder = SSEDecoder(len(raw))
    return [event.data.replace(b"\n", b" ") for event in decoder.feed(raw) + decoder.close() if event.data]


def _is_usage_only(raw: bytes) -> bool:
    (payload,) = _payloads(raw)
    fields = _FIELDS.decode(payload)
    return bytes(fields.get("choices", b"")) == _NO_CHOICES and fields.keys() <= _USAGE_CHUNK_FIELDS

r"""Frames → the bytes of a Gemini answer, as server-sent events, one growing list, NDJSON or one JSON body.

A frame that came as this dialect's server-sent event goes out as its own bytes, with every field its vendor added;
all others are told from their events. Events have CRLF line ends, as Google's have. The list is what Google streams
without ``alt=sse``: ``[{…}\r\n,\r\n{…}]``; whatever happens, it ends as JSON. The end of the body is the end.

Comments, types and ids are neither written nor handed on, though SSE has them: Google's own client takes any line
that is not data for a piece of JSON. A heartbeat is two empty lines, which its clients skip, whether they look for
lines or for blocks.

Source: Google's API reference, "streamGenerateContent" (August 2026); google-genai 1.30.
"""

from __future__ import annotations

from types import MappingProxyType

from sluiceway.dialects.base import EncodeOptions, Encoder, Framing
from sluiceway.dialects.gemini.answer import split_payload
from sluiceway.dialects.gemini.chunks import ChunkWriter
from sluiceway.dialects.gemini.completion import unary_encoder
from sluiceway.dialects.gemini.decode import DONE
from sluiceway.dialects.gemini.shapes import WIRE_SSE
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
from sluiceway.wire.sse import SSEDecoder, encode_crlf_event

__all__ = ["StreamEncoder", "encoder"]

_UNNOTED = frozenset({TextDelta, ReasoningDelta, ToolInputDelta, UsageReport})
_ENDINGS = (StreamEnd, StreamError)

# Shorter events may be another dialect's [DONE], or the end of the body, and are looked at.
_LONGEST_MARK = 20

# Payloads are JSON on one line, so what stands around them is the same for all.
_MARK = b"\0"
_BEFORE, _AFTER = encode_crlf_event(_MARK).split(_MARK)

_HEARTBEATS = MappingProxyType({Framing.SSE: b"\r\n\r\n", Framing.NDJSON: b"\n", Framing.JSON_ARRAY: b"\r\n"})


class StreamEncoder:
    """Encodes one streaming answer for one reader.

    Args:
        options: the framing, `Framing.SSE`, `Framing.JSON_ARRAY` or `Framing.NDJSON`.
    """

    __slots__ = ("_framing", "_is_sse", "_list_mark", "_writer")

    def __init__(self, options: EncodeOptions) -> None:
        self._framing = options.framing
        self._is_sse = options.framing is Framing.SSE
        self._list_mark = b"["  # what stands before the next element
        self._writer = ChunkWriter(options)

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none."""
        events = frame.events
        raw = frame.raw
        if not raw or frame.wire != WIRE_SSE:
            return self._frame(self._writer.encode(events), events)
        for event in events:
            if type(event) not in _UNNOTED:
                self._writer.follow(event)
        return raw if self._is_sse and len(raw) > _LONGEST_MARK else self._frame(_payloads(raw), events)

    def heartbeat(self) -> bytes:
        """Return empty lines, which say nothing in any framing."""
        return _HEARTBEATS[self._framing]

    def telling(self, usual: Usual) -> Around | None:
        """Return what stands around each text of the usual event, as this reader gets it."""
        return None if self._framing is Framing.JSON_ARRAY else around(self.encode, usual)  # its first differs

    def _frame(self, payloads: list[bytes], events: list[Event]) -> bytes:
        if self._is_sse:
            return b"".join([_BEFORE + payload + _AFTER for payload in payloads])
        if self._framing is Framing.NDJSON:
            return b"".join([encode_line(payload) for payload in payloads])
        data = b""
        for payload in payloads:
            data += self._list_mark + payload
            self._list_mark = b"\r\n,\r\n"
        if events and isinstance(events[-1], _ENDINGS):
            data += b"[]" if self._list_mark == b"[" else b"]"
        return data


def encoder(options: EncodeOptions) -> Encoder:
    """Return the encoder for the framing asked for."""
    return unary_encoder(options) if options.framing is Framing.JSON else StreamEncoder(options)


def _payloads(raw: bytes) -> list[bytes]:
    """Return the payloads of events as they came, each on one line: between JSON's tokens a line end is a space."""
    decoder = SSEDecoder(len(raw))
    events = decoder.feed(raw) + decoder.close()
    lines = [event.data.replace(b"\n", b" ") for event in events if event.data != DONE]
    return [payload for line in lines if line for payload in split_payload(line)]

"""Frames → the bytes of a Messages answer, as server-sent events, NDJSON or one JSON body.

A frame that came as this dialect's server-sent event goes out as its own bytes, with every field its vendor added;
all others are told from their events. NDJSON carries the same payloads, one a line.

What this dialect cannot say of an answer:

- other choices than the first are left out;
- log probabilities are left out;
- blocks, citations and other extras that only another vendor has are left out;
- a refusal is text, and the answer then ends with ``refusal``; where another reason was given, that one stays;
- an answer that was stopped on request, or ended for a reason not known here, ends with ``end_turn``;
- counts that are not known, where clients demand a number, are 0: at the end in a record that calls itself an
  estimate, at the start in one that the end replaces;
- the time stamp is left out;
- reason and counts are told at the end, and so not at all where the answer breaks off;
- the error that breaks an answer off has one of Anthropic's types, and no code of ours or of another vendor;
- the input of a call that is no JSON object stands in a whole message as ``{"INVALID_JSON": "…"}``.

Blocks that run side by side are told side by side, each with its index: clients go by it, though Anthropic's own
answers have one block after the other.

Source: Anthropic's API reference, "Streaming messages" (August 2026).
"""

from __future__ import annotations

from sluiceway.dialects.anthropic.completion import unary_encoder
from sluiceway.dialects.anthropic.payloads import MessageWriter, Payload
from sluiceway.dialects.anthropic.shapes import WIRE_SSE
from sluiceway.dialects.base import EncodeOptions, Encoder, Framing
from sluiceway.dialects.steady import around
from sluiceway.events import Frame, ReasoningDelta, TextDelta, ToolInputDelta
from sluiceway.usual import Around, Usual
from sluiceway.wire.ndjson import encode_line
from sluiceway.wire.sse import SSEDecoder, encode_event

__all__ = ["StreamEncoder", "encoder"]

_DELTAS = frozenset({TextDelta, ReasoningDelta, ToolInputDelta})
_PING = b'{"type":"ping"}'

# Nearly all events are deltas, whose payloads are JSON on one line: framed once for all they take 1 µs less of 3.
_DELTA = "content_block_delta"
_DELTA_HEAD = encode_event(b"", _DELTA).removesuffix(b"\n\n")


class StreamEncoder:
    """Encodes one streaming answer for one reader.

    Args:
        options: the framing, `Framing.SSE` or `Framing.NDJSON`, and what to say where the upstream said nothing.
    """

    __slots__ = ("_is_sse", "_writer")

    def __init__(self, options: EncodeOptions) -> None:
        self._is_sse = options.framing is Framing.SSE
        self._writer = MessageWriter(options)

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none."""
        events = frame.events
        raw = frame.raw
        if not raw or frame.wire != WIRE_SSE:
            return self._frame(self._writer.encode(events))
        if len(events) != 1 or type(events[0]) not in _DELTAS:
            for event in events:
                self._writer.follow(event)
        return raw if self._is_sse else _as_lines(raw)

    def heartbeat(self) -> bytes:
        """Return a ping, which the vendor sends too, and which may come anywhere."""
        return self._frame([("ping", _PING)])

    def telling(self, usual: Usual) -> Around | None:
        """Return what stands around each text of the usual event, as this reader gets it."""
        return around(self.encode, usual)

    def _frame(self, payloads: list[Payload]) -> bytes:
        if self._is_sse:
            return b"".join(
                [
                    _DELTA_HEAD + payload + b"\n\n" if name == _DELTA else encode_event(payload, name)
                    for name, payload in payloads
                ]
            )
        return b"".join([encode_line(payload) for _, payload in payloads])


def encoder(options: EncodeOptions) -> Encoder:
    """Return the encoder for the framing asked for."""
    return unary_encoder(options) if options.framing is Framing.JSON else StreamEncoder(options)


def _as_lines(raw: bytes) -> bytes:
    """Return the payloads of events as they came, each on one line: between JSON's tokens a line end is a space."""
    decoder = SSEDecoder(len(raw))
    events = decoder.feed(raw) + decoder.close()
    return b"".join([encode_line(event.data.replace(b"\n", b" ")) for event in events if event.data])

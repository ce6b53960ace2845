"""Frames → the bytes of an Ollama answer, as NDJSON, server-sent events or one JSON body.

A frame that came as a line of the same form goes out as its own bytes; all others are told from their events. As
server-sent events the lines are the payloads. Ollama knows no heartbeat: its clients read each line as JSON, so an
empty one would break them, but a space before the next line is nothing to them.

What the dialect cannot hold is left out: answers beside the first choice, borders between blocks of one kind, whether
text is a refusal, signatures of reasoning, parts of the token counts (cached, reasoning), reasons to end beside
``stop`` and ``length``, an error's code, fractions of seconds, and pieces of tool arguments, which are sent when they
are whole.

Source: Ollama's API reference (August 2026), and its client libraries.
"""

from __future__ import annotations

from sluiceway.dialects.base import EncodeOptions, Encoder, Framing
from sluiceway.dialects.ollama.completion import unary_encoder
from sluiceway.dialects.ollama.lines import LineWriter
from sluiceway.dialects.ollama.shapes import Form
from sluiceway.dialects.steady import around
from sluiceway.events import Frame, ReasoningDelta, TextDelta, ToolInputDelta
from sluiceway.usual import Around, Usual
from sluiceway.wire.ndjson import encode_line
from sluiceway.wire.sse import encode_comment, encode_event

__all__ = ["StreamEncoder", "encoder"]

_DELTAS = frozenset({TextDelta, ReasoningDelta, ToolInputDelta})
_WHITE_SPACE = b" \t\r\n"

# Ollama escapes the last two itself.
_LINE_ENDS = (
    ("\x85".encode(), rb"\u0085"),
    ("\u2028".encode(), rb"\u2028"),
    ("\u2029".encode(), rb"\u2029"),
)


class StreamEncoder:
    """Encodes one streaming answer for one reader.

    Args:
        form: the form the reader's endpoint answers in.
        options: the framing, `Framing.SSE` or `Framing.NDJSON`, and what to say where the upstream said nothing.
    """

    __slots__ = ("_is_sse", "_wire", "_writer")

    def __init__(self, form: Form, options: EncodeOptions) -> None:
        self._wire = form.wire_ndjson
        self._is_sse = options.framing is Framing.SSE
        self._writer = LineWriter(form, options)

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none."""
        events = frame.events
        raw = frame.raw
        if not raw or frame.wire != self._wire:
            return b"".join([self._frame(_escape(line)) for line in self._writer.encode(events)])
        if len(events) != 1 or type(events[0]) not in _DELTAS:
            for event in events:
                self._writer.follow(event)
        return self._frame(_payload(raw)) if self._is_sse else raw

    def heartbeat(self) -> bytes:
        """Return a comment, or a space, which JSON allows before the next line."""
        return encode_comment("ping") if self._is_sse else b" "

    def telling(self, usual: Usual) -> Around | None:
        """Return what stands around each text of the usual event, as this reader gets it."""
        return around(self.encode, usual)

    def _frame(self, line: bytes) -> bytes:
        return encode_event(line) if self._is_sse else encode_line(line)


def encoder(form: Form, options: EncodeOptions) -> Encoder:
    """Return the encoder for the framing asked for."""
    return unary_encoder(form, options) if options.framing is Framing.JSON else StreamEncoder(form, options)


def _escape(line: bytes) -> bytes:
    """Return the line with the characters escaped at which clients in Python end a line, though JSON does not."""
    if line.isascii():
        return line
    for character, escaped in _LINE_ENDS:
        line = line.replace(character, escaped)
    return line


def _payload(raw: bytes) -> bytes:
    """Return the payload of a line as it came: between JSON's tokens a carriage return is a space."""
    return raw.strip(_WHITE_SPACE).replace(b"\r", b" ")

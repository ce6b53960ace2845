"""A whole answer as one JSON body → events; or, where the body turns out to be lines, those as they come.

Ollama's cloud sends the lines of a stream as ``application/json``, the type of a whole answer. They differ in the
first line: a stream's is whole, and not done. A local server answers a request to load a model with one whole answer
even when a stream was asked for.

Source: Ollama's API reference (August 2026), and recorded answers.
"""

from __future__ import annotations

import sys

import msgspec

from sluiceway.dialects.ollama.decode import LineDecoder
from sluiceway.dialects.ollama.reading import Reading
from sluiceway.dialects.ollama.shapes import NAME, Form, Line
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import Event, Frame
from sluiceway.usual import Usual
from sluiceway.wire.ndjson import NDJSONDecoder

__all__ = ["AnswerDecoder"]

_LINE = msgspec.json.Decoder(Line)


class AnswerDecoder:
    """Decodes one answer that comes whole, or in lines after all; a `sluiceway.dialects.base.Decoder`.

    Args:
        max_body_bytes: the limit of a whole body, or of one line.
    """

    __slots__ = ("_bytes", "_decoder", "_lines", "_max_body_bytes", "_reading", "usual")

    def __init__(self, max_body_bytes: int) -> None:
        self.usual: Usual | None = None
        self._max_body_bytes = max_body_bytes
        self._reading = Reading()
        self._lines = NDJSONDecoder(sys.maxsize)
        self._bytes = 0
        self._decoder: LineDecoder | WholeDecoder | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """Take a slice of the body; frames come when it is lines, or too large."""
        if self._decoder is not None:
            return self._decoder.feed(data)
        self._bytes += len(data)
        lines = self._lines.feed(data)
        if not lines and self._bytes <= self._max_body_bytes:
            return []
        is_stream = bool(lines) and _is_unfinished(lines[0].data)
        self._decoder = LineDecoder(self._max_body_bytes) if is_stream else self._whole()
        return self._decoder.feed(b"".join(line.raw for line in lines) + self._lines.tail)

    def close(self) -> list[Frame]:
        """Take the end of the body and return the answer."""
        if self._decoder is None:
            self._decoder = self._whole()
            self._decoder.feed(self._lines.tail)
        frames = self._decoder.close()
        if self._reading.form is not Form.GENERATE:
            return frames
        return [Frame(frame.events, Form.GENERATE.wire_json if frame.wire else "", frame.raw) for frame in frames]

    def _whole(self) -> WholeDecoder:
        return WholeDecoder(self._decode, Form.CHAT.wire_json, self._max_body_bytes)

    def _decode(self, body: bytes) -> list[Event]:
        events: list[Event] = []
        reading = self._reading
        line = reading.read(body, events)
        if reading.is_over:
            return events
        if line.done is False or not reading.is_started:
            raise RemoteProtocolError("the upstream's answer is not a finished one", dialect=NAME)
        reading.end_unsaid(events)
        return events


def _is_unfinished(payload: bytes) -> bool:
    try:
        return _LINE.decode(payload).done is False
    except (msgspec.DecodeError, RecursionError):
        return False

"""Lines of a streaming answer → frames.

The form of the answer is known with its first line, and names the wire form of the frames. A last line that lacks its
line end gets one, so that it is a line in any company.

Source: Ollama's API reference (August 2026). Its lines come as ``application/x-ndjson``, and from its cloud as
``application/json``.
"""

from __future__ import annotations

from sluiceway.dialects.ollama.reading import Reading
from sluiceway.dialects.ollama.shapes import Form
from sluiceway.dialects.stream import StreamDecoder
from sluiceway.events import Frame
from sluiceway.usual import Usual
from sluiceway.wire.ndjson import NDJSONDecoder, NDJSONLine

__all__ = ["LineDecoder"]


class _Lines(NDJSONDecoder):
    __slots__ = ()

    def close(self) -> list[NDJSONLine]:
        return [NDJSONLine(line.data, line.raw + b"\n") for line in super().close()]


class LineDecoder:
    """Decodes one streaming answer; a `sluiceway.dialects.base.Decoder`.

    Args:
        max_line_bytes: the limit of one line.
    """

    __slots__ = ("_decoder", "_is_form_known", "_lines", "_max_line_bytes", "_reading", "usual")

    def __init__(self, max_line_bytes: int) -> None:
        self.usual: Usual | None = None
        self._max_line_bytes = max_line_bytes
        self._lines = _Lines(max_line_bytes)
        self._reading = Reading()
        self._is_form_known = False
        self._decoder = self._decode_as(Form.CHAT)

    def feed(self, data: bytes) -> list[Frame]:
        """Take a slice of the body and return the frames it completes."""
        frames = self._decoder.feed(data)
        return frames if self._is_form_known or not frames else self._name(frames)

    def close(self) -> list[Frame]:
        """Take the end of the body and return the last frames, if the end was not told before."""
        frames = self._decoder.close()
        return frames if self._is_form_known else self._name(frames)

    def _decode_as(self, form: Form) -> StreamDecoder[NDJSONLine]:
        return StreamDecoder(self._lines, self._reading, form.wire_ndjson, self._max_line_bytes)

    def _name(self, frames: list[Frame]) -> list[Frame]:
        """Name the first frames, and those to come, by the form that was found."""
        self._is_form_known = True
        if self._reading.form is not Form.GENERATE:
            return frames
        self._decoder = self._decode_as(Form.GENERATE)
        return [Frame(frame.events, Form.GENERATE.wire_ndjson if frame.wire else "", frame.raw) for frame in frames]

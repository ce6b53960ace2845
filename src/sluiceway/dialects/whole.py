"""Answers that come, or go, as one whole body: nothing is said before the end.

The dialect hands in what it knows: the meaning of a body, and the body of a completion.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sluiceway.dialects.base import Decoder
from sluiceway.dialects.stream import malformed
from sluiceway.errors import BufferLimitExceeded, EngineUnavailable, RemoteProtocolError, SluicewayError
from sluiceway.events import Event, Frame, StreamEnd, StreamError
from sluiceway.fold import Completion, Folder
from sluiceway.usual import Around, Usual

__all__ = ["WholeDecoder", "WholeEncoder", "stream_or_whole"]


def stream_or_whole(
    stream_decoder: Callable[[int], Decoder], whole_decoder: Callable[[int], Decoder]
) -> Callable[[bool, int], Decoder]:
    """Return the two as a dialect has them: as one function, told whether the answer streams."""
    return lambda is_stream, max_bytes: (stream_decoder if is_stream else whole_decoder)(max_bytes)


class WholeDecoder:
    """Decodes one answer that comes whole; a `sluiceway.dialects.base.Decoder`.

    Args:
        decode: the body → all events. Raises `msgspec.DecodeError` or `RemoteProtocolError`.
        wire: the wire form of the frame.
        max_body_bytes: the limit of the body.
    """

    __slots__ = ("_body", "_decode", "_is_over", "_max_body_bytes", "_wire", "usual")

    def __init__(self, decode: Callable[[bytes], list[Event]], wire: str, max_body_bytes: int) -> None:
        self.usual: Usual | None = None
        self._decode = decode
        self._wire = wire
        self._max_body_bytes = max_body_bytes
        self._body = bytearray()
        self._is_over = False

    def feed(self, data: bytes) -> list[Frame]:
        """Take a slice of the body; a frame comes only when it is too large."""
        if self._is_over:
            return []
        self._body += data
        if len(self._body) <= self._max_body_bytes:
            return []
        self._body.clear()
        return [self._fail(BufferLimitExceeded(f"the upstream's answer is larger than {self._max_body_bytes} bytes"))]

    def close(self) -> list[Frame]:
        """Take the end of the body and return the answer."""
        if self._is_over:
            return []
        self._is_over = True
        body = bytes(self._body)
        if not body.strip():
            return [self._fail(EngineUnavailable("the upstream ended its answer before it began"))]
        try:
            events = self._decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return [self._fail(malformed(error))]
        except RemoteProtocolError as error:
            return [self._fail(error)]
        return [Frame(events, self._wire, body)]

    def _fail(self, error: SluicewayError) -> Frame:
        self._is_over = True
        return Frame([StreamError(error.code, error.message)])


class WholeEncoder:
    """Encodes one answer for a reader who wants it whole; a `sluiceway.dialects.base.Encoder`.

    An answer that came as the same wire form goes out as its own bytes; any other is gathered and written at its end.
    An answer that breaks off gives nothing: its error has an HTTP status, which is the server's to send.

    Args:
        encode: a finished completion → the body.
        wire: the wire form.
    """

    __slots__ = ("_encode", "_folder", "_wire")

    def __init__(self, encode: Callable[[Completion], bytes], wire: str) -> None:
        self._encode = encode
        self._wire = wire
        self._folder = Folder()

    def encode(self, frame: Frame) -> bytes:
        """Return nothing until the frame that ends the answer, and then the whole body."""
        last = frame.events[-1] if frame.events else None
        if frame.wire == self._wire and frame.raw and type(last) is not StreamError:
            return frame.raw
        for event in frame.events:
            self._folder.feed(event)
        return self._encode(self._folder.completion()) if type(last) is StreamEnd else b""

    def heartbeat(self) -> bytes:
        """Return nothing: the body is written in one piece."""
        return b""

    def telling(self, _usual: Usual) -> Around | None:
        """Return nothing: all of it is one body."""
        return None

"""llama.cpp's form of the chat dialect: always a stream, with a sign of life during the prompt.

llama.cpp notices that a reader left only when it writes. A non-streaming answer is written at the very end, and
nothing is written while the prompt is read, so both would be computed for nobody (measured with build 11549: a
non-streaming answer ran on to the end of its context after the connection was closed). Asking for a stream with
``return_progress`` makes it write after every stretch of ``batch_tokens``.
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import Decoder, Dialect
from sluiceway.events import Frame
from sluiceway.request import Request

__all__ = ["llama_dialect", "streaming"]

_PROGRESS = b'"prompt_progress":{'
_TAIL = b',"return_progress":true}'


def streaming(request: Request) -> Request:
    """Return the request as llama.cpp is asked: as a stream that ends with the usage."""
    return request if request.stream else msgspec.structs.replace(request, stream=True, include_usage=True)


def llama_dialect(dialect: Dialect) -> Dialect:
    """Return ``dialect``, which is OpenAI's, as llama.cpp is spoken to."""

    def encode_request(request: Request) -> bytes:
        # {"model":…,"messages":[…],"stream":true} has at least one member; the last of two of a name is llama.cpp's
        return dialect.encode_request(request).rstrip()[:-1] + _TAIL

    def decoder(is_stream: bool, max_bytes: int) -> Decoder:  # noqa: FBT001 - a dialect's signature
        return _ProgressFilter(dialect.decoder(is_stream, max_bytes))

    return msgspec.structs.replace(dialect, encode_request=encode_request, decoder=decoder)


class _ProgressFilter:
    """A decoder that keeps progress to itself, but for the first frame, which begins the answer."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def feed(self, data: bytes) -> list[Frame]:
        return [frame for frame in self._decoder.feed(data) if frame.events or _PROGRESS not in frame.raw]

    def close(self) -> list[Frame]:
        return self._decoder.close()

"""llama.cpp's form of the chat dialect: always a stream, with a sign of life during the prompt.

llama.cpp notices that a reader left only when it writes. A non-streaming answer is written at the very end, and
nothing is written while the prompt is read, so both would be computed for nobody (measured with build 11549: a
non-streaming answer ran on to the end of its context after the connection was closed). Asking for a stream with
``return_progress`` makes it write after every stretch of ``batch_tokens``.
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import Decoder, Dialect, UpstreamSide
from sluiceway.engines.llama.tool_choice import choose_tools
from sluiceway.events import Event, Frame
from sluiceway.request import Request
from sluiceway.usual import Usual

__all__ = ["llama_dialect", "streaming"]

_PROGRESS = b'"prompt_progress":{'
_TAIL = b',"return_progress":true}'


def streaming(request: Request) -> Request:
    """Return the request as llama.cpp is asked: as a stream that ends with the usage."""
    return request if request.stream else msgspec.structs.replace(request, stream=True, include_usage=True)


def llama_dialect(dialect: Dialect) -> Dialect:
    """Return ``dialect``, which is OpenAI's, as llama.cpp is spoken to."""
    side = dialect.upstream
    assert side is not None
    return msgspec.structs.replace(dialect, upstream=_llama_side(side))


def _llama_side(side: UpstreamSide) -> UpstreamSide:
    def encode_request(request: Request) -> bytes:
        # {"model":…,"messages":[…],"stream":true} has at least one member; the last of two of a name is llama.cpp's
        return choose_tools(side.encode_request(request), request).rstrip()[:-1] + _TAIL

    return msgspec.structs.replace(
        side,
        encode_request=encode_request,
        decoder=lambda is_stream, max_bytes: _ProgressFilter(side.decoder(is_stream, max_bytes)),
    )


class _ProgressFilter:
    """A decoder that keeps progress to itself: the answer begins with the first frame that says something."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._held: list[Event] = []
        self._is_reading = True

    @property
    def usual(self) -> Usual | None:
        return self._decoder.usual

    def feed(self, data: bytes) -> list[Frame]:
        frames = self._decoder.feed(data)
        return self._without_progress(frames) if self._is_reading else frames

    def close(self) -> list[Frame]:
        return self._without_progress(self._decoder.close())

    def _without_progress(self, frames: list[Frame]) -> list[Frame]:
        kept = []
        for frame in frames:
            if _PROGRESS in frame.raw:
                # "delta":{"role":"assistant","content":null} stands in the first of these too, and once is enough
                self._held += frame.events
            else:
                kept.append(Frame([*self._held, *frame.events], frame.wire, frame.raw))
                self._held = []
                self._is_reading = False
        return kept

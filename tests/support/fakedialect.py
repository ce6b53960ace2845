"""A tiny dialect for tests of what carries dialects: one line of text is one delta.

Streaming: ``t <text>`` is a delta, ``#`` alone a keepalive, ``finish`` ends the choice, ``end`` the answer, ``fail
<words>`` is the upstream's own error; anything else breaks the dialect. Unary: the whole body is one delta.
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import (
    Decoder,
    Dialect,
    EncodeOptions,
    Encoder,
    Endpoint,
    ReaderSide,
    UpstreamSide,
)
from sluiceway.errors import (
    BufferLimitExceeded,
    RemoteProtocolError,
    SluicewayError,
    UnsupportedFeature,
    UpstreamFailed,
)
from sluiceway.events import Event, Frame, StreamEnd, StreamError, TextDelta
from sluiceway.features import Rule
from sluiceway.request import Request
from sluiceway.usual import Usual

__all__ = ["FAKE"]

_END = (StreamEnd, StreamError)


class _StreamDecoder:
    usual: Usual | None = None

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._line = b""
        self._is_finished = False
        self._is_over = False

    def feed(self, data: bytes) -> list[Frame]:
        frames: list[Frame] = []
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            if not self._is_over:
                self._decode(line, frames)
        if len(self._line) > self._max_bytes and not self._is_over:
            self._line = b""
            self._finish(StreamError(BufferLimitExceeded.code, "one line is too long"), b"", frames)
        return frames

    def close(self) -> list[Frame]:
        frames: list[Frame] = []
        if not self._is_over:
            end = StreamEnd() if self._is_finished else StreamError(RemoteProtocolError.code, "no finish")
            self._finish(end, b"", frames)
        return frames

    def _decode(self, line: bytes, frames: list[Frame]) -> None:
        word, _, text = line.decode().partition(" ")
        raw = line + b"\n"
        if word == "t":
            frames.append(Frame([TextDelta(0, text)], "fake/sse", raw))
        elif word == "#":
            frames.append(Frame([], "fake/sse", raw))
        elif word == "finish":
            self._is_finished = True
        elif word == "end":
            self._finish(StreamEnd(), raw, frames)
        elif word == "fail":
            self._finish(StreamError(UpstreamFailed.code, text), raw, frames)
        else:
            self._finish(StreamError(RemoteProtocolError.code, "no such line"), raw, frames)

    def _finish(self, event: Event, raw: bytes, frames: list[Frame]) -> None:
        self._is_over = True
        frames.append(Frame([event], "fake/sse", raw))


class _UnaryDecoder:
    usual: Usual | None = None

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._body = b""
        self._is_over = False

    def feed(self, data: bytes) -> list[Frame]:
        self._body += data
        if len(self._body) > self._max_bytes and not self._is_over:
            self._is_over = True
            return [Frame([StreamError(BufferLimitExceeded.code, "the body is too long")])]
        return []

    def close(self) -> list[Frame]:
        return [Frame([TextDelta(0, self._body.decode()), StreamEnd()], "fake/json", self._body)]


def _decoder(is_stream: bool, max_bytes: int) -> Decoder:
    return _StreamDecoder(max_bytes) if is_stream else _UnaryDecoder(max_bytes)


def _encode_request(request: Request) -> bytes:
    if request.model == "unspeakable":
        raise UnsupportedFeature("no such model in this dialect", field="model")
    return request.model.encode()


def _decode_models(body: bytes) -> list[str]:
    try:
        return msgspec.json.decode(body, type=list[str])
    except msgspec.MsgspecError:
        raise RemoteProtocolError("no list of models") from None


def _encoder(_options: EncodeOptions, _request: Request) -> Encoder:
    raise NotImplementedError


def _encode_error(error: SluicewayError) -> bytes:
    return error.message.encode()


FAKE = Dialect(
    name="fake",
    reader=ReaderSide(
        endpoints=(Endpoint("/complete", lambda body, _target: Request(body.decode(), []), _encoder),),
        encode_error=_encode_error,
    ),
    upstream=UpstreamSide(
        path=lambda _request: "/complete",
        models_path="/models",
        encode_request=_encode_request,
        decoder=_decoder,
        decode_error=lambda body: body.decode().removeprefix("error: ") if body.startswith(b"error: ") else "",
        headers=lambda key: [("Authorization", f"Bearer {key}")] if key else [],
        decode_models=_decode_models,
        rules={"seed": Rule.DROP},
    ),
)

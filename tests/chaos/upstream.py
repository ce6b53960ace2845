"""An upstream whose every answer is known beforehand, and which keeps a transcript: what it said, when, and to whom.

Token ``i`` of an answer is ``i`` and letters of two and four bytes of UTF-8, so that a cut has something to cut.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import time
from typing import Any, Self, cast

import msgspec

__all__ = ["Answer", "Spec", "Upstream", "decode_spec", "token_of"]

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_DONE = b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Spec(msgspec.Struct, frozen=True):
    """What an answer is to be; as a model's name ``<name>:<tokens>:<gap ms>:<first ms>:<pad bytes>``.

    Attributes:
        name: of the answer.
        tokens: how many it has.
        gap_ms: between two of them.
        first_ms: what the first one is waited for, beyond a gap.
        pad_bytes: how much longer than it need be each is.
    """

    name: str
    tokens: int
    gap_ms: int
    first_ms: int = 0
    pad_bytes: int = 0

    @property
    def model(self) -> str:
        """The model's name that asks for it."""
        return f"{self.name}:{self.tokens}:{self.gap_ms}:{self.first_ms}:{self.pad_bytes}"


def decode_spec(model: str) -> Spec:
    """Return what a model's name asks for."""
    name, *numbers = model.split(":")
    return Spec(name, *map(int, numbers))


def token_of(number: int, pad_bytes: int = 0) -> str:
    """Return a token."""
    return f"{number}·é🙂{'x' * pad_bytes} "


class Answer(msgspec.Struct):
    """The transcript of one answer.

    Attributes:
        asked: how often it was asked for.
        sent_at: when each token was sent (monotonic seconds).
        closed_at: when its connection was closed before its end; infinite for never.
    """

    asked: int = 0
    sent_at: list[float] = msgspec.field(default_factory=list)
    closed_at: float = float("inf")


class Upstream:
    """Speaks OpenAI's dialect on a free port of 127.0.0.1.

    Attributes:
        port: where.
        answers: the transcript of each name that was asked for.
    """

    def __init__(self) -> None:
        self.port = 0
        self.answers: dict[str, Answer] = {}
        self._transports: set[asyncio.Transport] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        for transport in list(self._transports):
            transport.abort()
        await self._server.wait_closed()

    def ask(self, name: str) -> Answer:
        """Return the transcript of an answer that is asked for."""
        answer = self.answers.setdefault(name, Answer())
        answer.asked += 1
        return answer

    def enter(self, transport: asyncio.Transport) -> None:
        """Take note of a connection."""
        self._transports.add(transport)

    def leave(self, transport: asyncio.Transport) -> None:
        """Take note that one is over."""
        self._transports.discard(transport)


class _Connection(asyncio.Protocol):
    """One answer after another."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._waiting = b""
        self._answer: Answer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._upstream.enter(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._answer is not None:
            self._answer.closed_at = time.monotonic()
        if self._timer is not None:
            self._timer.cancel()
        self._upstream.leave(self._transport)

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        head, end, rest = self._waiting.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        size = int(found[1]) if found else 0
        if end and len(rest) >= size:
            self._waiting = rest[size:]
            self._begin(json.loads(rest[:size]) if size else {})

    def _begin(self, body: dict[str, Any]) -> None:
        self._spec = decode_spec(body.get("model", "nobody:1:0"))
        self._answer = self._upstream.ask(self._spec.name)
        self._is_stream = bool(body.get("stream"))
        self._number = 0
        if self._is_stream:
            self._transport.write(_HEAD)
        self._timer = self._loop.call_later((self._spec.first_ms + self._spec.gap_ms) / 1000, self._say)

    def _say(self) -> None:
        answer, spec = self._answer, self._spec
        assert answer is not None
        if self._number == spec.tokens:
            self._end()
            return
        if self._is_stream:
            self._transport.write(_piece(self._number, spec.pad_bytes))
        answer.sent_at.append(time.monotonic())
        self._number += 1
        self._timer = self._loop.call_later(spec.gap_ms / 1000, self._say)

    def _end(self) -> None:
        self._answer = None
        self._transport.write(_LAST if self._is_stream else _whole(self._spec))


def _record(kind: str, field: str, told: dict[str, str], finish: str | None) -> bytes:
    choice = {"index": 0, field: told, "finish_reason": finish, "logprobs": None}
    record: dict[str, object] = {"id": "c", "object": kind, "created": 1, "model": "m", "choices": [choice]}
    return json.dumps(record, ensure_ascii=False).encode()


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    data = b"data: " + _record("chat.completion.chunk", "delta", delta, finish) + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(data), data)


@functools.lru_cache(maxsize=16_384)
def _piece(number: int, pad_bytes: int) -> bytes:
    role = {} if number else {"role": "assistant"}
    return _chunk({**role, "content": token_of(number, pad_bytes)})


def _whole(spec: Spec) -> bytes:
    text = "".join(token_of(number, spec.pad_bytes) for number in range(spec.tokens))
    body = _record("chat.completion", "message", {"role": "assistant", "content": text}, "stop")
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


_LAST = _chunk({}, "stop") + _DONE

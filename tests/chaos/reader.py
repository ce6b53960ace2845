"""A reader that is cut off at any byte, and comes back behind the last whole event or line that it has.

It reads events or lines, over HTTP/1.1 or HTTP/2, by way of the proxy or straight from a replica; each connection may
be another one. What it has is judged in `chaos.judge`.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import msgspec
from h2.exceptions import H2Error

from chaos.judge import Transcript, Verdict, judge
from chaos.upstream import Spec
from chaos.wires import Http1Wire, Http2Wire, Wire

__all__ = ["Door", "Reading", "connect", "reset"]

_RETRY_S = 0.1
_CUT_BYTES = 9000
NO_FIELDS: Mapping[str, str] = {}


class Door(msgspec.Struct, frozen=True):
    """Where an answer can be had.

    Attributes:
        port: of 127.0.0.1.
        is_http2: whether HTTP/2 is spoken there.
    """

    port: int
    is_http2: bool = False


class _Connection(asyncio.Protocol):
    """One exchange on a socket, of which no more than so many bytes are taken."""

    def __init__(self, wire: Wire, limit_bytes: int, on_body: Callable[[bytes], None]) -> None:
        self.wire = wire
        self.transport: asyncio.Transport
        self.done = asyncio.get_running_loop().create_future()
        self._left_bytes = limit_bytes
        self._on_body = on_body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.done.done():
            return
        data = data[: self._left_bytes]
        self._left_bytes -= len(data)
        try:
            body = self.wire.feed(data)
            self._on_body(body)
        except (OSError, H2Error, ValueError, LookupError) as error:
            self.done.set_exception(error)
            return
        self.transport.write(self.wire.owed())
        if self.wire.is_over or not self._left_bytes:
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.cut()

    def cut(self) -> None:
        """Take no more."""
        if not self.done.done():
            self.done.set_result(None)


async def connect(wire: Wire, port: int, limit_bytes: int, on_body: Callable[[bytes], None]) -> _Connection:
    """Connect to a port of 127.0.0.1."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: _Connection(wire, limit_bytes, on_body), "127.0.0.1", port)
    return connection


def reset(transport: asyncio.Transport) -> None:
    """Have a connection end with a reset instead of an end."""
    sock = transport.get_extra_info("socket")
    if sock is None:  # it is over already
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Reading:
    """One reader of one answer.

    Args:
        doors: where it can be had; each connection takes one of them.
        spec: what the upstream is asked for.
        dice: where it is cut, and which door it takes.
        cuts: how often it is cut.
        is_lines: whether it reads lines.
        fields: further ones of its request's head.

    Attributes:
        stream_id: the answer's, once it is known.
        told: what it has.
        statuses: every status but 200 that it was answered with.
        came_back_s: how long each return took until the first byte of a body.
        got_at: when each payload came (monotonic seconds).
        posts: how often it asked for the answer: again when it was cut before it knew the answer's id.
        begun: set when an answer's head has come.
        is_stopped: to be set when somebody stops the answer, which then owes no more than it had.
    """

    def __init__(
        self,
        doors: Sequence[Door],
        spec: Spec,
        dice: random.Random,
        *,
        cuts: int = 0,
        is_lines: bool = False,
        fields: Mapping[str, str] = NO_FIELDS,
    ) -> None:
        self.doors = doors
        self.spec = spec
        self.stream_id = ""
        self.told = Transcript(is_lines)
        self.statuses: list[int] = []
        self.came_back_s: list[float] = []
        self.got_at: list[float] = []
        self.posts = 0
        self.begun = asyncio.Event()
        self.is_stopped = False
        self._dice = dice
        self._cuts = cuts
        self._fields = {"Sluiceway-Resume": "on", **fields}
        self._waiting = b""
        self._asked_at = 0.0
        self._is_back = False
        self._connection: _Connection | None = None

    async def read(self, within_s: float = 90.0) -> Verdict:
        """Read the answer to its end, and return the verdict; who waits in vain has a broken answer."""
        try:
            async with asyncio.timeout(within_s):
                while not self.told.is_over:
                    await self._try()
        except TimeoutError:
            return Verdict(broken=f"no end within {within_s:.0f} s, after {len(self.told.payloads)} payloads")
        return judge(self.told, self.spec, is_stopped=self.is_stopped)

    async def _try(self) -> None:
        limit_bytes = self._dice.randint(0, _CUT_BYTES) if self._cuts > 0 else 1 << 40
        self._cuts -= 1
        try:
            await self._connect(limit_bytes)
        except (OSError, H2Error, ValueError, LookupError):
            await asyncio.sleep(_RETRY_S)

    def cut(self, forget: int = 0) -> None:
        """Cut it off now, and have it forget so many of the last payloads as if they were still under way."""
        if self._connection is None:
            return
        self._connection.cut()
        for events in (self.told.payloads, self.got_at, self.told.ids):
            del events[len(events) - min(forget, max(0, len(events) - 1)) :]

    def follow(self, doors: Sequence[Door], *, is_lines: bool = False) -> Reading:
        """Return a further reader of the same answer, from its start."""
        other = Reading(doors, self.spec, self._dice, is_lines=is_lines)
        other.stream_id = self.stream_id
        return other

    def delays_s(self, sent_at: Sequence[float], since: float = 0.0, until: float = float("inf")) -> list[float]:
        """Return for each token that the upstream sent in a span of time how long it took to come."""
        got = zip(self.told.payloads, self.got_at, strict=True)
        tokens = [at for payload, at in got if '"content"' in payload]
        return [at - sent for sent, at in zip(sent_at, tokens, strict=False) if since <= sent < until]

    def _request(self, wire: Wire) -> bytes:
        fields = {"Accept": "application/x-ndjson"} if self.told.is_lines else {}
        if not self.stream_id:
            if self.posts:  # the one before was cut off before it knew its answer's id
                self.spec = msgspec.structs.replace(self.spec, name=f"{self.spec.name}+")
            self.posts += 1
            message = {"role": "user", "content": "Hi"}
            body = json.dumps({"model": self.spec.model, "stream": True, "messages": [message]}).encode()
            fields |= {**self._fields, "Content-Type": "application/json"}
            return wire.ask("POST", "/v1/chat/completions", fields, body)
        place = ""
        if self.told.is_lines:
            place = f"?after={len(self.told.payloads)}" if self.told.payloads else ""
        elif self.told.ids:
            fields["Last-Event-ID"] = self.told.ids[-1]
        return wire.ask("GET", f"/v1/streams/{self.stream_id}{place}", fields)

    async def _connect(self, limit_bytes: int) -> None:
        door = self._dice.choice(self.doors)
        wire = Http2Wire() if door.is_http2 else Http1Wire()
        self._is_back, self._waiting = bool(self.stream_id), b""
        self._asked_at = time.monotonic()
        connection = self._connection = await connect(
            wire, door.port, limit_bytes, lambda body: self._take(wire, body)
        )
        try:
            connection.transport.write(self._request(wire))
            await connection.done
            if wire.status not in {0, 200}:
                raise ConnectionResetError
            self.told.is_closed = wire.is_over and bool(self.told.payloads)
        finally:
            self._connection = None
            if self._dice.random() < 0.5:
                reset(connection.transport)
            connection.transport.abort()

    def _take(self, wire: Wire, body: bytes) -> None:
        if not wire.status:
            return
        if wire.status != 200:
            self.statuses += [wire.status] * wire.is_over
            return
        if not self.begun.is_set() or not self.stream_id:
            self.stream_id = wire.headers["sluiceway-stream-id"]
            self.begun.set()
        if body and self._is_back:
            self.came_back_s.append(time.monotonic() - self._asked_at)
            self._is_back = False
        mark = b"\n" if self.told.is_lines else b"\n\n"
        *whole, self._waiting = (self._waiting + body).split(mark)
        for piece in whole:
            self._hear(piece.decode())

    def _hear(self, text: str) -> None:
        payloads: list[str] = []
        for line in [f"data: {text}"] if self.told.is_lines and text else text.split("\n"):
            name, _, value = line.partition(": ")
            match name:
                case "data":
                    payloads.append(value)
                case "id":
                    self.told.ids.append(value)
                case "":  # a comment, or an empty line
                    pass
                case _:
                    self.told.strange.append(line)
        self.told.payloads += payloads
        self.got_at += [time.monotonic()] * len(payloads)

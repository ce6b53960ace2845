"""One connection to one Redis server: commands in a row, replies in the same row, nothing waits for anything else."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from typing import Self, cast

from sluiceway.delivery.log.redis_address import Place, RedisAddress
from sluiceway.delivery.log.redis_wire import Refusal, Replies, Reply, encode_command
from sluiceway.errors import LogUnavailable

__all__ = ["Node"]

_MAX_REPLY_BYTES = 64 * 1024 * 1024
_GREETING_S = 2.0


class _Batch:
    """Commands that were sent together."""

    __slots__ = ("done", "missing", "replies")

    def __init__(self, missing: int) -> None:
        self.missing = missing
        self.replies: list[Reply] = []
        self.done: asyncio.Future[list[Reply]] = asyncio.get_running_loop().create_future()


class Node(asyncio.Protocol):
    """A connection; `connect` makes one.

    Args:
        on_push: told each reply that no command waits for, such as the messages of a subscription.

    Attributes:
        lost: done when the connection is over.
    """

    def __init__(self, on_push: Callable[[Reply], None] | None = None) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_push = on_push
        self._replies = Replies(_MAX_REPLY_BYTES)
        self._batches: deque[_Batch] = deque()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def connect(
        cls,
        place: Place,
        address: RedisAddress,
        context: ssl.SSLContext | None,
        on_push: Callable[[Reply], None] | None = None,
    ) -> Self:
        """Return an open connection that was let in.

        Raises:
            OSError: nobody is there.
            LogUnavailable: it lets us not in.
        """
        loop = asyncio.get_running_loop()
        _, node = await loop.create_connection(lambda: cls(on_push), *place, ssl=context)
        with contextlib.ExitStack() as stack:
            stack.callback(node.close)
            await node.greet(address)
            stack.pop_all()
        return node

    @property
    def is_open(self) -> bool:
        """Whether commands can be sent."""
        return not self.lost.done()

    async def ask(self, commands: Sequence[bytes], within_s: float) -> list[Reply]:
        """Send encoded commands and return their replies.

        Raises:
            LogUnavailable: the connection broke.
            TimeoutError: they take too long.
        """
        if self._transport is None or not self.is_open:
            raise LogUnavailable("the connection to Redis is over")
        batch = _Batch(len(commands))
        self._batches.append(batch)
        self._transport.write(b"".join(commands))
        # Not `asyncio.timeout`: a loop that was late would give up what has arrived already.
        try:
            done, _ = await asyncio.wait([batch.done], timeout=within_s)
        finally:
            batch.done.cancel()  # who does not wait any more, retrieves nothing
        if not done:
            raise TimeoutError
        return batch.done.result()

    def say(self, command: bytes) -> None:
        """Send a command whose replies are pushed."""
        if self._transport is not None:
            self._transport.write(command)

    def close(self) -> None:
        """End it at once. Idempotent."""
        if self._transport is not None:
            self._transport.abort()
        self._end()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by name

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        try:
            for reply in self._replies.feed(data):
                self._take(reply)
        except ValueError:
            self.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Take the end."""
        self._end()

    def _take(self, reply: Reply) -> None:
        if not self._batches:
            if self._on_push is not None:
                self._on_push(reply)
            return
        batch = self._batches[0]
        batch.replies.append(reply)
        batch.missing -= 1
        if not batch.missing:
            self._batches.popleft()
            if not batch.done.done():
                batch.done.set_result(batch.replies)

    def _end(self) -> None:
        if not self.lost.done():
            self.lost.set_result(None)
        while self._batches:
            done = self._batches.popleft().done
            if not done.done():
                done.set_exception(LogUnavailable("the connection to Redis broke"))

    async def greet(self, address: RedisAddress) -> None:
        """Be let in.

        Raises:
            LogUnavailable: it lets us not in.
        """
        commands: list[bytes] = []
        if address.password:
            login = (address.username.encode(),) if address.username else ()
            commands.append(encode_command(b"AUTH", *login, address.password.encode()))
        if address.database:
            commands.append(encode_command(b"SELECT", b"%d" % address.database))
        commands.append(encode_command(b"PING"))
        for reply in await self.ask(commands, _GREETING_S):
            if isinstance(reply, Refusal) and reply.kind != "LOADING":
                raise LogUnavailable(f"Redis says: {reply.text}")

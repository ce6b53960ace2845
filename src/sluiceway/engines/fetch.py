"""One small document of an upstream, such as its list of models, as a coroutine.

It refuses to be used for answers: it gathers the whole body.
"""

from __future__ import annotations

import asyncio

from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.pool import Pool
from sluiceway.engines.rules import ResponseHead
from sluiceway.engines.transport import HttpConnection
from sluiceway.errors import BufferLimitExceeded, SluicewayError, UpstreamTimeout

__all__ = ["fetch"]


async def fetch(pool: Pool, message: bytes, options: UpstreamOptions) -> tuple[ResponseHead, bytes]:
    """Send a request on a new connection and return the whole response.

    Raises:
        EngineUnavailable: there is no connection, or it was lost.
        UpstreamTimeout: connecting or answering took too long.
        RemoteProtocolError: the response breaks HTTP, or a limit.
    """
    connection = await pool.dial()
    answer: asyncio.Future[tuple[ResponseHead, bytes]] = asyncio.get_running_loop().create_future()
    connection.send(message, _Gatherer(connection, answer, options.max_body_bytes))
    try:
        async with asyncio.timeout(options.idle_timeout_s):
            response = await answer
    except TimeoutError:
        raise UpstreamTimeout("total", options.idle_timeout_s) from None
    finally:
        if answer.done() and not answer.cancelled():
            pool.release(connection)
        else:
            connection.abort()
    return response


class _Gatherer:
    """Gathers one response and hands it to whoever waits."""

    def __init__(
        self, connection: HttpConnection, answer: asyncio.Future[tuple[ResponseHead, bytes]], max_bytes: int
    ) -> None:
        self._connection = connection
        self._answer = answer
        self._max_bytes = max_bytes
        self._body = bytearray()

    def receive_head(self, head: ResponseHead) -> None:
        self._head = head

    def receive_body(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > self._max_bytes:
            self._connection.abort()
            self.receive_loss(BufferLimitExceeded("the upstream's document is too large"))

    def receive_end(self) -> None:
        if not self._answer.done():
            self._answer.set_result((self._head, bytes(self._body)))

    def receive_loss(self, error: SluicewayError) -> None:
        if not self._answer.done():
            self._answer.set_exception(error)

"""Readers who come back to kept answers: they follow one, look at it, or stop it.

Each in the dialect in which the answer was asked for; which paths there are, the dialect says.
"""

from __future__ import annotations

from sluiceway.delivery.follower import Follower
from sluiceway.delivery.reader import FrameEncoder
from sluiceway.dialects.base import Dialect, Framing, Revisit, Revisits
from sluiceway.errors import RequestError
from sluiceway.server.accept import choose_framing
from sluiceway.server.answers import Answer, Voice
from sluiceway.server.asgi import Header, Receive, Scope, Send, header
from sluiceway.server.respond import Exchange, answer_request, decode_target, deliver_stream, send_snapshot
from sluiceway.server.service import Service

__all__ = ["Returning", "Stopping"]


class _Desk:
    """Finds kept answers of one dialect."""

    def __init__(self, service: Service, dialect: Dialect, revisits: Revisits) -> None:
        assert dialect.reader is not None
        self._service = service
        self._name = dialect.name
        self._side = dialect.reader
        self._revisits = revisits

    def _decode(self, exchange: Exchange) -> Revisit:
        return self._revisits.decode(decode_target(exchange.scope))

    async def _find(self, name: str) -> Answer | None:
        answer = await self._service.answers.find(self._name, name)
        if answer is None or (answer.kept.log.is_ended and not self._revisits.has_finished):
            return None
        return answer

    async def _miss(self, send: Send) -> None:
        if self._revisits.missing_status != 204:
            raise RequestError("nothing is kept under this id", field="id", status=self._revisits.missing_status)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Returning(_Desk):
    """An ASGI callable for ``GET``: follow a kept answer, or look at it.

    Args:
        service: what all requests share.
        dialect: the reader's, which is served.
        revisits: where it has its readers come back.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await answer_request(self._answer, self._side, Exchange(scope, receive, send))

    async def _answer(self, exchange: Exchange) -> None:
        revisit = self._decode(exchange)
        answer = await self._find(revisit.name)
        if answer is None:
            await self._miss(exchange.send)
        elif revisit.is_stream:
            await self._follow(exchange, answer, revisit.after)
        else:
            await send_snapshot(exchange.send, answer)

    async def _follow(self, exchange: Exchange, answer: Answer, after: int | None) -> None:
        framing = choose_framing(header(exchange.scope, b"accept"), is_stream=True)
        reader = self._service.read(*self._open(answer, framing, after))
        headers: list[Header] = [(name.encode(), value.encode()) for name, value in self._revisits.headers]
        await deliver_stream(exchange, self._service, reader, framing, headers)

    def _open(self, answer: Answer, framing: Framing, after: int | None) -> tuple[Follower, FrameEncoder]:
        number_of = self._revisits.number_of
        voice = Voice(framing, answer.is_resumable)
        if number_of is None:
            return answer.follow(voice)
        return answer.follow_after(-1 if after is None else after, number_of, voice)


class Stopping(_Desk):
    """An ASGI callable for ``POST``: stop a kept answer. Who follows it gets an honest ending.

    Args:
        service: what all requests share.
        dialect: the reader's, which is served.
        revisits: where it has its readers come back.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await answer_request(self._answer, self._side, Exchange(scope, receive, send))

    async def _answer(self, exchange: Exchange) -> None:
        answer = await self._find(self._decode(exchange).name)
        if answer is None:
            await self._miss(exchange.send)
            return
        if not await self._service.answers.stop(answer):
            raise RequestError("the answer is over: it cannot be stopped any more", field="id")
        await send_snapshot(exchange.send, answer)

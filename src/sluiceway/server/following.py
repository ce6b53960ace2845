"""``GET /v1/streams/{id}``: follow a kept answer from any place, in any dialect; as many readers at once as like.

Where a reader is, it says with ``Last-Event-ID``, or with ``?after=``: the id of the last event it has. Readers of
lines have no ids: they say with ``?after=`` how many lines they have. Nothing of either means from the start.

Errors are told in the form of the best known dialect, like those of all paths that belong to none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sluiceway.delivery.cursor import START, Cursor, decode_cursor
from sluiceway.delivery.follower import Follower
from sluiceway.delivery.reader import FrameEncoder
from sluiceway.dialects.base import Dialect, EncodeOptions, Encoder, Framing, ReaderSide, Target
from sluiceway.errors import RequestError
from sluiceway.request import Request
from sluiceway.server.accept import choose_framing
from sluiceway.server.answers import Answer, Voice
from sluiceway.server.asgi import Header, Receive, Scope, Send, header
from sluiceway.server.respond import RESUMABLE, Exchange, answer_request, decode_target, deliver_stream
from sluiceway.server.service import Service
from sluiceway.server.settings import Settings

__all__ = ["Following"]

_COUNT = re.compile("0|[1-9][0-9]{0,15}")


class Following:
    """An ASGI callable.

    Args:
        service: what all requests share.
        dialects: what is served, by name.
        others: the side in whose form errors are told.
    """

    def __init__(self, service: Service, dialects: Mapping[str, Dialect], others: ReaderSide) -> None:
        self._service = service
        self._dialects = dialects
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await answer_request(self._answer, self._others, Exchange(scope, receive, send))

    async def _answer(self, exchange: Exchange) -> None:
        target = decode_target(exchange.scope)
        framing = choose_framing(header(exchange.scope, b"accept"), is_stream=True)
        place = _decode_place(target, framing)
        answer = await self._service.answers.find_stream(
            target.path["id"], START if isinstance(place, int) else place
        )
        if answer is None:
            raise RequestError(_missing(self._service.settings), field="id", status=404)
        own = answer.kept.generation.origin.dialect
        side = self._side(target.query.get("dialect", own))
        voice = Voice(framing, has_ids=True, encoder=None if side is self._side(own) else _encoder(answer, side))
        reader = self._service.read(*_open(answer, side, place, voice))
        headers: list[Header] = [(name.encode(), value.encode()) for name, value in side.endpoints[0].headers]
        await deliver_stream(exchange, self._service, reader, framing, [*headers, RESUMABLE])

    def _side(self, name: str) -> ReaderSide:
        dialect = self._dialects.get(name)
        if dialect is None or dialect.reader is None:
            raise RequestError(f"dialect is one of {', '.join(self._dialects)}", field="dialect")
        return dialect.reader


def _missing(settings: Settings) -> str:
    missing = "no stream is kept under this id"
    return f"{missing}: several workers keep none without a Redis" if settings.keeps_nothing else missing


def _decode_place(target: Target, framing: Framing) -> Cursor | int:
    """Return where the reader is: behind a frame, or behind so many lines."""
    # Last-Event-ID: 1-42          ?after=1-42          ?after=42
    # A browser comes back to the URL it began with, so its header counts.
    text = target.headers.get("last-event-id") or target.query.get("after", "")
    if framing is Framing.NDJSON and _COUNT.fullmatch(text):
        return int(text)
    return decode_cursor(text) if text else START


def _open(answer: Answer, side: ReaderSide, place: Cursor | int, voice: Voice) -> tuple[Follower, FrameEncoder]:
    if isinstance(place, int):
        return answer.follow_after_count(place, voice) if place else answer.follow(voice)
    if place != START and side.revisits is not None and side.revisits.number_of is not None:
        answer.check_whole()  # the dialect counts its payloads, and nobody knows any more what it had counted
    return answer.follow_from(place, voice)


def _encoder(answer: Answer, side: ReaderSide) -> Callable[[EncodeOptions], Encoder]:
    """Return what makes encoders of a dialect in which the answer was not asked for."""
    endpoint, known = side.endpoints[0], answer.keep.known or Request("", [], stream=True)
    return lambda options: endpoint.encoder(options, known)

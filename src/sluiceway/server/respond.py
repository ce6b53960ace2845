"""Writes one answer to one client, in full: the border where every error becomes a response.

Before the first byte an error is an HTTP status with the dialect's error body; afterwards it is a terminal event,
which the generation tells like any other. A response that cannot be ended honestly is cut: the server then closes the
connection without the mark that would call it whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec

from sluiceway.delivery.generation import Ending
from sluiceway.delivery.reader import Outlet, Reader, Source
from sluiceway.dialects.base import Dialect, EncodeOptions, Endpoint, Framing, Keep, ReaderSide, Target
from sluiceway.errors import EngineUnavailable, LogUnavailable, SluicewayError, UpstreamStatusError
from sluiceway.events import Event, Frame
from sluiceway.request import Request
from sluiceway.server.accept import choose_framing
from sluiceway.server.answers import Answer, Voice
from sluiceway.server.asgi import (
    ClientGone,
    Header,
    Receive,
    Scope,
    Send,
    decode_query,
    header,
    header_fields,
    read_body,
    send_whole,
)
from sluiceway.server.partial import add_patches, wants_patches
from sluiceway.server.resumption import Terms, choose_keep, decode_terms
from sluiceway.server.service import Service

__all__ = [
    "RESUMABLE",
    "BodyWriter",
    "Completions",
    "Exchange",
    "answer_request",
    "decode_target",
    "deliver_stream",
    "send_error",
    "send_snapshot",
]

_log = logging.getLogger("sluiceway.server")

_PIECE_BYTES = 16 * 1024
"""What is sent in one go, an HTTP/2 frame's worth: granian takes some sends ahead of a reader that takes nothing.

Without it a slow reader of HTTP/2 held 280 KiB; with it, 208 (`make chaos`, R11).
"""

RESUMABLE: Header = (b"sluiceway-resume", b"on")
"""Says of an answer that a reader can come back to it."""


class Exchange(msgspec.Struct, frozen=True):
    """The two halves of one HTTP exchange."""

    scope: Scope
    receive: Receive
    send: Send

    @property
    def body(self) -> BodyWriter | None:
        """The response's body as the server itself writes it, where it lets us."""
        body: BodyWriter | None = self.scope.get("extensions", {}).get("sluiceway.body")
        return body


class BodyWriter(Outlet, Protocol):
    """A response's body that takes bytes without waiting, where the server gives one.

    Attributes:
        is_writable: whether the socket takes more now.
        on_room: called when ``is_writable`` changes, and when the client left.
        is_gone: whether the client left.
        on_gone: called when it does.
    """

    is_writable: bool
    is_gone: bool
    on_gone: Callable[[], None] | None
    on_room: Callable[[bool], None] | None

    def write(self, data: bytes) -> None:
        """Write a piece at once."""
        ...

    def backlog_bytes(self) -> int:
        """Return how many bytes the socket has not taken yet."""
        ...


class Completions:
    """One endpoint of a dialect: an ASGI callable for ``POST``.

    Args:
        service: what all requests share.
        dialect: the reader's, which is served.
        endpoint: one of its endpoints.
    """

    def __init__(self, service: Service, dialect: Dialect, endpoint: Endpoint) -> None:
        assert dialect.reader is not None
        self._service = service
        self._name = dialect.name
        self._side: ReaderSide = dialect.reader
        self._endpoint = endpoint
        self._headers: list[Header] = [(name.encode(), value.encode()) for name, value in endpoint.headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await answer_request(self._answer, self._side, Exchange(scope, receive, send))

    async def _answer(self, exchange: Exchange) -> None:
        begun, framing, is_resumable = await self._begin(exchange)
        if isinstance(begun, bytes):
            await send_whole(exchange.send, 200, begun)
            return
        if isinstance(begun, Answer):
            await send_snapshot(exchange.send, begun)
            return
        headers = [*self._headers, RESUMABLE] if is_resumable else self._headers
        try:
            with _LeavingOnDisconnect(exchange, begun.generation):
                await _deliver(exchange, begun, framing, headers)
        finally:
            self._service.finish(begun)

    async def _begin(self, exchange: Exchange) -> tuple[Reader | Answer | bytes, Framing, bool]:
        """Begin the answer, or give all of it where it needs no model, and say whether it can be resumed.

        The request and its body live no longer than this.
        """
        service, endpoint, scope = self._service, self._endpoint, exchange.scope
        await service.open()
        target = decode_target(scope)
        body = await read_body(scope, exchange.receive, service.settings.max_body_bytes)
        request = endpoint.decode_request(body, target)
        at_once = endpoint.at_once(request)
        if at_once and service.routing.choose(request.model).capabilities.dialect != self._name:
            return await self._tell_at_once(request, at_once), Framing.JSON, False
        terms = decode_terms(target, service.settings)
        if terms.is_resumable:
            request = msgspec.structs.replace(request, is_resumable=True)
        framing = choose_framing(header(scope, b"accept"), is_stream=request.stream, usual=endpoint.framing(target))
        has_patches = wants_patches(target, framing)
        keep = choose_keep(endpoint, request)
        if keep is not None and service.answers.admit(keep):
            return self._begin_kept(keep, framing, terms, has_patches=has_patches), framing, terms.is_resumable
        generation = service.begin(request, self._name, self._side)
        options = self._options(framing, generation.origin.id, request)
        encoder = add_patches(endpoint.encoder(options, request), are_wanted=has_patches)
        return service.read(generation, encoder), framing, False

    async def _tell_at_once(self, request: Request, events: list[Event]) -> bytes:
        """Return the answer that needs no model, of a model that would answer now."""
        engine = await self._service.routing.find(request.model)
        if not await engine.is_ready():
            raise EngineUnavailable(f"the model '{request.model}' cannot be reached now")
        options = self._options(Framing.JSON, self._service.ambient.make_id(), request)
        return self._endpoint.encoder(options, request).encode(Frame(events))

    def _options(self, framing: Framing, stream_id: str, request: Request) -> EncodeOptions:
        return EncodeOptions(
            framing=framing,
            stream_id=stream_id,
            model=request.model,
            created_at_unix_s=int(self._service.ambient.unix_clock()),
            include_usage=request.include_usage,
        )

    def _begin_kept(self, keep: Keep, framing: Framing, terms: Terms, *, has_patches: bool) -> Reader | Answer:
        """Begin an answer that is kept; return it where it is told at once, else its first reader."""
        service = self._service
        generation = service.begin(keep.request, self._name, self._side)
        created_at_unix_s = int(service.ambient.unix_clock())
        answer = service.answers.add(generation, keep, created_at_unix_s, terms, path=self._endpoint.path)
        if keep.is_told_at_once:
            return answer
        source, encoder = answer.follow(Voice(framing, terms.is_resumable))
        return service.read(source, add_patches(encoder, are_wanted=has_patches))


async def answer_request(answer: Callable[[Exchange], Awaitable[None]], side: ReaderSide, exchange: Exchange) -> None:
    """Have ``answer`` answer one request; what it raises becomes a response in the dialect."""
    sender = _Sender(exchange.send)
    try:
        await answer(Exchange(exchange.scope, exchange.receive, sender))
    except ClientGone:
        return
    except SluicewayError as error:
        await _fail(sender, error, side)
    except Exception:  # noqa: BLE001 - the border where every error becomes a response
        _log.exception("a request failed by a bug")
        await _fail(sender, SluicewayError("internal error"), side)


async def _fail(sender: _Sender, error: SluicewayError, side: ReaderSide) -> None:
    if not sender.is_started:
        await send_error(sender, error, side)


def decode_target(scope: Scope) -> Target:
    """Return what a request says beside its body."""
    query = scope.get("query_string", b"").decode("latin-1")
    return Target(scope.get("path_params", {}), decode_query(query), header_fields(scope))


async def send_error(send: Send, error: SluicewayError, side: ReaderSide) -> None:
    """Answer with an error's status and the dialect's body for it."""
    headers: list[Header] = []
    if isinstance(error, UpstreamStatusError | LogUnavailable) and error.retry_after is not None:
        headers.append((b"retry-after", error.retry_after.encode("latin-1", "replace")))
    await send_whole(send, error.status, side.encode_error(error), side.error_type, headers)


async def send_snapshot(send: Send, answer: Answer) -> None:
    """Answer with a kept answer as far as it goes."""
    await send_whole(send, 200, answer.snapshot(), headers=_headers(answer.kept.generation))


async def deliver_stream(
    exchange: Exchange, service: Service, reader: Reader, framing: Framing, headers: list[Header]
) -> None:
    """Answer with all that ``reader`` reads; whatever becomes of it, it is an answer that streams."""
    try:
        with _LeavingOnDisconnect(exchange, reader.generation):
            if exchange.body is not None:
                reader.backlog = exchange.body.backlog_bytes
            await _deliver_stream(exchange, reader, framing, headers)
    finally:
        service.finish(reader)


class _Sender:
    """A ``send`` that knows whether the response has begun."""

    __slots__ = ("_send", "is_started")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_started = False

    async def __call__(self, message: Any) -> None:
        self.is_started = True
        await self._send(message)


class _LeavingOnDisconnect:
    """Has the generation told at once when the client goes away: by the server, else by a task that waits."""

    __slots__ = ("_body", "_exchange", "_generation", "_watch")

    def __init__(self, exchange: Exchange, generation: Source) -> None:
        self._exchange = exchange
        self._generation = generation
        self._body = exchange.body
        self._watch: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        leave = self._generation.leave
        if self._body is None:
            self._watch = asyncio.create_task(_leave_on_disconnect(self._exchange.receive, self._generation))
            return
        self._body.on_gone = leave
        if self._body.is_gone:
            leave()

    def __exit__(self, *_error: object) -> None:
        if self._body is not None:
            self._body.on_gone = None
        if self._watch is not None:
            self._watch.cancel()


async def _leave_on_disconnect(receive: Receive, generation: Source) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    generation.leave()


async def _deliver(exchange: Exchange, reader: Reader, framing: Framing, headers: list[Header]) -> None:
    await reader.wait()
    generation = reader.generation
    if generation.ending is Ending.READER_GONE:
        return
    if exchange.body is not None:
        reader.backlog = exchange.body.backlog_bytes
    if framing is Framing.JSON:
        await _deliver_whole(exchange.send, reader)
    elif generation.error is not None and not generation.output_deltas:
        raise generation.error
    else:
        await _deliver_stream(exchange, reader, framing, headers)


async def _deliver_whole(send: Send, reader: Reader) -> None:
    generation = reader.generation
    body = reader.take()
    while not reader.is_over:
        await reader.wait()
        body += reader.take()
    if generation.ending is Ending.READER_GONE:
        return
    if generation.error is not None:
        raise generation.error
    with _GivenUpWhenStalled(reader):
        reader.sending_since = reader.sent_at
        await send_whole(send, 200, body, headers=_headers(generation))


async def _deliver_stream(exchange: Exchange, reader: Reader, framing: Framing, headers: list[Header]) -> None:
    generation = reader.generation
    send = exchange.send
    body = exchange.body
    content_type = (b"content-type", framing.value.encode())
    fixed = [content_type, (b"cache-control", b"no-cache, no-transform"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": [*fixed, *headers, *_headers(generation)]})
    with _GivenUpWhenStalled(reader):
        if body is None:
            await _pump(send, reader)
        else:
            await _push(body, reader)
        if generation.ending is not Ending.READER_GONE:
            reader.sending_since = reader.sent_at
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class _GivenUpWhenStalled:
    """Cuts the response short when the reader has stalled: it then ends without the mark that would call it whole.

    Classes, here and below: two generators for contexts cost a twentieth of a non-streaming request.
    """

    __slots__ = ("_reader", "_task")

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._reader.on_stall = task.cancel

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        self._reader.on_stall = None
        if not (isinstance(error, asyncio.CancelledError) and self._reader.is_stalled):
            return False
        self._task.uncancel()
        return True


async def _pump(send: Send, reader: Reader) -> None:
    """Send everything as it comes, in pieces where it is much."""
    while not reader.is_over:
        await reader.wait()
        data = reader.take()
        for start in range(0, len(data), _PIECE_BYTES):
            reader.note_room(is_writable=False)
            piece = data[start : start + _PIECE_BYTES]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            reader.note_room(is_writable=True)


async def _push(body: BodyWriter, reader: Reader) -> None:
    """Write everything from the wake itself: the hot path where the server lets us, without a task switch a token."""
    over = asyncio.get_running_loop().create_future()
    generation = reader.generation

    def flush() -> None:
        try:
            if body.is_writable:
                data = reader.take()
                if data:
                    body.write(data)
        except Exception as error:  # noqa: BLE001 - it belongs to this response, not to whoever rang
            reader.open_lane(None)  # nothing may follow the gap
            if not over.done():
                over.set_exception(error)
        if generation.ending is not None and reader.is_over and not over.done():
            over.set_result(None)

    def turn(is_writable: bool) -> None:  # noqa: FBT001 - the callback's signature
        reader.note_room(is_writable=is_writable)
        reader.open_lane(None)
        flush()
        if body.is_writable and not over.done():
            reader.open_lane(body)

    body.on_room = turn
    reader.listen(flush)
    turn(body.is_writable)
    try:
        await over
    finally:
        body.on_room = None


def _headers(generation: Source) -> list[Header]:
    origin = generation.origin
    headers = [
        (b"sluiceway-stream-id", origin.id.encode()),
        (b"sluiceway-upstream", origin.engine.encode("latin-1", "replace")),
    ]
    if origin.dropped:
        headers.append((b"sluiceway-dropped", ", ".join(origin.dropped).encode()))
    return headers

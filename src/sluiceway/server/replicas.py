"""Several servers as one, by way of Redis: kept answers are found, followed and stopped from any of them.

What this process keeps is written there; what another keeps is read from there, and is then a kept answer like those
of its own. A live reader never waits for Redis. While it is away, answers of other replicas cannot be had, which is
said with 503; everything else goes on, and is made up for when it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping

import msgspec

from sluiceway.clock import Clock
from sluiceway.delivery.cursor import START, Cursor
from sluiceway.delivery.generation import Ending, Generation, Origin
from sluiceway.delivery.kept import KeptGeneration
from sluiceway.delivery.log.memory import Budget, MemoryLog
from sluiceway.delivery.log.redis_address import decode_redis_url
from sluiceway.delivery.log.redis_link import Command, RedisLink, evaluate
from sluiceway.delivery.log.redis_scripts import CANCEL, Keys, inbox_key, name_key
from sluiceway.delivery.log.redis_tail import LogState, LogTail, decode_state, listen
from sluiceway.delivery.log.redis_wire import encode_command
from sluiceway.delivery.log.redis_writer import LogWriter, ring
from sluiceway.dialects.base import Dialect, Endpoint
from sluiceway.dialects.registry import DIALECTS
from sluiceway.engine import Call, Sink
from sluiceway.errors import LogUnavailable, SluicewayError
from sluiceway.metering.timeline import Timeline
from sluiceway.request import Request
from sluiceway.server.answers import Answer
from sluiceway.server.resumption import choose_keep
from sluiceway.server.settings import Settings

__all__ = ["Replicas"]

_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_MARGIN_S = 60.0
"""How much longer Redis keeps an answer than its own process does."""
_CATCH_UP_S = 5.0
"""How long a reader may wait who is ahead of the log: a producer that died is told from one that is slow in less."""
_STOP_S = 1.2
_FLUSH_S = 1.0
_UNREAD_S = 5.0
_IDLE_S = 2.0
"""How long a copy that nobody follows is kept, so that the next reader finds it."""
_SUBSCRIBE_AGAIN_S = 0.25
_SECOND_LOOK_S = 0.1
"""When what is unknown is looked for again: its reader may be quicker than its first write."""


class _About(msgspec.Struct, frozen=True):
    """What other replicas must know of an answer to tell it."""

    origin: Origin
    path: str
    known: Request
    created_at_unix_s: int
    is_resumable: bool = False


_encode_about = msgspec.msgpack.Encoder().encode
_decode_about = msgspec.msgpack.Decoder(_About).decode


class _Copy:
    """An answer that another replica writes, as far as it was read here; asked for as engines are.

    Args:
        make_tail: sink → what reads the log.
    """

    def __init__(self, make_tail: Callable[[Sink], LogTail]) -> None:
        self._make_tail = make_tail
        self.answer: Answer
        self.tail: LogTail
        self.has_grown = asyncio.Event()

    def start(self, request: Request, sink: Sink) -> Call:  # noqa: ARG002 - the engine's signature
        """Begin to read."""
        self.tail = self._make_tail(sink)
        return self.tail

    @property
    def is_usable(self) -> bool:
        """Whether it is still true: it was neither given up, nor did Redis stay away."""
        generation = self.answer.kept.generation
        return generation.ending is not Ending.READER_GONE and not isinstance(generation.error, LogUnavailable)

    def has(self, cursor: Cursor) -> bool:
        """Whether it can tell what follows ``cursor``, without asking anybody."""
        log = self.answer.kept.log
        return self.is_usable and (log.is_ended or cursor.seq < log.next_seq)

    async def reach(self, seq: int) -> None:
        """Wait until frame ``seq`` is here, or the end.

        Raises:
            LogUnavailable: neither comes.
        """
        log = self.answer.kept.log
        try:
            async with asyncio.timeout(_CATCH_UP_S):
                while log.next_seq <= seq and not log.is_ended:
                    self.has_grown.clear()
                    await self.has_grown.wait()
        except TimeoutError:
            raise LogUnavailable("what is kept of the answer is behind its reader") from None
        self.check()

    def check(self) -> None:
        """Look whether it is usable.

        Raises:
            LogUnavailable: it is not.
        """
        error = self.answer.kept.generation.error
        if isinstance(error, LogUnavailable):
            raise error


class Replicas:
    """This process among the replicas; also a `sluiceway.delivery.kept.Keeper`, of the copies.

    Args:
        settings: the settings, with a Redis.
        clock: time and timers.
        replica: this process's name among the others; random, without spaces.
        budget: the memory that copies share with the answers of this process.
        dialects: what is served, by name.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        replica: str,
        budget: Budget,
        dialects: Mapping[str, Dialect] = DIALECTS,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._replica = replica
        self._budget = budget
        self._dialects = dialects
        self._copies: dict[str, _Copy] = {}
        self._finding: dict[str, asyncio.Lock] = {}
        self._link = RedisLink(decode_redis_url(settings.redis.reveal()), clock, self._heal)
        self._writer = LogWriter(self._link.run, replica, clock, settings.kept_s + _MARGIN_S)
        self._inbox: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect.

        Raises:
            EngineUnavailable: Redis cannot be reached, or lets us not in.
        """
        await self._link.open()
        self._writer.open()
        self._inbox = asyncio.create_task(self._subscribe())

    async def close(self) -> None:
        """Write what is left, and let go of everything. Idempotent."""
        if self._inbox is None:
            return
        self._inbox.cancel()
        await asyncio.wait([self._inbox])
        self._inbox = None
        for stream_id in list(self._copies):
            self._drop(stream_id)
        await self._writer.close(_FLUSH_S)
        await self._link.close()

    def _heal(self) -> None:
        self._writer.look_at_all()

    # What this process keeps.

    def publish(self, answer: Answer) -> None:
        """Write an answer of this process from now on; one that others could not tell is left out."""
        keep, origin = answer.keep, answer.kept.generation.origin
        if keep.known is None or not answer.path:
            return
        about = _About(origin, answer.path, keep.known, answer.created_at_unix_s, answer.is_resumable)
        name = name_key(origin.dialect, keep.name) if keep.name else b""
        self._writer.add(answer.kept, _encode_about(about), name, self._settings.kept_answer_bytes)

    def retire(self, stream_id: str) -> None:
        """Write an answer no more."""
        self._writer.remove(stream_id)

    # What others keep.

    async def find(self, stream_id: str, cursor: Cursor = START, *, is_whole: bool = False) -> Answer | None:
        """Return the answer with this id that another replica has, or had; None when none has.

        Args:
            stream_id: its id.
            cursor: where its reader is; who is ahead of the log is waited for.
            is_whole: whether to wait for all there is.

        Raises:
            LogUnavailable: that cannot be told now.
        """
        if _ID.fullmatch(stream_id) is None:
            return None
        copy = self._copies.get(stream_id)
        if copy is not None and not is_whole and copy.has(cursor):
            return copy.answer
        lock = self._finding.setdefault(stream_id, asyncio.Lock())
        try:
            async with lock:
                copy, state = await self._look(stream_id)
                if copy is None:
                    await asyncio.sleep(_SECOND_LOOK_S)
                    copy, state = await self._look(stream_id)
        finally:
            if not lock.locked():
                self._finding.pop(stream_id, None)
        if copy is None:
            return None
        if state is None:
            return copy.answer
        for epoch, first_seq in state.turns:
            copy.answer.kept.log.begin_epoch(epoch, max(first_seq, copy.tail.next_seq))
        if is_whole:
            await copy.reach(state.next_seq - 1)
        elif cursor.epoch >= state.epoch:  # else what its producer told behind the turn was never kept
            await copy.reach(cursor.seq)
        copy.check()
        return copy.answer

    async def find_named(self, dialect: str, name: str) -> Answer | None:
        """Return the answer of a dialect with this id, or the latest with this name, with all there is of it.

        Raises:
            LogUnavailable: that cannot be told now.
        """
        key = name_key(dialect, name)
        (outcome,) = await self._link.run([Command(key, encode_command(b"GET", key))])
        if isinstance(outcome, LogUnavailable):
            raise outcome
        answer = await self.find(outcome.decode() if isinstance(outcome, bytes) else name, is_whole=True)
        if answer is None or not answer.keep.has_revisits:
            return None
        return answer if answer.kept.generation.origin.dialect == dialect else None

    async def stop(self, stream_id: str) -> str:
        """Have an answer of another replica stopped, and wait a moment until its end is here, if it is read here.

        Returns:
            What it was: ``run``, ``done``, ``error``, ``stopped``; empty for one that nobody knows.

        Raises:
            LogUnavailable: that cannot be done now.
        """
        if _ID.fullmatch(stream_id) is None:
            return ""
        (outcome,) = await self._link.run([evaluate(CANCEL, [Keys.of(stream_id).meta])])
        if isinstance(outcome, LogUnavailable):
            raise outcome
        match outcome.split() if isinstance(outcome, bytes) else []:
            case [b"ok", owner]:
                await self._link.run([ring(owner, b"stop", stream_id.encode())])
                await self._ended(stream_id)
                return "run"
            case [b"over", state]:
                await self._ended(stream_id)
                return state.decode()
            case _:
                return ""

    async def _ended(self, stream_id: str) -> None:
        copy = self._copies.get(stream_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                while copy is not None and not copy.answer.kept.log.is_ended:
                    copy.has_grown.clear()
                    await copy.has_grown.wait()

    async def _look(self, stream_id: str) -> tuple[_Copy | None, LogState | None]:
        keys = Keys.of(stream_id)
        about = encode_command(b"HGET", keys.meta, b"about")
        told, described = await self._link.run([listen(self._replica, keys), Command(keys.meta, about)])
        state = decode_state(told)
        copy = self._copies.get(stream_id)
        if copy is not None and not copy.is_usable:
            self._drop(stream_id)
            copy = None
        if (
            state is None
            and (copy is None or not copy.answer.kept.log.is_ended)
            and await self._writer.is_forgetful()
        ):
            raise LogUnavailable("Redis has lost its memory, and is being told again")
        if state is None or copy is not None:
            return copy, state
        if not isinstance(described, bytes):
            raise LogUnavailable("Redis does not say what is kept")
        copy = self._begin(stream_id, described)
        if not state.is_over:
            await self._link.run([ring(state.owner.encode(), b"heard", stream_id.encode())])
        return copy, state

    def _begin(self, stream_id: str, described: bytes) -> _Copy:
        try:
            about = _decode_about(described)
        except msgspec.DecodeError:
            raise LogUnavailable("the answer is kept in a form that this replica does not read") from None
        endpoint = self._endpoint(about)
        keep = choose_keep(endpoint, about.known) if endpoint is not None else None
        if keep is None:
            raise LogUnavailable("this replica does not serve the dialect of the answer")
        log = MemoryLog(self._settings.kept_answer_bytes, self._budget)
        copy = _Copy(
            lambda sink: LogTail(
                stream_id,
                self._replica,
                self._link.run,
                self._link.well_for_s,
                self._clock,
                sink,
                log.begin_epoch,
            )
        )
        generation = Generation(
            about.origin,
            Timeline(self._clock.time()),
            clock=self._clock.time,
            max_pending_bytes=self._settings.reader_buffer_bytes,
        )
        generation.start(copy, about.known)
        kept = KeptGeneration(generation, log, self, self._clock, grace_s=_IDLE_S)
        kept.on_growth = copy.has_grown.set
        copy.answer = Answer(
            kept,
            msgspec.structs.replace(keep, request=Request(about.origin.model, [])),
            about.created_at_unix_s,
            about.path,
            about.is_resumable,
            self._settings.max_followers,
        )
        self._copies[stream_id] = copy
        kept.start()
        self._clock.call_later(_UNREAD_S, self._drop_idle, copy)
        return copy

    def _endpoint(self, about: _About) -> Endpoint | None:
        dialect = self._dialects.get(about.origin.dialect)
        endpoints = dialect.reader.endpoints if dialect is not None and dialect.reader is not None else ()
        return next((endpoint for endpoint in endpoints if endpoint.path == about.path), None)

    # What copies report.

    def may_run_alone(self, _kept: KeptGeneration, /) -> bool:
        """Return that a copy may stay for its grace: it costs no tokens."""
        return True

    def on_read(self, kept: KeptGeneration) -> None:
        """Take note that somebody follows."""

    def on_idle(self, kept: KeptGeneration) -> None:
        """Take note that it is over, and nobody follows."""
        copy = self._copies.get(kept.generation.origin.id)
        if copy is None or copy.answer.kept is not kept:
            kept.log.clear()
        else:
            self._clock.call_later(_IDLE_S if copy.is_usable else 0, self._drop_idle, copy)

    def _drop_idle(self, copy: _Copy) -> None:
        kept = copy.answer.kept
        stream_id = kept.generation.origin.id
        if self._copies.get(stream_id) is copy and not kept.is_followed:
            self._drop(stream_id)

    def _drop(self, stream_id: str) -> None:
        """Let go of a copy; who still follows it has what is there of it."""
        copy = self._copies.pop(stream_id)
        kept = copy.answer.kept
        kept.generation.leave()
        if not kept.is_followed:
            kept.log.clear()

    # The bell.

    async def _subscribe(self) -> None:
        channel = inbox_key(self._replica)
        while True:
            with contextlib.suppress(OSError, TimeoutError, SluicewayError):
                await self._link.subscribe(channel, self._hear)
            await asyncio.sleep(_SUBSCRIBE_AGAIN_S)

    def _hear(self, message: bytes) -> None:
        what, *ids = message.decode("utf-8", "replace").split(" ")
        for stream_id in ids:
            match what:
                case "grown":
                    copy = self._copies.get(stream_id)
                    if copy is not None:
                        copy.tail.ring()
                case "heard":
                    self._writer.look(stream_id)
                case "stop":
                    self._writer.stop(stream_id)
                case _:  # a later version's word
                    pass

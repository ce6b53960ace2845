"""Writes this process's kept answers to Redis: one task for all of them, everything that is due in one round trip.

Nobody waits for it. An answer is written at once when its first frame or its end is there, else every 50 ms, every
10 ms while another replica reads along, or when much has come. Twice a second, and when it has nothing to say too, it
renews the lease by which others know that its producer lives. Each reply says who reads along and whether somebody
asked for the answer to be stopped.

Theory. Tokens are not noticed one by one: an answer that had something to say is looked at again at the end of the
next window. Only one that had not is to tell when it grows.

Redis may be away, or come back without its memory: what was not written stays in the answers' own logs, and is
written from there.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

from sluiceway.clock import Clock, Timer
from sluiceway.delivery.generation import Ending
from sluiceway.delivery.kept import KeptGeneration
from sluiceway.delivery.log.redis_book import Book
from sluiceway.delivery.log.redis_link import Command, Outcome, evaluate
from sluiceway.delivery.log.redis_scripts import OPEN, inbox_key
from sluiceway.delivery.log.redis_wire import encode_command
from sluiceway.errors import LogUnavailable, ProducerLost

__all__ = ["LEASE_S", "LogWriter", "Run", "ring"]

LEASE_S = 3.0
"""How long after its last sign of life a producer counts as alive."""

_WINDOW_S = 0.05
_HEARD_WINDOW_S = 0.01
_SLACK_S = 0.002
"""What is due so soon goes along."""
_RETRY_S = 0.25
_BEAT_S = 0.5
"""How long a producer is silent at most: then it renews its lease, and hears whether its answer is to be stopped."""
_SIGN_S = 1.0
"""How often a replica leaves a sign, by which it sees whether Redis has lost its memory. Less often than `LEASE_S`:
who looks for an answer meanwhile waits for so long."""
_VERIFY_S = 2.0
"""When an end is looked at once more: a server that took it may have died before its replica knew."""
_MAX_ROUND = 256
_SIGN_TTL_S = 60

Run = Callable[[Sequence[Command]], Awaitable[list[Outcome]]]
"""Runs commands; see `sluiceway.delivery.log.redis_link.RedisLink.run`."""


class LogWriter:
    """The writer.

    Args:
        run: runs commands.
        replica: this process's name among the replicas.
        clock: time and timers.
        ttl_s: how long Redis keeps an answer after it was last written.
    """

    def __init__(self, run: Run, replica: str, clock: Clock, ttl_s: float) -> None:
        self._run = run
        self._replica = replica.encode()
        self._clock = clock
        self._ttl = b"%d" % max(1, math.ceil(ttl_s))
        self._lease = b"%d" % round(LEASE_S * 1000)
        self._sign = b"sw:r:" + self._replica
        self._books: dict[str, Book] = {}
        self._due: set[Book] = set()
        self._timer: Timer | None = None
        self._timer_at = math.inf
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sign_timer: Timer | None = None
        self._is_signed = self._was_signed = False
        self._forgot_at = -math.inf

    def open(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._work())
        self._ask_for_sign()

    async def close(self, within_s: float) -> None:
        """Write what is left, as far as that can be done in time, and end. Idempotent."""
        if self._task is None:
            return
        for timer in (self._timer, self._sign_timer):
            if timer is not None:
                timer.cancel()
        self._task.cancel()
        await asyncio.wait([self._task])
        self._task = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._write_all()

    async def _write_all(self) -> None:
        while books := [book for book in self._books.values() if book.is_behind]:
            await self._write(books[:_MAX_ROUND])
            if all(book.is_failing for book in books[:_MAX_ROUND]):
                await asyncio.sleep(_RETRY_S)

    def add(self, kept: KeptGeneration, about: bytes, name: bytes, max_bytes: int) -> None:
        """Write an answer from now on."""
        book = self._books[kept.generation.origin.id] = Book(kept, about, name, max_bytes)
        kept.on_growth = partial(self._note, book)
        book.watch(is_watched=True)
        # Others that begin now go along; and its first frame, which writes it at once.
        self._ask(book, _end_of_window(self._clock.time(), _HEARD_WINDOW_S))

    async def is_forgetful(self) -> bool:
        """Return whether Redis has lost its memory a moment ago, so that what it does not know may yet come back."""
        if self._clock.time() - self._forgot_at < LEASE_S:
            return True
        (outcome,) = await self._run([Command(self._sign, encode_command(b"EXISTS", self._sign))])
        return outcome != 1

    def remove(self, stream_id: str) -> None:
        """Write an answer no more."""
        book = self._books.pop(stream_id, None)
        if book is not None:
            book.kept.on_growth = None
            book.watch(is_watched=False)
            self._due.discard(book)

    def stop(self, stream_id: str) -> None:
        """Stop an answer that is written here, as another replica asks."""
        book = self._books.get(stream_id)
        if book is not None:
            book.kept.generation.stop()

    def look(self, stream_id: str) -> None:
        """Look at once who reads an answer."""
        book = self._books.get(stream_id)
        if book is not None:
            self._ask(book, self._clock.time())

    def look_at_all(self) -> None:
        """See to it that Redis has everything: it was away, or has lost its memory."""
        now = self._clock.time()
        for book in self._books.values():
            self._ask(book, now)

    def _note(self, book: Book) -> None:
        """Take note that an answer has grown, or has ended."""
        if (book.is_watched or book.is_urgent) and not (book.is_dead or book.is_done or book.is_failing):
            book.watch(is_watched=False)
            self._look(book, self._clock.time())

    def _look(self, book: Book, now: float) -> None:
        """Look at an answer at once where that is urgent, else at the end of the window."""
        if book.is_urgent:
            self._put(book, now)
            return
        self._put(book, _end_of_window(now, _HEARD_WINDOW_S if book.is_heard else _WINDOW_S))

    def _ask(self, book: Book, due_at: float) -> None:
        """Write an answer then, whether it has something to say or not."""
        book.is_asked = True
        self._put(book, due_at)

    def _put(self, book: Book, due_at: float) -> None:
        if book.is_dead or book.due_at <= due_at:
            return
        book.due_at = due_at
        self._due.add(book)
        if due_at < self._timer_at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer_at = due_at
            self._timer = self._clock.call_later(max(0.0, due_at - self._clock.time()), self._ring)

    def _ring(self) -> None:
        self._timer, self._timer_at = None, math.inf
        self._bell.set()

    def _ask_for_sign(self) -> None:
        self._is_signed = False
        self._bell.set()
        self._sign_timer = self._clock.call_later(_SIGN_S, self._ask_for_sign)

    async def _work(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            if not self._is_signed:
                await self._sign_in()
            ready = self._take_ready()
            for start in range(0, len(ready), _MAX_ROUND):
                await self._write(ready[start : start + _MAX_ROUND])
            self._wait_for_next()

    def _take_ready(self) -> list[Book]:
        """Return those that are due and have something to say; the others are to tell when they have."""
        limit_at = self._clock.time() + _SLACK_S
        ready: list[Book] = []
        for book in list(self._due):
            if book.due_at > limit_at:
                continue
            if book.is_asked or book.is_behind or book.beats_at <= limit_at:
                ready.append(book)
            else:
                book.watch(is_watched=True)
                book.due_at = book.beats_at
        return ready

    def _wait_for_next(self) -> None:
        earliest = min(self._due, key=lambda book: book.due_at, default=None)
        if earliest is not None:
            due_at, earliest.due_at = earliest.due_at, math.inf
            self._put(earliest, due_at)

    async def _sign_in(self) -> None:
        """Leave a sign; where the last one is missing, Redis has lost its memory."""
        self._is_signed = True
        command = encode_command(b"SET", self._sign, b"1", b"EX", b"%d" % _SIGN_TTL_S, b"GET")
        (outcome,) = await self._run([Command(self._sign, command)])
        if outcome is None:
            self._forgot_at = self._clock.time() if self._was_signed else -math.inf
            self.look_at_all()
        self._was_signed = self._was_signed or not isinstance(outcome, LogUnavailable)

    async def _write(self, books: Sequence[Book]) -> None:
        commands: list[Command] = []
        now = self._clock.time()
        for book in books:
            self._due.discard(book)
            book.due_at = math.inf
            book.is_asked = False
            if not book.is_open:
                commands += self._opening(book)
            commands.append(self._append(book, now))
        outcomes = iter(await self._run(commands))
        now = self._clock.time()
        rings: dict[bytes, list[bytes]] = {}
        for book in books:
            if not book.is_open:
                self._skip(book, outcomes)
            before_seq = book.next_seq
            heard = self._settle(book, next(outcomes), now)
            if book.next_seq > before_seq or book.is_done:
                for replica in heard:
                    rings.setdefault(replica, []).append(book.kept.generation.origin.id.encode())
        if rings:
            await self._run([ring(replica, b"grown", *ids) for replica, ids in rings.items()])

    def _opening(self, book: Book) -> Iterable[Command]:
        epoch = b"%d" % book.epoch
        yield evaluate(OPEN, [book.keys.meta], self._replica, self._lease, self._ttl, epoch, book.about)
        if book.name:
            ids = book.kept.generation.origin.id.encode()
            yield Command(book.name, encode_command(b"SET", book.name, ids, b"EX", self._ttl))

    def _skip(self, book: Book, outcomes: Iterable[Outcome]) -> None:
        """Pass over what came of opening: the reply to the frames behind it says all there is to say."""
        iterator = iter(outcomes)
        next(iterator)
        if book.name:
            next(iterator)

    def _append(self, book: Book, now: float) -> Command:
        batch = book.next_batch()
        words = (b"%d" % book.epoch, b"%d" % batch.first_seq, b"%d" % batch.count, batch.data)
        if book.beats_at > now + _SLACK_S and batch.first_seq > 1 and not (batch.state or book.is_failing):
            return book.append.command(*words)
        book.beats_at = now + _BEAT_S
        return book.append.command(*words, batch.state.encode(), self._lease, self._ttl)

    def _settle(self, book: Book, outcome: Outcome, now: float) -> Sequence[bytes]:
        """Take a reply, and return the replicas that read along."""
        book.is_failing = not isinstance(outcome, bytes)
        if not isinstance(outcome, bytes):
            self._ask(book, now + _RETRY_S)
            return ()
        match outcome.split(b" "):
            case [b"ok", next_seq, cancel, *heard]:
                names = [name for name in heard if name]
                book.settle(int(next_seq))
                self._listen(book, is_heard=bool(names) and not book.is_done)
                self._go_on(book, now)
                if cancel != b"-":
                    book.kept.generation.stop()
                return names
            case [b"gap", next_seq]:
                book.rewind(int(next_seq))
                self._ask(book, now)
            case [b"gone"]:
                self._remember(book, now)
            case [b"stale", *_]:
                self._lose(book)
            case _:  # over
                book.finish()
                self._listen(book, is_heard=False)
        return ()

    def _go_on(self, book: Book, now: float) -> None:
        if book.is_done:
            self._ask(book, _end_of_window(now + _VERIFY_S, _WINDOW_S))
        else:
            self._look(book, now)

    def _remember(self, book: Book, now: float) -> None:
        """Write it all again, and whatever else is lost."""
        was_open = book.is_open
        book.forget()
        self._ask(book, now if was_open else now + _RETRY_S)
        if was_open:
            self.look_at_all()

    def _lose(self, book: Book) -> None:
        """Another replica took this one for dead, and has ended the answer."""
        book.is_dead = True
        self._listen(book, is_heard=False)
        error = ProducerLost("another replica took this one for gone and ended the answer")
        book.kept.generation.fail(error, Ending.UPSTREAM_ERROR)

    def _listen(self, book: Book, *, is_heard: bool) -> None:
        if is_heard and not book.is_heard:
            book.is_heard = True
            book.kept.join(book)
        elif book.is_heard and not is_heard:
            book.is_heard = False
            book.kept.leave(book)


def _end_of_window(now: float, window_s: float) -> float:
    """Return when a window ends: all of them end at the same moments, so that many answers share a round trip."""
    return (now // window_s + 1) * window_s


def ring(replica: bytes, what: bytes, *stream_ids: bytes) -> Command:
    """Return the command that rings a replica; whether it hears is no matter."""
    channel = inbox_key(replica.decode())
    return Command(channel, encode_command(b"SPUBLISH", channel, b" ".join((what, *stream_ids))))

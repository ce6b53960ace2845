"""Reads an answer that another replica writes: to this process, the log in Redis is the engine of a generation.

So all that holds for answers of its own holds for this one: followers, limits, pressure. A ring makes it look; it
looks by itself each second, and when the producer's lease ends. A producer that lets it lapse is gone: then the
answer is ended here, for all replicas, with one error, because nobody else has the way to its engine.

Who did not run itself meanwhile, or could not ask Redis, cannot tell who else did not: it waits for a lease more.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from sluiceway.clock import Clock
from sluiceway.delivery.log.redis_codec import FrameDecoder, encode_frames
from sluiceway.delivery.log.redis_link import Command, Outcome, evaluate
from sluiceway.delivery.log.redis_scripts import APPEND, LISTEN, OPEN, Keys
from sluiceway.delivery.log.redis_wire import encode_command
from sluiceway.delivery.log.redis_writer import LEASE_S, Run, ring
from sluiceway.engine import Sink
from sluiceway.errors import LogUnavailable, ProducerLost, SluicewayError
from sluiceway.events import Frame, StreamEnd, StreamError

__all__ = ["LogState", "LogTail", "NewEpoch", "Well", "decode_state", "listen"]

_LOOK_S = 1.0
_LISTEN_TTL_S = 3.0
_RETRY_S = 0.25
_PATIENCE_S = 30.0
"""How long Redis may be away before followers are told that the rest cannot be had."""
_GONE_S = 5.0
"""How long an answer may be unknown: a Redis that lost its memory gets it again from its producer."""
_LATE_S = 1.0
"""How much later than it wanted to this process may wake, and still count as one that ran."""
_PAGE = 16
_SLACK_S = 0.02
_TAKEOVER_LEASE_S = 0.5
_TAKEOVER_TTL_S = 600
_NONSENSE = "Redis answers with something else"

NewEpoch = Callable[[int, int], None]
"""Told a producer's number, and the number of its first frame."""


class Well(Protocol):
    """Says for how long the server of a key has answered."""

    def __call__(self, key: bytes) -> float:
        """Return seconds."""
        ...


class LogState(msgspec.Struct, frozen=True):
    """What Redis says of an answer.

    Attributes:
        epoch: its producer.
        next_seq: the number the next frame will have.
        state: ``run``, or how it ended.
        lease_s: how long its producer's lease lasts.
        owner: its producer's replica.
        turns: each later producer with its first number.
    """

    epoch: int
    next_seq: int
    state: str
    lease_s: float
    owner: str
    turns: list[tuple[int, int]]

    @property
    def is_over(self) -> bool:
        """Whether it is complete."""
        return self.state != "run"


def listen(replica: str, keys: Keys, *, ttl_s: float = _LISTEN_TTL_S) -> Command:
    """Return the command that says that a replica reads along, or with 0 no longer."""
    return evaluate(LISTEN, [keys.meta, keys.listeners], replica.encode(), b"%d" % round(ttl_s * 1000))


def decode_state(outcome: Outcome) -> LogState | None:
    """Return what a reply to `listen` says; None for an answer that Redis does not know.

    Raises:
        LogUnavailable: it is no such reply.
    """
    if isinstance(outcome, LogUnavailable):
        raise outcome
    match outcome.split() if isinstance(outcome, bytes) else []:
        case [b"gone"]:
            return None
        case [b"ok", epoch, next_seq, state, lease_ms, owner, *turns]:
            with _only_sense():
                told = [_decode_pair(turn) for turn in turns]
                lease_s = int(lease_ms) / 1000
                return LogState(int(epoch), int(next_seq), state.decode(), lease_s, owner.decode(), told)
        case _:
            raise LogUnavailable(_NONSENSE)


def _decode_pair(text: bytes) -> tuple[int, int]:
    epoch, seq = text.split(b"-")
    return int(epoch), int(seq)


@contextlib.contextmanager
def _only_sense() -> Iterator[None]:
    """Refuse what is no number, or no text."""
    try:
        yield
    except ValueError:
        raise LogUnavailable(_NONSENSE) from None


class LogTail:
    """One answer's tail; a `sluiceway.engine.Call`.

    Args:
        stream_id: the answer.
        replica: this process's name among the replicas.
        run: runs commands.
        well_for_s: for how long Redis has answered.
        clock: time.
        sink: what it feeds.
        on_epoch: told when another producer went on.
    """

    def __init__(
        self,
        stream_id: str,
        replica: str,
        run: Run,
        well_for_s: Well,
        clock: Clock,
        sink: Sink,
        on_epoch: NewEpoch,
    ) -> None:
        self._stream_id = stream_id.encode()
        self._keys = Keys.of(stream_id)
        self._replica = replica
        self._run = run
        self._well_for_s = well_for_s
        self._clock = clock
        self._sink = sink
        self._on_epoch = on_epoch
        self._epoch = 1
        self._seq = 0
        self._decoder = FrameDecoder()
        self._is_told = False
        self._bell = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._found_at = self._reached_at = clock.time()
        self._awake_since = -math.inf
        self._task: asyncio.Task[None] | None = asyncio.create_task(self._work())

    @property
    def next_seq(self) -> int:
        """The number of the frame it feeds next."""
        return self._seq + 1

    def ring(self) -> None:
        """Have it look now."""
        self._bell.set()

    def pause(self) -> None:
        """Read no more until `resume`. Idempotent."""
        self._room.clear()

    def resume(self) -> None:
        """Go on. Idempotent."""
        self._room.set()

    def abort(self) -> None:
        """Read no more. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _work(self) -> None:
        error: SluicewayError | None = None
        try:
            while True:
                await self._have_room()
                self._bell.clear()
                wait_s = await self._look()
                if wait_s is None:
                    break
                await self._sleep(wait_s)
        except LogUnavailable as unavailable:
            error = unavailable
        await self._run([listen(self._replica, self._keys, ttl_s=0)])
        self._task = None
        self._sink.close(error)

    async def _have_room(self) -> None:
        """Wait until more can be taken; meanwhile it still counts as one that reads along."""
        while not self._room.is_set():
            if not await _is_set(self._room, _LOOK_S):
                await self._run([listen(self._replica, self._keys)])

    async def _sleep(self, wait_s: float) -> None:
        """Wait until it is rung, and so long at most."""
        due_at = self._clock.time() + wait_s
        await _is_set(self._bell, wait_s)
        now = self._clock.time()
        if now - due_at > _LATE_S:
            self._awake_since = now

    async def _look(self) -> float | None:
        """Take what is new, and return how long to wait for more; None at the end.

        Raises:
            LogUnavailable: there is no more to be had.
        """
        now = self._clock.time()
        after = b"(%d-%d" % (self._epoch, self._seq)
        page = encode_command(b"XRANGE", self._keys.frames, after, b"+", b"COUNT", b"%d" % _PAGE)
        told, entries = await self._run([listen(self._replica, self._keys), Command(self._keys.frames, page)])
        try:
            state = decode_state(told)
            if isinstance(entries, LogUnavailable):
                raise entries
        except LogUnavailable:
            if now - self._reached_at > _PATIENCE_S:
                raise
            return _RETRY_S
        self._reached_at = now
        page_size = self._take(entries if isinstance(entries, list) else [])
        if self._is_told:
            return None
        is_missing = state is None or (page_size == 0 and self._seq < state.next_seq - 1)
        if state is None or is_missing:
            if now - self._found_at > _GONE_S:
                raise LogUnavailable("the answer is not kept any more")
            if state is not None:  # its producer may have it still
                await self._run([ring(state.owner.encode(), b"heard", self._stream_id)])
            return _RETRY_S
        self._found_at = now
        # What was told here and is not there any more, a failover has forgotten; its producer writes it again.
        if page_size and self._seq != state.next_seq - 1:
            return 0.0
        return None if state.is_over else await self._watch(state)

    def _take(self, entries: Sequence[Outcome]) -> int:
        """Feed what is new of entries, and return how many there were."""
        frames: list[Frame] = []
        for entry in entries:
            match entry:
                case [bytes(entry_id), [_, bytes(data)]]:
                    with _only_sense():
                        place = _decode_pair(entry_id)
                    frames += self._open(*place, data)
                case _:
                    raise LogUnavailable(_NONSENSE)
        if frames:
            self._is_told = any(isinstance(event, StreamEnd | StreamError) for event in frames[-1].events)
            self._sink.feed(frames)
        return len(entries)

    def _open(self, epoch: int, seq: int, data: bytes) -> list[Frame]:
        first_seq, frames = self._decoder.decode(data)
        if first_seq > self._seq + 1 or seq != first_seq + len(frames) - 1:
            raise LogUnavailable("what is kept of the answer has a hole")
        if epoch > self._epoch:
            # Of what the last producer told, a failover may have forgotten some; what the new one tells is new.
            self._on_epoch(epoch, max(first_seq, self._seq + 1))
            self._epoch, self._seq = epoch, first_seq - 1
        new = frames[self._seq + 1 - first_seq :]
        self._seq = max(self._seq, seq)
        return new

    async def _watch(self, state: LogState) -> float:
        """Wait for a producer that lives, and end the answer of one that does not."""
        if state.lease_s > 0:
            return min(_LOOK_S, state.lease_s + _SLACK_S)
        # A Redis that was away comes back with leases that nobody could renew.
        well_for_s = min(self._well_for_s(self._keys.meta), self._clock.time() - self._awake_since)
        if well_for_s < LEASE_S:
            return min(_LOOK_S, LEASE_S - well_for_s + _SLACK_S)
        return 0.0 if await self._end() else _RETRY_S

    async def _end(self) -> bool:
        """End the answer for everybody, unless another replica is quicker or its producer lives after all.

        Returns:
            Whether Redis had a word for it.
        """
        lease, ttl = b"%d" % round(_TAKEOVER_LEASE_S * 1000), b"%d" % _TAKEOVER_TTL_S
        (outcome,) = await self._run(
            [evaluate(OPEN, [self._keys.meta], self._replica.encode(), lease, ttl, b"1", b"")]
        )
        match outcome.split() if isinstance(outcome, bytes) else []:
            case [b"ok", epoch, next_seq]:
                error = ProducerLost("the server that had the answer from its model is gone")
                data = encode_frames(int(next_seq), [Frame([StreamError(error.code, error.message)])])
                keys = [self._keys.meta, self._keys.frames, self._keys.listeners]
                (told,) = await self._run([evaluate(APPEND, keys, epoch, next_seq, b"1", data, b"error", lease, ttl)])
                await self._ring_others(told)
            case _:
                pass
        return isinstance(outcome, bytes)

    async def _ring_others(self, told: Outcome) -> None:
        """Have the others that read along look at once: they wait for the lease of who has ended the answer."""
        match told.split() if isinstance(told, bytes) else []:
            case [b"ok", _, _, *heard]:
                others = [name for name in heard if name != self._replica.encode()]
                await self._run([ring(name, b"grown", self._stream_id) for name in others])
            case _:
                pass


async def _is_set(event: asyncio.Event, within_s: float) -> bool:
    """Wait for an event so long at most, and return whether it came."""
    try:
        async with asyncio.timeout(within_s):
            return await event.wait()
    except TimeoutError:
        return False

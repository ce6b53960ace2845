"""A reader: one consumer of an answer, with an encoder of its own and a bell that wakes it.

The shell that owns the connection does, in a loop: ``await wait()``, ``take()``, send, until ``is_over``; or it has
itself called by `listen` and writes at once. While it
sends it sets ``sending_since``, so that the patrol can tell a reader that takes nothing from one that has nothing to
take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec

from sluiceway.delivery.generation import Ending, Origin, Wake
from sluiceway.engine import Lead
from sluiceway.errors import ReaderTooSlow, SluicewayError
from sluiceway.events import Frame
from sluiceway.usual import Usual

__all__ = ["FrameEncoder", "Limits", "Outlet", "Reader", "Source", "Telling"]


class Telling(Protocol):
    """Tells what differs in texts only; a `sluiceway.usual.Around` is one."""

    def teller(self, write_chunk: Callable[[bytes], None]) -> Callable[[list[bytes]], None]:
        """Return what writes an event for each of some texts, all in one HTTP chunk."""
        ...


class FrameEncoder(Protocol):
    """Frames → the reader's bytes; every dialect's encoder is one."""

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none."""
        ...

    def heartbeat(self) -> bytes:
        """Return bytes that say nothing and keep the connection alive; empty when there are none."""
        ...

    def telling(self, usual: Usual) -> Telling | None:
        """Return what tells the usual events of an open block from here on; None where each must be encoded."""
        ...


class Outlet(Protocol):
    """Where a reader's bytes go, without waiting."""

    @property
    def write_chunk(self) -> Callable[[bytes], None] | None:
        """Takes a whole chunk of HTTP/1.1's chunked coding; None where the body is not so coded."""
        ...


class Source(Protocol):
    """What a reader reads: a generation, or one follower's view of a kept one.

    Attributes:
        taken_at: when its reader last took something (monotonic seconds).
    """

    taken_at: float

    @property
    def origin(self) -> Origin:
        """Where the answer comes from."""
        ...

    @property
    def output_deltas(self) -> int:
        """How many output deltas the answer has."""
        ...

    @property
    def ending(self) -> Ending | None:
        """How it ended for this reader; None while it goes on."""
        ...

    @property
    def error(self) -> SluicewayError | None:
        """What broke it off for this reader; None where nothing did."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether there is something to take, or the end was reached."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing will come."""
        ...

    def attach(self, wake: Wake) -> None:
        """Make ``wake`` the reader's bell; it rings at once when something waits."""
        ...

    def open_lane(self, lead: Callable[[Usual], Lead | None] | None) -> None:
        """Have usual events go where ``lead`` says, once all that came before has been taken; None ends that."""
        ...

    def take(self) -> list[Frame]:
        """Return what waits, or a page of it, and make room for more."""
        ...

    def settle(self) -> None:
        """Have counted what went by on the lane."""
        ...

    def leave(self) -> None:
        """Take note that the reader went away."""
        ...

    def fail(self, error: SluicewayError, ending: Ending) -> None:
        """End it for this reader with an error of our own."""
        ...


def _no_wake() -> None:
    """Stand in for a reader that is gone."""


class Limits(msgspec.Struct, frozen=True):
    """What a reader is held to.

    Attributes:
        heartbeat_s: silence after which a heartbeat is sent; 0 turns heartbeats off.
        stall_s: how long one send may take before the reader is given up; 0 means for ever.
    """

    heartbeat_s: float = 15.0
    stall_s: float = 30.0


class Reader:
    """One consumer of an answer.

    Args:
        generation: what it reads.
        encoder: its own encoder.
        limits: what it is held to.
        clock: monotonic seconds.

    Attributes:
        sending_since: when the send under way began (monotonic seconds), or None; kept by the shell.
        is_stalled: whether it was given up because a send took longer than the limit.
        backlog: tells how many bytes the socket has not taken yet, where that is known; fewer than at the last check
            are progress, however long the send has taken.
        on_stall: called once when a send took longer than the limit; ends the connection.
    """

    __slots__ = (
        "_backlog_bytes",
        "_bell",
        "_clock",
        "_encode",
        "_encoder",
        "_is_beat_due",
        "_limits",
        "_listener",
        "backlog",
        "generation",
        "is_stalled",
        "on_stall",
        "sending_since",
        "sent_at",
    )

    def __init__(self, generation: Source, encoder: FrameEncoder, limits: Limits, clock: Callable[[], float]) -> None:
        self.generation = generation
        self.sending_since: float | None = None
        self.sent_at = clock()
        self.is_stalled = False
        self.backlog: Callable[[], int] | None = None
        self.on_stall: Callable[[], object] | None = None
        self._backlog_bytes = 0
        self._encoder = encoder
        self._encode = encoder.encode
        self._limits = limits
        self._clock = clock
        self._bell: asyncio.Future[None] | None = None
        self._listener: Callable[[], None] | None = None
        self._is_beat_due = False
        generation.attach(self._ring)

    @property
    def is_over(self) -> bool:
        """Whether everything was taken and nothing will come."""
        return self.generation.is_over

    def listen(self, listener: Callable[[], None]) -> None:
        """Have ``listener`` called whenever `wait` would return: at once when something waits already."""
        self._listener = listener
        self.generation.attach(listener)

    def open_lane(self, outlet: Outlet | None) -> None:
        """Have usual events go to ``outlet`` past the encoder, where it knows how to tell them; None ends that."""
        self.generation.open_lane(None if outlet is None else partial(self._lead, outlet))

    def _lead(self, outlet: Outlet, usual: Usual) -> Lead | None:
        write_chunk = outlet.write_chunk
        telling = None if write_chunk is None else self._encoder.telling(usual)
        if write_chunk is None or telling is None:
            return None
        return Lead(telling.teller(write_chunk), write_chunk if telling == usual.around else None)

    def note_room(self, *, is_writable: bool) -> None:
        """Take note that the socket takes more, or from now on no more."""
        if is_writable:
            self.sending_since = None
        elif self.sending_since is None:
            self.sending_since = self._clock()

    async def wait(self) -> None:
        """Wait until there is something to take, the end was reached, or a heartbeat is due."""
        if self.generation.is_ready or self._is_beat_due:
            return
        self._bell = asyncio.get_running_loop().create_future()
        await self._bell

    def take(self) -> bytes:
        """Return the bytes of everything that waits, or of a heartbeat when one is due; possibly none."""
        generation = self.generation
        frames = generation.take()
        self.sent_at = generation.taken_at
        is_beat_due = self._is_beat_due
        self._is_beat_due = False
        if len(frames) == 1:
            return self._encode(frames[0])
        if frames:
            return b"".join(map(self._encode, frames))
        return self._encoder.heartbeat() if is_beat_due and not self.is_over else b""

    def check(self, now: float) -> None:
        """Give the reader up when it has stalled, and have it send a heartbeat after a silence."""
        limits = self._limits
        self.generation.settle()
        if self.sending_since is not None:
            if self._has_progressed():
                self.sending_since = now
            elif limits.stall_s and now - self.sending_since > limits.stall_s:
                self._stall()
        elif limits.heartbeat_s and now - max(self.sent_at, self.generation.taken_at) > limits.heartbeat_s:
            self._is_beat_due = True
            self._ring()

    def close(self) -> None:
        """Let go of whoever listens. What ends without reference cycles costs the collector nothing: a tenth of a
        non-streaming request.
        """
        self.generation.attach(_no_wake)
        self._listener = self._bell = self.backlog = None

    def _has_progressed(self) -> bool:
        if self.backlog is None:
            return False
        last, self._backlog_bytes = self._backlog_bytes, self.backlog()
        return self._backlog_bytes < last

    def _stall(self) -> None:
        error = ReaderTooSlow(f"the reader took nothing for {self._limits.stall_s:g} s")
        self.is_stalled = True
        self.generation.fail(error, Ending.READER_TOO_SLOW)
        if self.on_stall is not None:
            self.on_stall()
            self.on_stall = None

    def _ring(self) -> None:
        if self._listener is not None:
            self._listener()
        elif self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

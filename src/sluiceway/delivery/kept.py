"""A kept generation: a running answer that outlives its readers' connections, and may have several at once.

Theory. The generation's one reader is the *pump*: what it takes goes into the log, and every follower reads the log
at its own place. So a slow follower holds up nobody: the log grows to its limit, then loses its front, and a follower
that was still there gets an error. Only when nobody has read the front yet does the pump wait; what arrives then
stays in the generation, which pauses its engine as it does for any reader that does not take.

When the last follower leaves a running answer, its keeper is asked whether it may go on alone. It may for
``grace_s``; then it ends in an error, which whoever comes back still gets. Stopping is another matter:
`Generation.stop`, from anywhere, ends it at once and honestly for all followers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Protocol

from sluiceway.clock import Clock, Timer
from sluiceway.delivery.generation import Ending, Generation
from sluiceway.delivery.log.memory import MemoryLog
from sluiceway.engine import BATCH_DELTAS, Lead
from sluiceway.errors import AnswerTooLarge, NobodyReads
from sluiceway.events import Frame
from sluiceway.fold import Completion, fold
from sluiceway.usual import Usual

__all__ = ["FOR_EVER", "Keeper", "KeptGeneration", "Listener", "TakeTexts"]

TakeTexts = Callable[[list[bytes]], None]
"""Takes the texts of usual events in a row."""

FOR_EVER = math.inf
"""A grace that does not end: the answer goes on to its end with or without readers."""


class Keeper(Protocol):
    """Who looks after kept generations."""

    def may_run_alone(self, kept: KeptGeneration, /) -> bool:
        """Return whether a running answer without followers may go on for its grace."""
        ...

    def on_read(self, kept: KeptGeneration) -> None:
        """Take note that somebody follows."""
        ...

    def on_idle(self, kept: KeptGeneration) -> None:
        """Take note that it is over, and nobody follows any more; again each time the last follower leaves."""
        ...


class Listener(Protocol):
    """Who follows.

    Attributes:
        next_seq: the number of the frame it takes next.
    """

    next_seq: int

    @property
    def lead(self) -> Callable[[Usual], TakeTexts | None] | None:
        """What says where it takes the texts of usual events; None while it has to take what is kept."""
        ...

    def offer(self, frames: list[Frame]) -> None:
        """Look whether there is something to take; ``frames`` are the last of the log, and new."""
        ...

    def skip(self, count: int) -> None:
        """Take note that ``count`` frames, from ``next_seq`` on, were told where `lead` said."""
        ...


class KeptGeneration:
    """A generation, its log, and who follows it.

    Args:
        generation: the answer, which has no reader yet.
        log: where its frames are kept, empty so far.
        keeper: who looks after it.
        clock: time and timers.
        grace_s: how long it goes on after its last follower left; 0 to stop at once.
        max_alone_tokens: how many output deltas it may go on for meanwhile; 0 for any number.

    Attributes:
        on_growth: called when the log has grown, or is ended; after the followers. Of what goes by on the lane it is
            told in batches, or as `watch` says.
    """

    __slots__ = (
        "_alone_until",
        "_clock",
        "_followers",
        "_grace_timer",
        "_is_full",
        "_keeper",
        "_log",
        "_pump_timer",
        "_usual",
        "clock",
        "generation",
        "grace_s",
        "max_alone_tokens",
        "on_growth",
    )

    def __init__(
        self,
        generation: Generation,
        log: MemoryLog,
        keeper: Keeper,
        clock: Clock,
        *,
        grace_s: float,
        max_alone_tokens: int = 0,
    ) -> None:
        self.generation = generation
        self.clock = clock
        self.grace_s = grace_s
        self.max_alone_tokens = max_alone_tokens
        self._log = log
        self.on_growth: Callable[[], None] | None = None
        self._usual: Usual | None = None  # what goes by on the lane
        self._keeper = keeper
        self._followers: dict[Listener, None] = {}
        self._grace_timer: Timer | None = None
        self._pump_timer: Timer | None = None
        self._is_full = False
        self._alone_until = math.inf  # how many output deltas there may be before somebody must read

    @property
    def log(self) -> MemoryLog:
        """What is kept, up to now."""
        if self.generation.lane.passed:
            self.generation.settle()
        return self._log

    def watch(self, *, is_watched: bool) -> None:
        """Have `on_growth` told of each delta on the lane, or only of each batch of them."""
        self.generation.lane.batch_deltas = 1 if is_watched else BATCH_DELTAS

    @property
    def is_followed(self) -> bool:
        """Whether anybody follows."""
        return bool(self._followers)

    @property
    def follower_count(self) -> int:
        """How many follow."""
        return len(self._followers)

    def completion(self) -> Completion:
        """Return the answer as far as it goes.

        Raises:
            CursorExpired: not all of it is kept.
        """
        log = self.log
        opening = log.opening()
        frames = [] if opening is None else [opening]
        frames += log.read(log.first_seq, log.size_bytes)
        return fold(event for frame in frames for event in frame.events)

    def start(self) -> None:
        """Begin to keep what arrives."""
        self.generation.lane.keep = self._keep
        self.generation.attach(self._pump)
        self.align_lane()

    def join(self, follower: Listener) -> None:
        """Take a follower in."""
        self.generation.settle()
        self._followers[follower] = None
        self._alone_until = math.inf
        self._stop_grace()
        self._keeper.on_read(self)
        self.align_lane()

    def leave(self, follower: Listener) -> None:
        """Let a follower go. Idempotent."""
        if follower not in self._followers:
            return
        self.generation.settle()
        del self._followers[follower]
        self.note_taken()
        if not self._followers:
            self._stand_alone()
        self.align_lane()

    def note_taken(self) -> None:
        """Take note that a follower has gone on."""
        if self._is_full:
            self._pump_soon()

    def align_lane(self) -> None:
        """See whether usual events may go past the pump: into the log, and to followers who have all before them.

        To be called whenever that changes.
        """
        self.generation.settle()
        leads = [follower.lead for follower in self._followers]
        is_limited = self._is_full or self._alone_until < math.inf
        may_pass = not (is_limited or None in leads)
        self.generation.open_lane(partial(self._lead, [lead for lead in leads if lead]) if may_pass else None)

    def _lead(self, leads: list[Callable[[Usual], TakeTexts | None]], usual: Usual) -> Lead | None:
        takes = [take for take in (lead(usual) for lead in leads) if take is not None]
        if len(takes) < len(leads):
            return None
        self.generation.settle()
        self._usual = usual
        return Lead(takes[0] if len(takes) == 1 else partial(_give_all, takes))

    def _keep(self, texts: list[bytes]) -> None:
        """Move what went by on the lane into the log."""
        assert self._usual is not None, "nothing goes by before it is known where to"
        has_room = self._log.append_texts(self._usual, texts)
        for follower in self._followers:
            follower.skip(len(texts))
        if self.on_growth is not None:
            self.on_growth()
        if not has_room:
            self._pump_soon()

    def _pump_soon(self) -> None:
        # Not at once: a follower may still be writing what it took.
        if self._pump_timer is None:
            self._pump_timer = self.clock.call_later(0, self._pump_again)

    def _pump_again(self) -> None:
        self._pump_timer = None
        self._fit()
        self._pump()
        self.align_lane()

    def _pump(self) -> None:
        """Move what has arrived into the log. The hot path of kept answers: once a read, as `Generation.feed`."""
        generation, log = self.generation, self._log
        frames: list[Frame] = []
        if not self._is_full or generation.ending is not None:  # the rest of an ended answer is not much
            frames = generation.take()
        has_room = log.append(frames)
        if generation.ending is not None and not log.is_ended and generation.is_over:
            log.end()
            self._stop_grace()
        for follower in (*self._followers,):
            follower.offer(frames)
        if self.on_growth is not None:
            self.on_growth()
        if self._is_full or not has_room:
            self._fit()
            self.align_lane()
        if log.is_ended and not self._followers:
            self._keeper.on_idle(self)
        elif generation.output_deltas > self._alone_until:
            self._abandon(f"nobody read {self.max_alone_tokens} tokens")

    def _fit(self) -> None:
        log = self.log
        self._is_full = False
        if log.has_room:
            return
        furthest_seq = max((follower.next_seq for follower in self._followers), default=log.next_seq)
        if log.fit(furthest_seq):
            return
        if furthest_seq < log.next_seq:
            self._is_full = True
        elif self._followers:
            log.forget()
        elif log.size_bytes > log.max_bytes:
            error = AnswerTooLarge(f"the answer outgrew the {log.max_bytes} bytes that are kept of one")
            self.generation.fail(error, Ending.READER_GONE)

    def _stand_alone(self) -> None:
        if self.log.is_ended:
            self._keeper.on_idle(self)
        elif self.grace_s <= 0 or not self._keeper.may_run_alone(self):
            self._abandon()
        else:
            if self.grace_s < FOR_EVER:
                self._grace_timer = self.clock.call_later(self.grace_s, self._abandon)
            if self.max_alone_tokens:
                self._alone_until = self.generation.output_deltas + self.max_alone_tokens

    def _stop_grace(self) -> None:
        if self._grace_timer is not None:
            self._grace_timer.cancel()
            self._grace_timer = None

    def _abandon(self, reason: str = "the last reader left, and none came back in time") -> None:
        self._alone_until = math.inf
        self._stop_grace()
        self.generation.fail(NobodyReads(reason), Ending.READER_GONE)


def _give_all(takes: list[TakeTexts], texts: list[bytes]) -> None:
    for take in takes:
        take(texts)

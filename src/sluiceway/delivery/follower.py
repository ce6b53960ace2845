"""A follower: one reader's view of a kept generation. To `Reader` it is what a generation is to a plain one.

It reads the log from its opening on, a page at a time, so that its encoder knows all of the answer; what the reader
has got already is told silently (`resume`). A reader that leaves, stalls, or falls behind what is kept ends the view
and not the answer.
"""

from __future__ import annotations

from collections.abc import Callable

from sluiceway.delivery.generation import Ending, Origin, Wake
from sluiceway.delivery.kept import KeptGeneration, TakeTexts
from sluiceway.engine import Lead
from sluiceway.errors import CursorExpired, SluicewayError
from sluiceway.events import Frame, StreamError
from sluiceway.usual import Usual

__all__ = ["PAGE_BYTES", "Follower"]

PAGE_BYTES = 64 * 1024
"""How much of the log is told in one go, so that a long replay holds up nobody."""


def _no_wake() -> None:
    """Stand in for a reader that is not there yet."""


class Follower:
    """A view of a kept generation; a `sluiceway.delivery.reader.Source`.

    Args:
        kept: what it follows.

    Raises:
        CursorExpired: the beginning of the answer is no longer kept, without which none of it can be told.

    Attributes:
        first_seq: the number of the first frame it gives; the opening has that of the last frame it stands for.
        next_seq: the number of the frame it takes next.
        taken_at: when it last took something (monotonic seconds).
    """

    __slots__ = (
        "_ending",
        "_error",
        "_fresh",
        "_is_paging",
        "_is_rung",
        "_kept",
        "_last",
        "_lead",
        "_wake",
        "first_seq",
        "next_seq",
        "taken_at",
    )

    def __init__(self, kept: KeptGeneration) -> None:
        opening = kept.log.opening()
        self.next_seq = kept.log.first_seq
        self.taken_at = kept.clock.time()
        self._kept = kept
        self._last = [] if opening is None else [opening]
        self.first_seq = self.next_seq - len(self._last)
        self._ending: Ending | None = None
        self._error: SluicewayError | None = None
        self._fresh: list[Frame] | None = None  # what is offered, and follows what was taken
        self._is_paging = False
        self._is_rung = False  # and has not taken yet: a full socket costs nothing more
        self._lead: Callable[[Usual], Lead | None] | None = None
        self._wake: Wake = _no_wake
        kept.join(self)

    def frames_before(self, seq: int) -> int:
        """Return how many of the frames it is about to take tell what comes before frame ``seq``."""
        return max(seq - self.first_seq, 0)

    # What a reader wants to know of a generation.

    @property
    def origin(self) -> Origin:
        """Where the answer comes from."""
        return self._kept.generation.origin

    @property
    def output_deltas(self) -> int:
        """How many output deltas the answer has."""
        return self._kept.generation.output_deltas

    @property
    def ending(self) -> Ending | None:
        """How it ended for this reader."""
        return self._kept.generation.ending if self._ending is None and self._kept.log.is_ended else self._ending

    @property
    def error(self) -> SluicewayError | None:
        """What broke it off for this reader."""
        return self._kept.generation.error if self._ending is None and self._kept.log.is_ended else self._error

    @property
    def is_ready(self) -> bool:
        """Whether there is something to take, or the end was reached."""
        return not self._is_paging and (self._is_waiting or self.ending is not None)

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing will come."""
        return self.ending is not None and not self._is_waiting

    def attach(self, wake: Wake) -> None:
        """Make ``wake`` the reader's bell; it rings at once when something waits."""
        self._wake = wake
        if self.is_ready:
            wake()

    def offer(self, frames: list[Frame]) -> None:
        """Ring the reader's bell, unless it is about to ring. The hot path of answers that can be resumed."""
        if self._is_paging or self._is_rung:
            return
        self._is_rung = True
        if frames and self._kept.log.next_seq == self.next_seq + len(frames) and not self._last:
            self._fresh = frames
        self._wake()
        self._fresh = None

    def take(self) -> list[Frame]:
        """Return the next page; its bell rings again when there is more."""
        self._is_rung = False
        fresh = self._fresh
        if fresh is not None and self._ending is None:  # no need to look them up: it takes a fifth of the time
            self._fresh = None
            self.next_seq += len(fresh)
            self.taken_at = self._kept.generation.taken_at
            self._kept.note_taken()
            return fresh
        self.taken_at = self._kept.clock.time()
        frames, self._last = self._last, []
        if self._ending is not None:
            return frames
        kept = self._kept
        log = kept.log
        try:
            page = log.read(self.next_seq, PAGE_BYTES)
        except CursorExpired as error:
            self._give_up(error, Ending.READER_TOO_SLOW)  # no bell: the reader is here
            return frames + self.take()
        self.next_seq += len(page)
        if self.next_seq < log.next_seq:
            if not self._is_paging:
                self._is_paging = True
                kept.clock.call_later(0, self._turn_page)
        elif self._lead is not None:
            kept.align_lane()
        kept.note_taken()
        return frames + page if frames else page

    def settle(self) -> None:
        """Have counted what went by on the lane."""
        generation = self._kept.generation
        generation.settle()
        if self._lead is not None:
            self.taken_at = max(self.taken_at, generation.taken_at)

    def open_lane(self, lead: Callable[[Usual], Lead | None] | None) -> None:
        """Have usual events go where ``lead`` says, once all that came before has been taken; None ends that."""
        self._lead = lead
        self._kept.align_lane()

    @property
    def lead(self) -> Callable[[Usual], TakeTexts | None] | None:
        """What takes the texts of usual events now; None while it has to take what is kept."""
        is_behind = self._last or self._is_paging or self._kept.log.next_seq > self.next_seq
        return None if self._lead is None or self._ending is not None or is_behind else self._take_texts

    def skip(self, count: int) -> None:
        """Take note of frames whose texts went by on the lane."""
        self.next_seq += count

    def leave(self) -> None:
        """The reader went away. The answer may go on."""
        was_over = self.is_over
        self._ending = self._ending or self.ending or Ending.READER_GONE
        self._last = []
        self._kept.leave(self)
        if not was_over:
            self._wake()

    def fail(self, error: SluicewayError, ending: Ending) -> None:
        """End it for this reader, with an error of our own."""
        if self._ending is None and not self.is_over:
            self._give_up(error, ending)
            self._wake()

    def _take_texts(self, usual: Usual) -> TakeTexts | None:
        lead = None if self._lead is None else self._lead(usual)
        return None if lead is None else lead.take_texts

    @property
    def _is_waiting(self) -> bool:
        return bool(self._last) or (self._ending is None and self._kept.log.next_seq > self.next_seq)

    def _turn_page(self) -> None:
        self._is_paging = False
        self._wake()

    def _give_up(self, error: SluicewayError, ending: Ending) -> None:
        self._ending, self._error = ending, error
        self._is_paging = False
        self._last = [*self._last, Frame([StreamError(error.code, error.message)])]
        self._kept.leave(self)

"""One answer on its way into Redis: what was written, what is under way, and what is due. No I/O.

A batch that was sent stays the same until Redis has answered for it, so that it can be sent again whatever became of
its reply. Redis may also say: go back to a number. Then the frames come from memory once more.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from sluiceway.delivery.generation import Ending
from sluiceway.delivery.kept import KeptGeneration, TakeTexts
from sluiceway.delivery.log.redis_codec import FrameEncoder
from sluiceway.delivery.log.redis_link import Evaluation
from sluiceway.delivery.log.redis_scripts import APPEND, Keys
from sluiceway.errors import AnswerTooLarge, CursorExpired, SluicewayError
from sluiceway.events import Frame, StreamError
from sluiceway.usual import Usual

__all__ = ["Batch", "Book"]

BATCH_BYTES = 32 * 1024
BATCH_FRAMES = 64


class Batch(msgspec.Struct, frozen=True):
    """Frames that are written together.

    Attributes:
        first_seq: the number of the first.
        count: how many; 0 only renews the lease.
        state: what the answer is from then on: ``done``, ``error``, ``stopped``; empty while it runs.
        data: their bytes.
    """

    first_seq: int
    count: int
    state: str
    data: bytes


class Book:
    """What the writer knows of one answer.

    Args:
        kept: the answer.
        about: what other replicas must know of it.
        name: the key of its name; empty for none.
        max_bytes: how much is written of it at most.

    Attributes:
        is_open: whether Redis knows it.
        is_done: whether Redis has its end.
        is_dead: whether nothing more is to be written: it is another's.
        is_failing: whether Redis did not answer for it the last time.
        is_watched: whether the answer tells of each delta, and not only of many.
        is_asked: whether it is to be written also where there is nothing new.
        due_at: when it is to be looked at next; infinite for never.
        beats_at: when its lease is to be renewed.
        append: the script that writes it.
        next_seq: the number of the first frame Redis has not got.
        is_heard: whether another replica reads along.
    """

    __slots__ = (
        "_batch",
        "_encoder",
        "_log",
        "_max_bytes",
        "_size_bytes",
        "_written_bytes",
        "about",
        "append",
        "beats_at",
        "due_at",
        "epoch",
        "is_asked",
        "is_dead",
        "is_done",
        "is_failing",
        "is_heard",
        "is_open",
        "is_watched",
        "kept",
        "keys",
        "name",
        "next_seq",
    )

    def __init__(self, kept: KeptGeneration, about: bytes, name: bytes, max_bytes: int) -> None:
        self.kept = kept
        self.about = about
        self.name = name
        self.keys = Keys.of(kept.generation.origin.id)
        self.append = Evaluation(APPEND, [self.keys.meta, self.keys.frames, self.keys.listeners])
        self.epoch = 1
        self.is_open = self.is_done = self.is_dead = self.is_heard = self.is_failing = False
        self.is_watched = self.is_asked = False
        self.due_at = math.inf
        self.beats_at = -math.inf
        self.next_seq = 1
        self._max_bytes = max_bytes
        self._written_bytes = 0
        self._size_bytes = 0
        self._batch: Batch | None = None
        self._encoder = FrameEncoder()
        self._log = kept.log

    # It listens to its own answer while others read along elsewhere.

    def offer(self, _frames: list[Frame]) -> None:
        """Do nothing: the writer looks by itself."""

    @property
    def lead(self) -> Callable[[Usual], TakeTexts | None]:
        """What takes nothing: the writer looks by itself."""
        return lambda _usual: lambda _texts: None

    def skip(self, count: int) -> None:
        """Do nothing, as above."""

    def watch(self, *, is_watched: bool) -> None:
        """Have the answer tell of each delta, or only of many."""
        self.is_watched = is_watched
        self.kept.watch(is_watched=is_watched)

    @property
    def is_urgent(self) -> bool:
        """Whether to write at once: the first frame, the end, or much."""
        log = self._log
        return (
            self.next_seq == 1 < log.next_seq
            or log.is_ended
            or log.next_seq - self.next_seq >= BATCH_FRAMES
            or log.size_bytes - self._size_bytes >= BATCH_BYTES
        )

    @property
    def is_behind(self) -> bool:
        """Whether there is something that Redis has not got."""
        log = self.kept.log  # with what went by on the lane
        return not self.is_dead and not self.is_done and (self.next_seq < log.next_seq or log.is_ended)

    def next_batch(self) -> Batch:
        """Return what is to be written now: what was under way, or what is new."""
        if self._batch is None:
            try:
                self._batch = self._cut()
            except (CursorExpired, AnswerTooLarge) as error:
                self._batch = self._break_off(error)
        return self._batch

    def settle(self, next_seq: int) -> None:
        """Take note that Redis has everything before ``next_seq``."""
        batch = self._batch
        self._batch = None
        self.is_open = True
        if batch is None or next_seq != batch.first_seq + batch.count:
            self.rewind(next_seq)
            return
        self.next_seq = next_seq
        self._size_bytes = self._log.size_bytes
        self._written_bytes += len(batch.data)
        if batch.state:
            self.is_done = True

    def rewind(self, next_seq: int) -> None:
        """Go back, or on, to ``next_seq``."""
        self._batch = None
        self._encoder.repeat()
        self.is_done = False
        self.next_seq = next_seq
        if next_seq == 1:
            self._written_bytes = 0

    def forget(self) -> None:
        """Take note that Redis knows nothing of it any more."""
        self.is_open = False
        self.rewind(1)

    def finish(self) -> None:
        """Take note that its end is there, whoever wrote it."""
        self._batch = None
        self.is_done = True

    def _cut(self) -> Batch:
        log = self._log
        parts, next_seq = log.read_kept(self.next_seq, BATCH_BYTES, BATCH_FRAMES)
        is_last = log.is_ended and next_seq == log.next_seq
        data = self._encoder.encode(self.next_seq, parts) if parts else b""
        if self._written_bytes + len(data) > self._max_bytes:
            raise AnswerTooLarge(f"the answer outgrew the {self._max_bytes} bytes that other replicas keep of one")
        return Batch(self.next_seq, next_seq - self.next_seq, self._state() if is_last else "", data)

    def _break_off(self, error: SluicewayError) -> Batch:
        """End the log, for it will not be whole. Who follows the answer here goes on."""
        frame = Frame([StreamError(error.code, error.message)])
        return Batch(self.next_seq, 1, "error", self._encoder.encode(self.next_seq, [frame]))

    def _state(self) -> str:
        ending = self.kept.generation.ending
        if ending is Ending.COMPLETE:
            return "done"
        return "stopped" if ending is Ending.STOPPED else "error"

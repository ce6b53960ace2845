"""A log in this process's memory, bounded in bytes; and the budget that all of them share.

Frames are kept, not bytes, so that the answer can be told in any dialect. Of usual events only the texts are
kept, which is a fraction of the memory; they become frames when somebody reads them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

import msgspec

from sluiceway.delivery.cursor import Cursor
from sluiceway.delivery.log.digest import Digest, frame_bytes
from sluiceway.errors import CursorExpired, RequestError
from sluiceway.events import Frame
from sluiceway.usual import Usual

__all__ = ["LOG_BYTES", "Budget", "MemoryLog", "Texts"]

LOG_BYTES = 4096
"""What a log counts for when it is empty, with all that is kept beside it; so their number is bounded too."""

_TEXT_BYTES = 41  # the object around a text, and its place in the list
_USUAL_BYTES = 1024

# Dropping moves what remains, so it drops more than it must, and seldom.
_SLACK = 8


def _evict_nothing() -> bool:
    return False


class Budget:
    """The memory that all logs of a process share.

    Args:
        max_bytes: its limit.
        evict: lets go of what is needed least, and returns whether there was anything.

    Attributes:
        used_bytes: how much is in use.
    """

    __slots__ = ("_evict", "max_bytes", "used_bytes")

    def __init__(self, max_bytes: int, evict: Callable[[], bool] = _evict_nothing) -> None:
        self.used_bytes = 0
        self.max_bytes = max_bytes
        self._evict = evict

    def excess_bytes(self) -> int:
        """Evict as far as it helps, and return by how much the limit is still passed; 0 or less when it is not."""
        while self.used_bytes > self.max_bytes and self._evict():
            pass
        return self.used_bytes - self.max_bytes


class Texts(msgspec.Struct, frozen=True):
    """Frames in a row as they are kept where they are usual.

    Attributes:
        usual: the event of each of them.
        texts: their texts.
    """

    usual: Usual
    texts: list[bytes]


class MemoryLog:
    """A `sluiceway.delivery.log.base.Log` in memory.

    Args:
        max_bytes: its own limit.
        budget: what it shares with others.

    Attributes:
        size_bytes: about how much memory it takes.
        max_bytes: its own limit.
    """

    __slots__ = (
        "_budget",
        "_digest",
        "_epochs",
        "_frames",
        "_is_whole",
        "_usuals",
        "first_seq",
        "is_ended",
        "max_bytes",
        "newest",
        "next_seq",
        "size_bytes",
    )

    def __init__(self, max_bytes: int, budget: Budget) -> None:
        self.first_seq = self.next_seq = 1
        self.is_ended = False
        self.max_bytes = max_bytes
        self.size_bytes = 0
        self._budget = budget
        self._digest: Digest | None = None
        self._is_whole = True
        self._frames: list[Frame | bytes] = []
        self._usuals: list[tuple[int, Usual]] = []  # what texts are texts of, from which number on
        self.newest = Cursor(1, 1)
        self._epochs = [self.newest]  # each producer, and its first number
        self._grow(LOG_BYTES)

    # The producer's side.

    def append(self, frames: Sequence[Frame]) -> bool:
        """Add frames at the end, and return whether it is within the limits, which are `fit`'s business."""
        self._frames += frames
        self.next_seq += len(frames)
        size_bytes = 0
        for frame in frames:
            size_bytes += frame_bytes(frame)
        self.size_bytes += size_bytes
        budget = self._budget
        budget.used_bytes += size_bytes
        return self.size_bytes <= self.max_bytes and budget.used_bytes <= budget.max_bytes

    def append_texts(self, usual: Usual, texts: Sequence[bytes]) -> bool:
        """Add the frames of usual events, of which only the texts are kept; return as `append` does."""
        size_bytes = _TEXT_BYTES * len(texts) + sum(map(len, texts))
        if not self._usuals or self._usuals[-1][1] is not usual:
            self._usuals.append((self.next_seq, usual))
            size_bytes += _USUAL_BYTES
        self._frames += texts
        self.next_seq += len(texts)
        self.size_bytes += size_bytes
        budget = self._budget
        budget.used_bytes += size_bytes
        return self.size_bytes <= self.max_bytes and budget.used_bytes <= budget.max_bytes

    def end(self) -> None:
        """Take note that it is complete. Idempotent."""
        self.is_ended = True

    def begin_epoch(self, epoch: int, first_seq: int | None = None) -> None:
        """Take note that another producer goes on, from ``first_seq`` or from here. Idempotent."""
        if epoch > self._epochs[-1].epoch:
            self.newest = Cursor(epoch, self.next_seq if first_seq is None else first_seq)
            self._epochs.append(self.newest)

    @property
    def has_room(self) -> bool:
        """Whether it is within the limits."""
        budget = self._budget
        return self.size_bytes <= self.max_bytes and budget.used_bytes <= budget.max_bytes

    def fit(self, below_seq: int) -> bool:
        """Drop from the front what must go to stay within the limits, but nothing from ``below_seq`` on.

        Returns:
            Whether the log is within them.
        """
        if self._excess_bytes() <= 0:
            return True
        self._drop(self._excess_bytes() + self.size_bytes // _SLACK, below_seq)
        return self._excess_bytes() <= 0

    def forget(self) -> None:
        """Let go of the opening: whoever has not read the front yet never will."""
        self._is_whole = False
        if self._digest is not None:
            self._grow(-self._digest.size_bytes)
            self._digest = None

    def clear(self) -> None:
        """Let go of everything. Idempotent."""
        self._grow(-self.size_bytes)
        self._frames = []
        self.first_seq = self.next_seq
        self._digest = None
        self._is_whole = False

    # The readers' side.

    def cursor(self, seq: int) -> Cursor:
        """Return the cursor behind frame ``seq``; 0 is the start."""
        number = bisect_right(self._epochs, max(seq, 1), key=_seq_of)
        return Cursor(self._epochs[number - 1].epoch, seq)

    def seek(self, cursor: Cursor) -> int:
        """Return the number of the first frame that a reader at ``cursor`` has not got; it may be yet to come.

        Raises:
            CursorExpired: that frame was dropped.
            RequestError: no such producer has written here.
        """
        seq = cursor.seq if cursor.part else cursor.seq + 1
        for epoch in self._epochs:
            if epoch.epoch > cursor.epoch:  # what its producer told behind this was never kept
                seq = min(seq, epoch.seq)
                break
        if cursor.epoch > self._epochs[-1].epoch:
            raise RequestError("the cursor names a producer that never was", field="after")
        if seq < self.first_seq:
            raise CursorExpired("what follows the cursor is no longer kept")
        return seq

    def opening(self) -> Frame | None:
        """Return what was dropped, in one frame; None when nothing was.

        Raises:
            CursorExpired: even that is no longer kept.
        """
        if not self._is_whole:
            raise CursorExpired("the beginning of the answer is no longer kept")
        return None if self._digest is None else self._digest.frame()

    def read(self, seq: int, max_bytes: int) -> list[Frame]:
        """Return frames from ``seq`` on: about ``max_bytes`` of them, at least one when there is one.

        Raises:
            CursorExpired: frame ``seq`` was dropped.
        """
        start = self._place(seq)
        frames = self._frames
        end, left_bytes = start, max_bytes
        while end < len(frames) and (left_bytes > 0 or end == start):
            left_bytes -= _kept_bytes(frames[end])
            end += 1
        return [self._frame(place) for place in range(start, end)]

    def read_kept(self, seq: int, max_bytes: int, max_frames: int) -> tuple[list[Frame | Texts], int]:
        """Return what `read` does, ``max_frames`` at most, in the form it is kept in; and the number of the next.

        Raises:
            CursorExpired: frame ``seq`` was dropped.
        """
        start = self._place(seq)
        parts: list[Frame | Texts] = []
        texts: list[bytes] = []
        until = seq
        for kept in self._frames[start : start + max_frames]:
            if isinstance(kept, Frame):
                parts.append(kept)
                until = seq
            elif seq < until:
                texts.append(kept)
            else:
                usual, until = self._usual(seq)
                texts = [kept]
                parts.append(Texts(usual, texts))
            seq += 1
            max_bytes -= _kept_bytes(kept)
            if max_bytes <= 0:
                break
        return parts, seq

    def _place(self, seq: int) -> int:
        """Return where frame ``seq`` is, or will be."""
        if seq < self.first_seq:
            raise CursorExpired("the reader was too slow: what comes next for it is no longer kept")
        return seq - self.first_seq

    def _frame(self, place: int) -> Frame:
        """Return the frame at a place of the list."""
        frame = self._frames[place]
        if isinstance(frame, Frame):
            return frame
        return self._usual(self.first_seq + place)[0].frame(frame)

    def _usual(self, seq: int) -> tuple[Usual, int]:
        """Return what a text is a text of, and the number from which on texts are of another."""
        usuals = self._usuals
        number = bisect_right(usuals, seq, key=_first)
        return usuals[number - 1][1], usuals[number][0] if number < len(usuals) else self.next_seq

    def _grow(self, size_bytes: int) -> None:
        self.size_bytes += size_bytes
        self._budget.used_bytes += size_bytes

    def _excess_bytes(self) -> int:
        return max(self.size_bytes - self.max_bytes, self._budget.excess_bytes())

    def _drop(self, goal_bytes: int, below_seq: int) -> None:
        """Move frames into the digest until ``goal_bytes`` are gained."""
        count = gained_bytes = 0
        digest = self._digest
        if self._is_whole and digest is None:
            digest = Digest()
        while gained_bytes < goal_bytes and count < min(below_seq, self.next_seq) - self.first_seq:
            grown_bytes = digest.feed(self._frame(count)) if digest is not None else 0
            gained_bytes += _kept_bytes(self._frames[count]) - grown_bytes
            count += 1
        if count:
            self._digest = digest
            del self._frames[:count]
            self.first_seq += count
            self._grow(-gained_bytes)


def _seq_of(epoch: Cursor) -> int:
    return epoch.seq


def _first(part: tuple[int, Usual]) -> int:
    return part[0]


def _kept_bytes(frame: Frame | bytes) -> int:
    return len(frame) + _TEXT_BYTES if isinstance(frame, bytes) else frame_bytes(frame)

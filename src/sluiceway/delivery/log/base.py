"""What a log is: the frames of one answer by number, as far back as they are kept.

A log is written by one producer and read by any number of readers, each at a number of its own. Numbers are dense
from 1 and never change. Its end is part of it: readers stop where the log ends, not where something looks like one.

What is dropped to stay within limits is dropped from the front. Its content stays as the log's *opening*: one frame
whose events fold to the same, so that whoever must know all of the answer still can. A reader in the midst of what
was dropped gets `CursorExpired`, never a gap.

Everything here is synchronous: a log is in this process's memory, whether it is the whole truth or what a process has
read so far of a log that others keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sluiceway.delivery.cursor import Cursor
from sluiceway.events import Frame

__all__ = ["Log"]


class Log(Protocol):
    """The frames of one answer.

    Attributes:
        first_seq: the number of the oldest frame there is; `next_seq` when there is none.
        next_seq: the number the next frame will have.
        is_ended: whether it is complete: nothing will be appended.
        newest: the latest producer, and the first number that is its.
    """

    first_seq: int
    next_seq: int
    is_ended: bool
    newest: Cursor

    def append(self, frames: Sequence[Frame]) -> bool:
        """Add frames at the end, with the next numbers; return whether it is within its limits."""
        ...

    def end(self) -> None:
        """Take note that it is complete. Idempotent."""
        ...

    def begin_epoch(self, epoch: int, first_seq: int | None = None) -> None:
        """Take note that another producer goes on, from ``first_seq`` or from here. Idempotent."""
        ...

    def cursor(self, seq: int) -> Cursor:
        """Return the cursor behind frame ``seq``; 0 is the start."""
        ...

    def seek(self, cursor: Cursor) -> int:
        """Return the number of the first frame that a reader at ``cursor`` has not got whole; it may be yet to come.

        Raises:
            CursorExpired: that frame was dropped.
            RequestError: no such producer has written here.
        """
        ...

    def opening(self) -> Frame | None:
        """Return what was dropped, in one frame; None when nothing was.

        Raises:
            CursorExpired: even that is no longer kept.
        """
        ...

    def read(self, seq: int, max_bytes: int) -> list[Frame]:
        """Return frames from ``seq`` on: about ``max_bytes`` of them, at least one when there is one.

        Raises:
            CursorExpired: frame ``seq`` was dropped.
        """
        ...

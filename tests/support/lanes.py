"""Sends usual events along a lane as an engine does: in HTTP chunks, through a shortcut."""

from __future__ import annotations

from collections.abc import Callable

from sluiceway.engine import Lane
from sluiceway.engines.shortcut import Shortcut
from sluiceway.usual import Usual
from sluiceway.wire.chunk import CHUNK

__all__ = ["Traffic", "content_of"]


def content_of(chunk: bytes) -> bytes:
    """Return what one whole HTTP chunk holds."""
    line, _, rest = chunk.partition(b"\r\n")
    assert (len(rest), rest[-2:]) == (int(line, 16) + 2, b"\r\n")
    return rest[:-2]


class Traffic:
    """Usual events for one lane.

    Args:
        lane: theirs.
        clock: monotonic seconds.
    """

    def __init__(self, lane: Lane, clock: Callable[[], float]) -> None:
        self._lane = lane
        self._clock = clock
        self._usual: Usual | None = None
        self._shortcut: Shortcut

    def send(self, usual: Usual, *texts: bytes) -> bool:
        """Send one read with an event for each text, and return whether there was a way."""
        if usual is not self._usual:
            self._usual = usual
            self._shortcut = Shortcut(self._lane, usual, self._clock)
        events = [usual.around.tell([text]) for text in texts]
        return self._shortcut.take(b"".join([CHUNK % (len(event), event) for event in events]))

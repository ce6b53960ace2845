"""The patrol: looks after all readers a few times a second, off the hot path.

One timer serves every reader, so neither a heartbeat nor a stall limit costs anything per token. Each beat looks
at some of them only: to look at thousands at once would hold up all tokens for milliseconds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from sluiceway.delivery.reader import Reader

__all__ = ["Patrol"]

_BEATS_A_ROUND = 10


class Patrol:
    """Checks each reader every ``interval_s``, from the first `add` on; `close` ends it.

    Args:
        interval_s: how often, and so how late a heartbeat or a stall limit may be.
        clock: monotonic seconds.
    """

    def __init__(self, interval_s: float, clock: Callable[[], float]) -> None:
        self._beat_s = interval_s / _BEATS_A_ROUND
        self._clock = clock
        self._readers: set[Reader] = set()
        self._row: deque[Reader] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, reader: Reader) -> None:
        """Look after ``reader``."""
        self._readers.add(reader)
        self._row.append(reader)
        if self._timer is None:
            self._schedule()

    def remove(self, reader: Reader) -> None:
        """Look after it no more."""
        self._readers.discard(reader)

    def close(self) -> None:
        """Stop. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._beat_s, self._beat)

    def _beat(self) -> None:
        now = self._clock()
        for _ in range(-(-len(self._row) // _BEATS_A_ROUND)):
            reader = self._row.popleft()
            if reader in self._readers:
                self._row.append(reader)
                reader.check(now)
        if self._row:
            self._schedule()
        else:
            self._timer = None

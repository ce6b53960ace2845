"""The shelf: all kept generations of one process, by id, within one budget of memory.

A finished answer stays for its retention, then goes; when memory runs short, the one that finished first goes first.
Running answers stay. How many of them may run without a reader is limited.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sluiceway.clock import Clock, Timer
from sluiceway.delivery.generation import Generation
from sluiceway.delivery.kept import KeptGeneration
from sluiceway.delivery.log.memory import Budget, MemoryLog
from sluiceway.errors import ServerBusy

__all__ = ["Shelf", "ShelfLimits"]


class ShelfLimits(msgspec.Struct, frozen=True):
    """What is kept, and for how long.

    Attributes:
        log_max_bytes: the memory for one answer.
        max_bytes: the memory for all of them.
        retention_s: how long an answer stays after its end.
        max_alone: how many may run without a reader.
    """

    log_max_bytes: int = 8 * 1024 * 1024
    max_bytes: int = 256 * 1024 * 1024
    retention_s: float = 600.0
    max_alone: int = 256


class Shelf:
    """Kept generations; a `sluiceway.delivery.kept.Keeper`.

    Args:
        limits: what is kept, and for how long.
        clock: time and timers.
        on_over: told when an answer is over and nobody follows it; perhaps more than once.
        on_gone: told when one is let go of.
    """

    def __init__(
        self,
        limits: ShelfLimits,
        clock: Clock,
        *,
        on_over: Callable[[KeptGeneration], None],
        on_gone: Callable[[KeptGeneration], None],
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._on_over = on_over
        self._on_gone = on_gone
        self._budget = Budget(limits.max_bytes, self._evict)
        self._kept: dict[str, KeptGeneration] = {}
        self._alone: set[str] = set()
        self._finished: dict[str, None] = {}
        self._timers: dict[str, Timer] = {}

    @property
    def budget(self) -> Budget:
        """The memory that all logs share."""
        return self._budget

    @property
    def used_bytes(self) -> int:
        """How much memory the logs take."""
        return self._budget.used_bytes

    def find(self, generation_id: str) -> KeptGeneration | None:
        """Return the kept generation of this id."""
        return self._kept.get(generation_id)

    def check(self, grace_s: float) -> None:
        """Look whether another answer can be kept; to be asked before it begins.

        Args:
            grace_s: how long it would go on without a reader.

        Raises:
            ServerBusy: there is no memory, or it would run alone and as many do as are allowed.
        """
        if self._budget.excess_bytes() > 0:
            raise ServerBusy("the server keeps as many answers as it is allowed to")
        if grace_s > 0 and len(self._alone) >= self._limits.max_alone:
            raise ServerBusy("as many answers run without a reader as are allowed to")

    def keep(self, generation: Generation, *, grace_s: float, max_alone_tokens: int = 0) -> KeptGeneration:
        """Keep an answer that has just begun and has no reader yet; `KeptGeneration` says what the terms mean."""
        log = MemoryLog(self._limits.log_max_bytes, self._budget)
        kept = KeptGeneration(generation, log, self, self._clock, grace_s=grace_s, max_alone_tokens=max_alone_tokens)
        self._kept[generation.origin.id] = kept
        self._alone.add(generation.origin.id)  # until somebody follows
        kept.start()
        return kept

    def close(self) -> None:
        """Let go of everything; who still follows an answer has it to its end. Idempotent."""
        for name in list(self._kept):
            self._remove(name)

    # What kept generations report.

    def may_run_alone(self, kept: KeptGeneration) -> bool:
        """Return whether one more may run without a reader."""
        if len(self._alone) >= self._limits.max_alone:
            return False
        self._alone.add(kept.generation.origin.id)
        return True

    def on_read(self, kept: KeptGeneration) -> None:
        """Take note that somebody follows: it is not let go of."""
        self._alone.discard(kept.generation.origin.id)
        self._finished.pop(kept.generation.origin.id, None)

    def on_idle(self, kept: KeptGeneration) -> None:
        """Take note that it is over, and nobody follows."""
        name = kept.generation.origin.id
        self._alone.discard(name)
        self._on_over(kept)
        if name not in self._kept:
            kept.log.clear()
            return
        self._finished[name] = None
        if name not in self._timers:
            self._timers[name] = self._clock.call_later(self._limits.retention_s, self._expire, name)

    def _evict(self) -> bool:
        """Let go of the answer that finished first."""
        name = next(iter(self._finished), None)
        if name is None:
            return False
        self._remove(name)
        return True

    def _expire(self, name: str) -> None:
        del self._timers[name]
        self._remove(name)

    def _remove(self, name: str) -> None:
        kept = self._kept.pop(name)
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
        self._finished.pop(name, None)
        if not kept.is_followed:
            kept.log.clear()
        self._on_gone(kept)

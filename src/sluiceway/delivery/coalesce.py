"""Coalescing under load: when the event loop falls behind, sources pause for a window so that each read carries more.

Theory. What a relay spends is wake-ups and system calls, not decoding. When the loop keeps up the window is 0 and
every token travels alone, at once. When it falls behind, every answer that has just delivered pauses its source until
the next tick, and all of them go on together: the socket buffers collect the tokens meanwhile, and one read and one
write carry several. The window follows the measured lag of the loop (how late a timer fires), grows at once, shrinks
slowly, and never passes the operator's bound. The first output of an answer is never held.

`Coalescer` is arithmetic over times given to it; `Ticker` is its shell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sluiceway.delivery.generation import Generation

__all__ = ["PROBE_INTERVAL_S", "Coalescer", "Ticker"]

PROBE_INTERVAL_S = 0.02
"""How often lag is measured while the window is 0."""

_PROBE_AFTER_S = 0.001

# A loop that is later than the usual gap between tokens (10 to 20 ms) serves several of one stream in a row already.
# Being late once is no load: a process that was not scheduled for a moment is late too.
_LATE_S = 0.01
_LATE_TICKS = 2

# With a window, the lag that counts is how long the loop takes to serve all that was released together. When that
# fills half of the window, the loop would not keep up without one.
_FULL = 0.5
_GROWTH = 1.25
_DECAY = 0.9

# A pause costs two changes of what the kernel watches, as much as reading a token: a window that does not collect at
# least two or three tokens costs more than it saves.
_FIRST_WINDOW_S = 0.05
_LAST_WINDOW_S = 0.03


class Coalescer:
    """Decides how long sources pause.

    Args:
        max_window_s: the operator's bound in seconds; 0 turns coalescing off.

    Attributes:
        window_s: the present window in seconds; 0 while the loop keeps up.
    """

    def __init__(self, max_window_s: float) -> None:
        self.window_s = 0.0
        self._late_ticks = 0
        self._max_window_s = max_window_s
        self._held: list[Generation] = []

    def hold(self, generation: Generation) -> bool:
        """Return whether ``generation`` is to pause until the next tick."""
        if not self.window_s:
            return False
        self._held.append(generation)
        return True

    def tick(self, lag_s: float) -> float:
        """Release everybody, follow the lag, and return the seconds until the next tick is due."""
        if self.window_s:
            self._follow(lag_s)
        else:
            self._late_ticks = self._late_ticks + 1 if lag_s > _LATE_S else 0
            if self._late_ticks >= _LATE_TICKS:
                self.window_s = min(self._max_window_s, _FIRST_WINDOW_S)
        held, self._held = self._held, []
        for generation in held:
            generation.release()
        return self.window_s or PROBE_INTERVAL_S

    def _follow(self, lag_s: float) -> None:
        if lag_s > _FULL * self.window_s:
            self.window_s = min(self._max_window_s, self.window_s * _GROWTH)
            return
        window_s = self.window_s * _DECAY
        self.window_s = window_s if window_s >= _LAST_WINDOW_S else 0.0
        self._late_ticks = 0


class Ticker:
    """Ticks a coalescer on the running loop, from `open` to `close`."""

    def __init__(self, coalescer: Coalescer, clock: Callable[[], float]) -> None:
        self._coalescer = coalescer
        self._clock = clock
        self._tick_timer: asyncio.TimerHandle | None = None
        self._probe_timer: asyncio.TimerHandle | None = None
        self._tick_due_at = self._probe_due_at = 0.0
        self._lag_s = 0.0

    def open(self) -> None:
        """Begin to tick."""
        self._schedule(PROBE_INTERVAL_S)

    def close(self) -> None:
        """Stop, and release everybody. Idempotent."""
        if self._tick_timer is None or self._probe_timer is None:
            return
        self._tick_timer.cancel()
        self._probe_timer.cancel()
        self._tick_timer = self._probe_timer = None
        self._coalescer.tick(0.0)

    def _schedule(self, delay_s: float) -> None:
        now = self._clock()
        self._tick_due_at, self._probe_due_at = now + delay_s, now + _PROBE_AFTER_S
        loop = asyncio.get_running_loop()
        self._tick_timer = loop.call_later(delay_s, self._tick)
        # It comes when the loop has served what was just released.
        self._probe_timer = loop.call_later(_PROBE_AFTER_S, self._probe)

    def _probe(self) -> None:
        self._lag_s = self._clock() - self._probe_due_at

    def _tick(self) -> None:
        lag_s = max(self._lag_s, self._clock() - self._tick_due_at)
        self._lag_s = 0.0
        self._schedule(self._coalescer.tick(lag_s))

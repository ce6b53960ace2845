"""Time as an argument: what Sluiceway needs of a clock, and the one place that reads Unix time.

A running asyncio loop is a `Clock` as it is; `sluiceway.testing.FakeClock` is one that a test moves by hand.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol, TypeVarTuple

__all__ = ["Clock", "LoopClock", "Timer", "unix_time_s"]

Ts = TypeVarTuple("Ts")


class Timer(Protocol):
    """A callback that waits for its time."""

    def cancel(self) -> None:
        """Forget it. Idempotent, also after it was called."""
        ...


class Clock(Protocol):
    """Monotonic time, and callbacks at a time; asyncio's loops have this shape."""

    def time(self) -> float:
        """Return monotonic seconds since a point of no meaning."""
        ...

    def call_later(self, delay: float, callback: Callable[[*Ts], object], *args: *Ts) -> Timer:
        """Call ``callback(*args)`` once, ``delay`` seconds from now."""
        ...


class LoopClock:
    """The running loop's time, whichever loop runs; a `Clock`."""

    def time(self) -> float:
        """Return monotonic seconds."""
        return asyncio.get_running_loop().time()

    def call_later(self, delay: float, callback: Callable[[*Ts], object], *args: *Ts) -> Timer:
        """Call ``callback(*args)`` once, ``delay`` seconds from now."""
        return asyncio.get_running_loop().call_later(delay, callback, *args)


def unix_time_s() -> float:
    """Return Unix time in seconds."""
    return time.time()  # noqa: TID251 - this is the place

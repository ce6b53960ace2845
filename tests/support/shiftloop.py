"""asyncio's own event loop with a clock that a test can put forward: hours of timers in no time."""

from __future__ import annotations

import asyncio

__all__ = ["ShiftLoop", "shift"]


class ShiftLoop(asyncio.SelectorEventLoop):
    """An event loop whose time runs ahead of the machine's."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        super().__init__()

    def time(self) -> float:
        """Return monotonic seconds."""
        return super().time() + self.ahead_s


def shift(seconds: float) -> None:
    """Put the running loop's clock forward; timers that are due then fire at its next turn."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ShiftLoop), "the test runs on another loop"
    loop.ahead_s += seconds

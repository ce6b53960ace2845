"""The shipped `RecordingSink`, strict about what engines may do, and with more to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sluiceway import testing
from sluiceway.errors import SluicewayError
from sluiceway.events import Frame

__all__ = ["RecordingSink"]

_TIMEOUT_S = 10.0


class RecordingSink(testing.RecordingSink):
    """Keeps feeds and the end.

    Attributes:
        on_feed: called at each feed, after it was kept.
    """

    def __init__(self) -> None:
        super().__init__()
        self.on_feed: Callable[[], None] = lambda: None
        self._changed = asyncio.Event()

    def feed(self, frames: list[Frame]) -> None:
        """Keep frames."""
        assert frames, "a feed holds at least one frame"
        assert not self.closings, "nothing is fed after the end"
        super().feed(frames)
        self._changed.set()
        self.on_feed()

    def close(self, error: SluicewayError | None) -> None:
        """Keep the end."""
        super().close(error)
        self._changed.set()

    async def ended(self) -> SluicewayError | None:
        """Wait for the end and return its error."""
        async with asyncio.timeout(_TIMEOUT_S):
            error = await super().ended()
        assert len(self.closings) == 1
        return error

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; looked at after each feed and at the end."""
        async with asyncio.timeout(_TIMEOUT_S):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()

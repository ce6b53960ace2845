"""A sink that keeps everything it is given and can be waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sluiceway.engine import Lane
from sluiceway.errors import SluicewayError
from sluiceway.events import Event, Frame, TextDelta

__all__ = ["RecordingSink"]

_TIMEOUT_S = 10.0


class RecordingSink:
    """Keeps feeds and the end.

    Attributes:
        feeds: the frames of each `feed`, in order.
        closings: the arguments of each `close`; a right engine makes it one.
        on_feed: called at each feed, after it was kept.
    """

    def __init__(self) -> None:
        self.lane = Lane(lambda: None)
        self.feeds: list[list[Frame]] = []
        self.closings: list[SluicewayError | None] = []
        self.on_feed: Callable[[], None] = lambda: None
        self._changed = asyncio.Event()

    def feed(self, frames: list[Frame]) -> None:
        """Keep frames."""
        assert frames, "a feed holds at least one frame"
        assert not self.closings, "nothing is fed after the end"
        self.feeds.append(frames)
        self._changed.set()
        self.on_feed()

    def close(self, error: SluicewayError | None) -> None:
        """Keep the end."""
        self.closings.append(error)
        self._changed.set()

    @property
    def frames(self) -> list[Frame]:
        """Return all frames."""
        return [frame for frames in self.feeds for frame in frames]

    @property
    def events(self) -> list[Event]:
        """Return all events."""
        return [event for frame in self.frames for event in frame.events]

    @property
    def text(self) -> str:
        """Return the text of all text deltas."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    async def ended(self) -> SluicewayError | None:
        """Wait for the end and return its error."""
        await self.until(lambda: bool(self.closings))
        assert len(self.closings) == 1
        return self.closings[0]

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; looked at after each feed and at the end."""
        async with asyncio.timeout(_TIMEOUT_S):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()

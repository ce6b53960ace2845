"""Several services of one Redis in one process, whose answers a test has say something when it likes."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self

from support.wait import until

from sluiceway.clock import LoopClock
from sluiceway.delivery.cursor import START, Cursor
from sluiceway.delivery.follower import Follower
from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.dialects.ui_stream import UI_STREAM
from sluiceway.engines.routing import Route, Routing
from sluiceway.engines.secret import Secret
from sluiceway.errors import LogUnavailable
from sluiceway.events import Event, Frame, StreamError, TextDelta
from sluiceway.request import Message, Request, Role, TextPart
from sluiceway.server.answers import Answer
from sluiceway.server.resumption import Terms, choose_keep
from sluiceway.server.service import Ambient, Service
from sluiceway.server.settings import Settings
from sluiceway.testing import FakeClock, ScriptedEngine, text_frames
from sluiceway.usage import Usage

__all__ = ["WORDS", "Follow", "Replica", "replicas"]

WORDS = [f"wörd-{number} " for number in range(300)]
FRAMES = [
    Frame(frame.events, "openai_chat/sse", b"data: %d\n\n" % number)
    for number, frame in enumerate(text_frames(WORDS, usage=Usage(3, 300)))
]
_numbers = itertools.count(1)


class Follow:
    """A reader of an answer, wherever it is kept.

    Args:
        answer: what it reads.
        cursor: where it is.

    Attributes:
        frames: what it got.
    """

    def __init__(self, answer: Answer, cursor: Cursor = START) -> None:
        log = answer.kept.log
        seq = 1 if cursor == START else log.seek(cursor)
        self.answer = answer
        self.frames: list[Frame] = []
        self.follower = Follower(answer.kept)
        self._silent = self.follower.frames_before(seq)
        self.follower.attach(self._take)

    def _take(self) -> None:
        frames = self.follower.take()
        silent = min(self._silent, len(frames))
        self._silent -= silent
        self.frames += frames[silent:]

    @property
    def events(self) -> list[Event]:
        """All events."""
        return [event for frame in self.frames for event in frame.events]

    @property
    def text(self) -> str:
        """All text."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def error(self) -> str:
        """The code of the error it ended with; empty for none."""
        return next((event.code for event in self.events if isinstance(event, StreamError)), "")

    async def got(self, frames: int) -> Self:
        """Wait until it has so many frames."""
        await until(lambda: len(self.frames) >= frames)
        return self

    async def ended(self) -> Self:
        """Wait for its end."""
        await until(lambda: self.follower.is_over)
        return self


class Replica:
    """One service, and the engine it asks.

    Attributes:
        service: itself.
        pace: the time of its engine: a frame a second.
    """

    def __init__(self, url: str, frames: Sequence[Frame] = FRAMES, **settings: object) -> None:
        self.pace = FakeClock()
        self.engine = ScriptedEngine([(1, [frame]) for frame in frames], clock=self.pace)
        clock = LoopClock()
        ambient = Ambient(time.monotonic, lambda: 1_700_000_000, lambda: f"gen-{next(_numbers)}", clock)
        # A clock that jumps is taken by a coalescer for a loop that is late.
        told = Settings(redis=Secret(url), coalesce_max_ms=0, **settings)  # type: ignore[arg-type]  # a test's settings
        self.service = Service(told, Routing([Route(self.engine, ())]), ambient)

    def begin(self, *, name: str = "", grace_s: float = 60.0) -> Answer:
        """Begin an answer that is kept; with a name, a chat's."""
        dialect = UI_STREAM if name else OPENAI_CHAT
        assert dialect.reader is not None
        endpoint = dialect.reader.endpoints[0]
        messages = [Message(Role.USER, [TextPart("Hi")])]
        body = b'{"id":"%b"}' % name.encode() if name else b"{}"
        keep = choose_keep(endpoint, Request("m", messages, stream=True, is_resumable=True, body=body))
        assert keep is not None
        generation = self.service.begin(keep.request, dialect.name)
        terms = Terms(is_resumable=True, grace_s=grace_s)
        return self.service.answers.add(generation, keep, 1, terms, path=endpoint.path)

    def say(self, frames: int) -> None:
        """Have every answer of this one say so many frames more."""
        self.pace.advance(frames)

    async def find(self, answer: Answer, cursor: Cursor = START) -> Answer | None:
        """Find an answer of this or another one."""
        return await self.service.answers.find_stream(answer.kept.generation.origin.id, cursor)

    async def follow(self, answer: Answer, cursor: Cursor = START) -> Follow:
        """Follow an answer of this or another one, as soon as it can be had."""
        found: list[Answer | None] = []

        async def is_found() -> bool:
            with contextlib.suppress(LogUnavailable):
                found.append(await self.find(answer, cursor))
            return bool(found and found[-1])

        await until(is_found, 15)
        assert found[-1] is not None
        return Follow(found[-1], cursor)


@asynccontextmanager
async def replicas(url: str, count: int = 2, **settings: object) -> AsyncIterator[list[Replica]]:
    """Run so many services of the Redis at ``url``; with an empty one, a service that knows nothing of others."""
    async with AsyncExitStack() as stack:
        running = [Replica(url, **settings) for _ in range(count)]  # type: ignore[arg-type]
        for replica in running:
            stack.push_async_callback(replica.service.close)
            await replica.service.open()
        yield running

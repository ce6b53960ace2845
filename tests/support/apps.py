"""The application over a scripted engine and a fake clock."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager

import msgspec
from support.asgi_client import AsgiCall
from support.wait import until

from sluiceway.clock import Clock
from sluiceway.dialects.base import Decoder, Dialect
from sluiceway.dialects.registry import DIALECTS
from sluiceway.engines.routing import Route, Routing
from sluiceway.errors import SluicewayError
from sluiceway.server.app import App
from sluiceway.server.service import Ambient, Service
from sluiceway.server.settings import Settings
from sluiceway.server.siblings import Siblings
from sluiceway.testing import FakeClock, ScriptedCall, ScriptedEngine, Step

__all__ = ["COMPLETIONS", "ScriptedApp", "chat_body", "new_service", "scripted"]

COMPLETIONS = "/v1/chat/completions"
UNIX_S = 1_700_000_000

# A fake clock jumps, which a coalescer takes for a loop that is late.
_QUIET = Settings(coalesce_max_ms=0)


def chat_body(**fields: object) -> bytes:
    """Return the body of a chat completion request that streams, unless told otherwise."""
    messages = [{"role": "user", "content": "Hi"}]
    return json.dumps({"model": "m", "stream": True, "messages": messages, **fields}).encode()


def new_service(routing: Routing, clock: Clock, **settings: object) -> Service:
    """Return a service whose ids are ``gen-1``, ``gen-2``, …"""
    numbers = itertools.count(1)
    ambient = Ambient(
        clock=clock.time, unix_clock=lambda: UNIX_S, make_id=lambda: f"gen-{next(numbers)}", timers=clock
    )
    return Service(msgspec.structs.replace(_QUIET, **settings), routing, ambient)


class ScriptedApp:
    """An application under test.

    Attributes:
        app: itself.
        engine: what answers.
        clock: the time of both.
    """

    def __init__(self, app: App, engine: ScriptedEngine, clock: FakeClock) -> None:
        self.app = app
        self.engine = engine
        self.clock = clock

    async def ask(self, *, has_writer: bool = False, accept: str = "", **fields: object) -> AsgiCall:
        """Ask for a completion, and return when the engine has been asked."""
        count = len(self.engine.calls)
        headers = {"accept": accept} if accept else {}
        body = chat_body(**fields)
        call = AsgiCall(self.app, "POST", COMPLETIONS, body, headers=headers, has_writer=has_writer)
        await until(lambda: len(self.engine.calls) > count)
        return call

    async def answer(self, seconds: float = 100, **fields: object) -> AsgiCall:
        """Ask for a completion, let time pass, and return the whole response."""
        call = await self.ask(**fields)  # type: ignore[arg-type]  # accept is text
        self.clock.advance(seconds)
        return await call.returned()

    async def play(self, seconds: int) -> None:
        """Let time pass second by second, and let everybody do what is due in each."""
        for _ in range(seconds):
            self.clock.advance(1)
            for _ in range(5):
                await asyncio.sleep(0)

    @property
    def upstream(self) -> ScriptedCall:
        """Return the engine's side of the latest answer."""
        return self.engine.calls[-1]

    @property
    def live_count(self) -> int:
        """Return how many answers are live."""
        return len(self.app.service.live)


@asynccontextmanager
async def scripted(
    steps: Sequence[Step],
    *,
    decoder: Callable[[], Decoder] | None = None,
    error: SluicewayError | None = None,
    models: tuple[str, ...] = (),
    dialects: Collection[Dialect] = tuple(DIALECTS.values()),
    **settings: object,
) -> AsyncIterator[ScriptedApp]:
    """Run an application whose every answer plays ``steps``."""
    clock = FakeClock(100.0)
    engine = ScriptedEngine(steps, decoder=decoder, error=error, clock=clock)
    service = new_service(Routing([Route(engine, models)]), clock, **settings)
    app = App(service, Siblings(service, None, ""), dialects)
    try:
        yield ScriptedApp(app, engine, clock)
    finally:
        await app.close()

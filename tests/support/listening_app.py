"""An application before a script, behind a real listener of our own HTTP/1.1 front, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from support.apps import new_service
from support.http1_listener import listening

from sluiceway.clock import LoopClock
from sluiceway.engines.routing import Route, Routing
from sluiceway.server.app import App
from sluiceway.server.siblings import Siblings
from sluiceway.testing import ScriptedEngine, Step

__all__ = ["ListeningApp", "listening_app"]


class ListeningApp:
    """What listens.

    Attributes:
        port: where, on 127.0.0.1.
        engine: what answers.
        app: what is between.
    """

    def __init__(self, port: int, engine: ScriptedEngine, app: App) -> None:
        self.port = port
        self.engine = engine
        self.app = app

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def listening_app(steps: Sequence[Step], **settings: object) -> AsyncIterator[ListeningApp]:
    """Serve while the context is open; every answer plays ``steps`` in real time."""
    engine = ScriptedEngine(steps)
    service = new_service(Routing([Route(engine, ())]), LoopClock(), **settings)
    app = App(service, Siblings(service))
    async with listening(app) as listener:
        try:
            yield ListeningApp(listener.port, engine, app)
        finally:
            await app.close()

"""A service with one live answer that waits for ever."""

from __future__ import annotations

from sluiceway.engines.routing import Route, Routing
from sluiceway.request import Request
from sluiceway.server.service import Ambient, Service
from sluiceway.server.settings import Settings
from sluiceway.testing import FakeClock, ScriptedEngine

__all__ = ["service_with"]


def service_with(stream_id: str) -> Service:
    """Return a service whose one live answer has this id."""
    clock = FakeClock()
    engine = ScriptedEngine([], clock=clock)
    ambient = Ambient(clock=clock.time, unix_clock=clock.time, make_id=lambda: stream_id)
    service = Service(Settings(), Routing([Route(engine)]), ambient)
    service.begin(Request("m", [], stream=True), "openai_chat")
    return service

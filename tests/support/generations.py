"""Generations that answer from a script on a fake clock, and an encoder whose bytes can be read."""

from __future__ import annotations

from collections.abc import Sequence

from sluiceway.delivery.generation import Generation, Holder, Origin
from sluiceway.errors import SluicewayError
from sluiceway.events import Frame, StreamEnd, StreamError, TextDelta
from sluiceway.metering.timeline import Timeline
from sluiceway.request import Request
from sluiceway.testing import FakeClock, ScriptedCall, ScriptedEngine, Step
from sluiceway.usual import Around, Usual

__all__ = ["REQUEST", "PlainEncoder", "begin"]

REQUEST = Request("m", [], stream=True)


class PlainEncoder:
    """Writes text as it is, a full stop at the end, and what went wrong in brackets."""

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame."""
        return "".join(map(_spell, frame.events)).encode()

    def heartbeat(self) -> bytes:
        """Return a beat."""
        return b"~"

    def telling(self, _usual: Usual) -> Around:
        """Return what stands around each text."""
        return Around(b"", b"")


def begin(
    steps: Sequence[Step],
    clock: FakeClock,
    *,
    error: SluicewayError | None = None,
    holder: Holder | None = None,
    max_pending_bytes: int = 1000,
    name: str = "gen-1",
) -> tuple[Generation, ScriptedCall]:
    """Start an answer that plays ``steps``; return it and the engine's side of it."""
    engine = ScriptedEngine(steps, error=error, clock=clock)
    generation = Generation(
        Origin(name, REQUEST.model, REQUEST.stream, engine.name, "plain"),
        Timeline(clock.time()),
        clock=clock.time,
        max_pending_bytes=max_pending_bytes,
        holder=holder,
    )
    generation.start(engine, REQUEST)
    return generation, engine.calls[0]


def _spell(event: object) -> str:
    match event:
        case TextDelta(text=text):
            return text
        case StreamEnd():
            return "."
        case StreamError(code=code):
            return f"[{code}]"
        case _:
            return ""

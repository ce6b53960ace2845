"""An engine that plays a written stream: the in-memory double of every engine, for tests and demonstrations.

A script is a row of steps, each a pause and what arrives after it: wire bytes, read by a dialect's decoder, or frames
as they are. Time is the clock's, so a test moves it by hand. Everything that was done to a call is written down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sluiceway.clock import Clock, Timer
from sluiceway.dialects.base import Decoder
from sluiceway.engine import Capabilities, Sink
from sluiceway.errors import EngineUnavailable, SluicewayError, UnsupportedFeature
from sluiceway.events import Frame, StreamEnd, StreamError
from sluiceway.request import Request

__all__ = ["ScriptedCall", "ScriptedEngine", "Step"]

Step = tuple[float, bytes | list[Frame]]
"""Seconds after the step before, and what arrives then."""


class ScriptedCall:
    """One answer that is being played; a `sluiceway.engine.Call`.

    Args:
        steps: what is left to play.
        sink: where it goes.
        clock: whose time it is.
        decoder: reads the steps that are bytes; None when there are none.
        error: how it ends when the steps end without a terminal frame.

    Attributes:
        actions: what the consumer did, in order: ``pause``, ``resume``, ``abort``; only what changed anything.
        steps_played: how many steps were fed.
        is_over: whether the sink will not be called again.
    """

    def __init__(
        self, steps: Sequence[Step], sink: Sink, clock: Clock, decoder: Decoder | None, error: SluicewayError | None
    ) -> None:
        self.actions: list[str] = []
        self.steps_played = 0
        self.is_over = False
        self._steps = steps
        self._sink = sink
        self._clock = clock
        self._decoder = decoder
        self._error = error
        self._is_paused = False
        self._is_held = False
        self._timer = self._schedule()

    @property
    def is_aborted(self) -> bool:
        """Whether the consumer stopped it before its end."""
        return "abort" in self.actions

    def pause(self) -> None:
        """Play nothing until `resume`; a step that falls due meanwhile waits."""
        if not self._is_paused and not self.is_over:
            self._is_paused = True
            self.actions.append("pause")

    def resume(self) -> None:
        """Go on; what fell due meanwhile comes next."""
        if self._is_paused and not self.is_over:
            self._is_paused = False
            self.actions.append("resume")
            if self._is_held:
                self._is_held = False
                self._timer = self._clock.call_later(0, self._play)

    def abort(self) -> None:
        """Stop playing."""
        if not self.is_over:
            self.actions.append("abort")
            self._stop()

    def fail(self, error: SluicewayError) -> None:
        """Break the answer off, as an upstream that dies does."""
        if not self.is_over:
            self._stop()
            self._sink.close(error)

    def _schedule(self) -> Timer:
        is_left = self.steps_played < len(self._steps)
        delay_s = self._steps[self.steps_played][0] if is_left else 0
        return self._clock.call_later(delay_s, self._play)

    def _play(self) -> None:
        if self._is_paused:
            self._is_held = True
            return
        if self.steps_played == len(self._steps):
            self._end()
            return
        _, arrived = self._steps[self.steps_played]
        self.steps_played += 1
        self._feed(self._decode(arrived))
        if not self.is_over:
            self._timer = self._schedule()

    def _decode(self, arrived: bytes | list[Frame]) -> list[Frame]:
        if isinstance(arrived, list):
            return list(arrived)  # the sink keeps what it is given
        assert self._decoder is not None, "a script of bytes needs a decoder"
        return self._decoder.feed(arrived)

    def _feed(self, frames: list[Frame]) -> None:
        if frames:
            self._sink.feed(frames)
            if not self.is_over and _is_terminal(frames[-1]):
                self._stop()
                self._sink.close(None)

    def _end(self) -> None:
        """End as told, else as the decoder sees it, else as a source that went away."""
        if self._error is None and self._decoder is not None:
            self._feed(self._decoder.close())
        self.fail(self._error or EngineUnavailable("the script ended without an ending"))

    def _stop(self) -> None:
        self.is_over = True
        self._timer.cancel()


class ScriptedEngine:
    """A `sluiceway.engine.Engine` that plays the same script to every request.

    Args:
        steps: the script.
        decoder: makes the decoder of one answer, for steps that are bytes.
        error: how answers end whose script has no terminal frame; None leaves it to the decoder.
        clock: whose time it is; None takes the running loop's.
        models: the names it serves; empty takes any.

    Attributes:
        requests: what was asked for, in order.
        calls: the answers, in the same order.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        decoder: Callable[[], Decoder] | None = None,
        error: SluicewayError | None = None,
        clock: Clock | None = None,
        models: Sequence[str] = (),
        name: str = "scripted",
    ) -> None:
        self.name = name
        self.capabilities = Capabilities()
        self.requests: list[Request] = []
        self.calls: list[ScriptedCall] = []
        self._steps = list(steps)
        self._make_decoder = decoder
        self._error = error
        self._clock = clock
        self._models = list(models)
        self._is_closed = False

    def start(self, request: Request, sink: Sink) -> ScriptedCall:
        """Begin to play; the sink is called only after this returned."""
        clock = self._clock or asyncio.get_running_loop()
        decoder = self._make_decoder() if self._make_decoder is not None else None
        call = ScriptedCall(self._steps, sink, clock, decoder, self._error)
        self.requests.append(request)
        self.calls.append(call)
        return call

    async def forward(self, dialect: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Refuse: a script has answers to completions only.

        Raises:
            UnsupportedFeature: always.
        """
        raise UnsupportedFeature(f"a script has no answer to {len(body)} bytes of '{dialect}' at {path}")

    async def list_models(self) -> list[str]:
        """Return the names it was given."""
        return self._models

    async def is_ready(self) -> bool:
        """Say whether it is open."""
        return not self._is_closed

    async def open(self) -> None:
        """Do nothing: a script is always ready."""

    async def close(self) -> None:
        """Break running answers off."""
        self._is_closed = True
        for call in self.calls:
            call.fail(EngineUnavailable("the engine was closed"))


def _is_terminal(frame: Frame) -> bool:
    return bool(frame.events) and isinstance(frame.events[-1], StreamEnd | StreamError)

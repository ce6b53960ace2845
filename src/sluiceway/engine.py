"""What an engine is: where tokens come from, pushed into a sink.

An engine is started with a request and a sink and returns a call. Everything happens on one event loop, on which the
sink is called, in this order: any number of ``feed``, then exactly one ``close``, or nothing at all after ``abort``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

import msgspec

from sluiceway.errors import SluicewayError
from sluiceway.events import Frame
from sluiceway.features import Rule
from sluiceway.request import Request
from sluiceway.usual import Usual

__all__ = ["BATCH_DELTAS", "Call", "Capabilities", "Engine", "Lane", "Lead", "Pace", "Sink"]


BATCH_DELTAS = 64
"""Deltas on the lane after which they are counted: often enough for who looks, rarely enough to cost little."""


class Pace(Protocol):
    """How sources are paced.

    Attributes:
        window_s: how long they pause between reads now; 0 while they do not.
    """

    window_s: float


class Lead(msgspec.Struct, frozen=True):
    """Where the usual events of an answer go, past decoder and encoder.

    Attributes:
        take_texts: takes the text of one event, or of several in a row.
        take_chunks: takes the events themselves, shorter still, as whole chunks of HTTP/1.1's chunked coding (RFC
            9112, section 7.1), one event each; None where they would not do as they are.
    """

    take_texts: Callable[[list[bytes]], None]
    take_chunks: Callable[[bytes], None] | None = None


def _nothing() -> None:
    """Count nothing."""


class Lane:
    """A way past decoder and encoder, from an engine to whoever knows what to tell when only a text is new.

    The engine hands on usual events while there is a way. Whoever owns the lane counts what went by, in batches.

    Attributes:
        lead: says where the usual events of a kind go, None for nowhere; itself None while the way is closed. What it
            says holds until another one is here, or is asked again.
        pace: how sources are paced; None when they are not.
        keep: takes the texts that went by, when they are counted; None where nobody keeps them.
        batch_deltas: how many may go by before they are counted.
        delivered_at: when each delta went by (monotonic seconds), since they were counted last.
        passed: their texts, where somebody keeps them.
        settle: has the owner count, and pause the engine if it is to be paced; called by the engine when a batch is
            full, and after each write while sources are paced.
    """

    __slots__ = ("_last_at", "batch_deltas", "delivered_at", "keep", "lead", "pace", "passed", "settle")

    def __init__(self, settle: Callable[[], None], pace: Pace | None = None) -> None:
        self.lead: Callable[[Usual], Lead | None] | None = None
        self.pace = pace
        self.keep: Callable[[list[bytes]], None] | None = None
        self.batch_deltas = BATCH_DELTAS
        self.delivered_at: list[float] = []
        self.passed: list[bytes] = []
        self.settle = settle
        self._last_at = 0.0

    def close(self) -> None:
        """Let go of everybody; nothing may go by any more."""
        self.lead = self.keep = None
        self.settle = _nothing

    @property
    def last_at(self) -> float:
        """When the latest delta went by (monotonic seconds); 0 before the first."""
        return self.delivered_at[-1] if self.delivered_at else self._last_at

    def take_times(self) -> list[float]:
        """Return `delivered_at` and begin anew; the texts go to their keeper."""
        self._last_at = self.last_at
        times, self.delivered_at = self.delivered_at, []
        if self.keep is not None and self.passed:
            texts, self.passed = self.passed, []
            self.keep(texts)
        return times


class Sink(Protocol):
    """What a running answer is pushed into. Its methods never raise and never wait.

    Attributes:
        lane: a shorter way, while it is open.
    """

    lane: Lane

    def feed(self, frames: list[Frame]) -> None:
        """Take the frames of one read, at least one; the list is the sink's to keep and to add to."""
        ...

    def close(self, error: SluicewayError | None) -> None:
        """Take the end: after a terminal frame None, else what broke the answer off."""
        ...


class Call(Protocol):
    """One running answer, seen from its consumer."""

    def pause(self) -> None:
        """Take no more from the source until `resume`; what was read already may still be fed. Idempotent."""
        ...

    def resume(self) -> None:
        """Go on after `pause`. Idempotent."""
        ...

    def abort(self) -> None:
        """Stop the source at once. The sink is not called again. Idempotent, also after the end."""
        ...


class Capabilities(msgspec.Struct, frozen=True):
    """What an engine can do, so that a request it cannot serve is refused before anything is sent.

    Attributes:
        dialect: the dialect requests are sent in; empty when they are not sent at all.
        rules: what becomes of features that cannot be expressed; see `sluiceway.features`.
        is_local: whether its models are in this machine's memory while it is ready.
    """

    dialect: str = ""
    rules: Mapping[str, Rule] = MappingProxyType({})
    is_local: bool = False


class Engine(Protocol):
    """A source of tokens.

    Attributes:
        name: its name in settings, metrics and the ``Sluiceway-Upstream`` header.
        capabilities: what it can do.
    """

    name: str
    capabilities: Capabilities

    def start(self, request: Request, sink: Sink) -> Call:
        """Begin one answer. Returns at once; failures, also to connect, arrive through ``sink.close``.

        Raises:
            RequestError: the request cannot be expressed; nothing was sent.
        """
        ...

    async def forward(self, dialect: str, path: str, body: bytes, /) -> tuple[int, bytes]:
        """Send a small request as it is, and return the status and the body of the answer.

        Args:
            dialect: the dialect it is written in.
            path: below the upstream's base URL.
            body: JSON.

        Raises:
            UnsupportedFeature: what it comes from does not speak that dialect.
            SluicewayError: the answer cannot be had now.
        """
        ...

    async def list_models(self) -> list[str]:
        """Return the names it serves; empty when any name is passed on.

        Raises:
            SluicewayError: the list cannot be had now.
        """
        ...

    async def is_ready(self) -> bool:
        """Say whether a request started now has a chance."""
        ...

    async def open(self) -> None:
        """Make ready; called once on the event loop that will serve.

        Raises:
            EngineUnavailable: it cannot be made ready.
        """
        ...

    async def close(self) -> None:
        """Release everything; running calls are aborted. Idempotent."""
        ...

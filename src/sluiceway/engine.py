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

__all__ = ["Call", "Capabilities", "Engine", "Lane", "Pace", "Sink"]


class Pace(Protocol):
    """How sources are paced.

    Attributes:
        window_s: how long they pause between reads now; 0 while they do not.
    """

    window_s: float


class Lane:
    """A way past decoder and encoder, from an engine to a reader who takes its bytes as they come.

    The engine may write a whole chunk of HTTP/1.1's chunked coding (RFC 9112, section 7.1) that holds one output
    delta in the wire form ``wire`` and nothing else, or several such chunks, while ``write_chunk`` is there. Whoever
    owns the lane counts what went by, in batches.

    Attributes:
        wire: the wire form the reader takes; empty when there is none.
        write_chunk: takes the chunk; None while the way is closed.
        pace: how sources are paced; None when they are not.
        delivered_at: when each delta went by (monotonic seconds), since the owner took the times last.
        settle: has the owner count, and pause the engine if it is to be paced; called by the engine when
            `delivered_at` has grown long, and after each write while sources are paced.
    """

    __slots__ = ("_last_at", "delivered_at", "pace", "settle", "wire", "write_chunk")

    def __init__(self, settle: Callable[[], None], pace: Pace | None = None) -> None:
        self.wire = ""
        self.write_chunk: Callable[[bytes], None] | None = None
        self.pace = pace
        self.delivered_at: list[float] = []
        self.settle = settle
        self._last_at = 0.0

    @property
    def last_at(self) -> float:
        """When the latest delta went by (monotonic seconds); 0 before the first."""
        return self.delivered_at[-1] if self.delivered_at else self._last_at

    def take_times(self) -> list[float]:
        """Return `delivered_at` and begin anew."""
        self._last_at = self.last_at
        times, self.delivered_at = self.delivered_at, []
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
    """

    dialect: str = ""
    rules: Mapping[str, Rule] = MappingProxyType({})


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

    async def forward(self, dialect: str, path: str, body: bytes) -> tuple[int, bytes]:
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

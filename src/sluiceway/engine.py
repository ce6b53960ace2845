"""What an engine is: where tokens come from, pushed into a sink.

An engine is started with a request and a sink and returns a call. Everything happens on one event loop, on which the
sink is called, in this order: any number of ``feed``, then exactly one ``close``, or nothing at all after ``abort``.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from sluiceway.errors import SluicewayError
from sluiceway.events import Frame
from sluiceway.request import Request

__all__ = ["Call", "Capabilities", "Engine", "Sink"]


class Sink(Protocol):
    """What a running answer is pushed into. Its methods never raise and never wait."""

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
        aborts_billing: closing the call stops the vendor's meter.
        tools: tool calls.
        json_schema: answers held to a schema.
        logprobs: token log probabilities.
        choices: more than one choice (``n`` > 1).
    """

    aborts_billing: bool = True
    tools: bool = True
    json_schema: bool = True
    logprobs: bool = True
    choices: bool = True


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

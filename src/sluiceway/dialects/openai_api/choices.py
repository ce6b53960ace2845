"""What is asked of a dialect of completions: its chunks, its choices, and where a choice stands.

Source: OpenAI's API reference, "chat completion object" and "completion object" (August 2026).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

from sluiceway.dialects.template import Slot
from sluiceway.events import BlockKind, Event
from sluiceway.usage import Usage

__all__ = ["DONE", "Choices", "Chunk", "Place"]

DONE = b"[DONE]"
"""The payload that ends a stream."""

S_co = TypeVar("S_co", covariant=True)
S_contra = TypeVar("S_contra", contravariant=True)


class Chunk(Protocol[S_co]):
    """One payload of a stream, or a whole answer."""

    @property
    def choices(self) -> Sequence[S_co] | None:
        """What it adds to each choice."""
        ...

    @property
    def error(self) -> msgspec.Raw:
        """An error, in the place of an answer or beside one."""
        ...

    def find_usage(self) -> Usage | None:
        """Return the token counts it tells, if it tells any that can be read."""
        ...

    def has_failed(self) -> bool:
        """Return whether it says that the answer ended with an error it does not tell."""
        ...


class Place(Slot, Protocol):
    """Where one choice stands.

    Attributes:
        kind: the kind of its open block.
    """

    kind: BlockKind


class Choices(Protocol[S_contra]):
    """The choices of one answer. Every method appends to the list of events it is handed."""

    @property
    def has_begun(self) -> bool:
        """Whether there is a choice."""
        ...

    @property
    def has_finished(self) -> bool:
        """Whether there is a choice, and each has a finish reason."""
        ...

    def feed(self, shape: S_contra, events: list[Event]) -> Place:
        """Take one choice of a chunk or of a whole answer.

        Raises:
            RemoteProtocolError: it adds to what has ended.
        """
        ...

    def end(self, events: list[Event], *, is_last: bool = False) -> None:
        """End the choices whose finish reason is known; with ``is_last`` the others too, for no known reason."""
        ...

    def break_off(self, events: list[Event]) -> None:
        """Tell what was held back, before an error: the ends whose finish reason is known, and blocks, left open."""
        ...

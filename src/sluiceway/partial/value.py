"""A JSON value that grows in place, and the events of its growth. It knows nothing of JSON's text.

Theory. One slot is being filled: a container (``_holder``) and the key or index in it (``_key``). Those around it lie
on a stack. The root sits in a list of its own, as the root has no container. A path is made when a value
begins, and kept for all its events.
"""

from __future__ import annotations

from typing import Any

from sluiceway.partial.events import Completed, Event, Grew, Path, Restarted, Started
from sluiceway.partial.patterns import Pattern, below, listeners_of

__all__ = ["GrowingValue"]

_Nodes = tuple[Pattern, ...] | None


class GrowingValue:
    """The value, the slot that is being filled, and who listens to it."""

    __slots__ = (
        "_base",
        "_events",
        "_holder",
        "_is_heard",
        "_is_shown",
        "_key",
        "_nodes",
        "_path",
        "_patterns",
        "_root",
        "_stack",
    )

    def __init__(self) -> None:
        self._root: list[Any] = []
        self._holder: Any = self._root
        self._key: Any = 0
        self._base: Path = ()  # the path of the holder
        self._path: Path = ()  # the path of the value that began last
        self._stack: list[tuple[Any, Any, Path, bool, _Nodes]] = []
        self._is_shown = False  # the number under way has a value in the slot
        self._events: list[Event] = []
        self._patterns: Pattern | None = None
        self._nodes: _Nodes = None  # the patterns that lead to the holder; None when everything is told
        self._is_heard = True  # somebody listens to the value that began last

    def _open(self) -> None:
        """Begin a value in the slot: find its path, and who listens to it."""
        if self._stack:
            # A sum of tuples takes two thirds of the time of (*base, key).
            self._path = self._base + (self._key,)  # noqa: RUF005 - it is slower
            if self._nodes is not None:
                self._is_heard = any(node.listeners for node in below(self._nodes, self._key))

    def _fill(self, value: object) -> None:
        holder = self._holder
        if type(holder) is dict:
            key = self._key
            if key in holder and self._is_heard and not self._is_shown:
                self._events.append(Restarted(self._path))
            holder[key] = value
        elif self._is_shown:
            holder[self._key] = value
        else:
            holder.append(value)

    def _add_string(self, part: str) -> None:
        """Begin a string with what there is of it."""
        self._open()
        self._fill(part)
        if self._is_heard:
            path = self._path
            self._events.append(Started(path, str))
            if part:
                self._events.append(Grew(path, part))

    def _grow(self, part: str) -> None:
        holder, key = self._holder, self._key
        grown = holder[key]
        holder[key] = None  # with one reference to it the string grows where it lies, without a copy
        grown += part
        holder[key] = grown
        if self._is_heard:
            self._events.append(Grew(self._path, part))

    def _end_string(self) -> None:
        if self._is_heard:
            self._events.append(Completed(self._path, self._holder[self._key]))

    def _end_scalar(self, value: object) -> None:
        self._fill(value)
        self._is_shown = False
        if self._is_heard:
            self._events.append(Completed(self._path, value))

    def _begin_container(self, container: Any) -> None:
        self._open()
        self._fill(container)
        if self._is_heard:
            self._events.append(Started(self._path, type(container)))
        nodes = self._nodes
        self._stack.append((self._holder, self._key, self._base, self._is_heard, nodes))
        if nodes and self._path:
            self._nodes = below(nodes, self._key)
        self._holder, self._key, self._base = container, 0, self._path

    def _end_container(self) -> None:
        value, path = self._holder, self._base
        self._holder, self._key, self._base, is_heard, self._nodes = self._stack.pop()
        if is_heard:
            self._events.append(Completed(path, value))

    def _tell(self, events: list[Event]) -> None:
        """Call who listens to these events."""
        if self._patterns:
            for event in events:
                for listener in listeners_of(self._patterns, event.path):
                    listener(event)

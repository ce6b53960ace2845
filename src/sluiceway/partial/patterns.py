"""Which paths are listened to: patterns such as ``/items/*``, matched one step at a time.

A pattern is a JSON Pointer (RFC 6901) in which ``*`` stands for any key or index. Patterns form a tree; a reader of
JSON that goes down into a value goes down the tree beside it, so a path costs nothing to match but its last step.
"""

from __future__ import annotations

from collections.abc import Callable

from sluiceway.errors import SettingsError
from sluiceway.partial.events import Event, Path

__all__ = ["Listener", "Pattern", "below", "listeners_of"]

Listener = Callable[[Event], object]
"""What is called with each event of the paths it listens to."""


class Pattern:
    """One step in the tree of patterns.

    Attributes:
        listeners: who listens here.
        children: the next steps, by key; an index by its digits.
        any_child: the next step for every key.
    """

    __slots__ = ("any_child", "children", "listeners")

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.children: dict[str, Pattern] = {}
        self.any_child: Pattern | None = None

    def add(self, pattern: str, listener: Listener) -> None:
        """Add a listener to what a pattern below this step matches.

        Raises:
            SettingsError: it is no pattern.
        """
        if pattern and not pattern.startswith("/"):
            raise SettingsError(f"a pattern is empty or begins with a slash, unlike {pattern!r}")
        node = self
        for step in pattern.split("/")[1:]:
            node = node._child(step)
        node.listeners.append(listener)

    def _child(self, step: str) -> Pattern:
        if step == "*":
            self.any_child = self.any_child or Pattern()
            return self.any_child
        return self.children.setdefault(step.replace("~1", "/").replace("~0", "~"), Pattern())


def below(nodes: tuple[Pattern, ...], key: str | int) -> tuple[Pattern, ...]:
    """Return the nodes that one step with ``key`` leads to."""
    if not nodes:
        return ()
    steps = ((node.children.get(str(key)), node.any_child) for node in nodes)
    return tuple(child for pair in steps for child in pair if child)


def listeners_of(root: Pattern, path: Path) -> list[Listener]:
    """Return who listens to a path."""
    nodes: tuple[Pattern, ...] = (root,)
    for key in path:
        nodes = below(nodes, key)
    return [listener for node in nodes for listener in node.listeners]

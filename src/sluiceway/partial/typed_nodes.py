"""Typed values under way: for each open list and object of the JSON text, a node that fills the typed value.

A node is told what happens to its children by key, in the order of the text. What it cannot show yet is left to
`HIDDEN`, and validated as a whole when it is complete.

Who adds to a string must be the only one to hold it: CPython then grows it in place, and a long one costs no copies.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from sluiceway.partial.events import MISSING, Path
from sluiceway.partial.typed_kinds import Field, Kind
from sluiceway.partial.typed_rules import Validate, invalid

__all__ = ["HIDDEN", "ListNode", "MapNode", "Node", "ObjectNode", "ObjectPlan", "RootNode", "Shape", "TaggedNode"]


class Shape:
    """What a value of some type lets show before it is complete; by itself, nothing.

    Attributes:
        validate: judges the complete value.
        grows: whether a string is shown as far as it has come.
        container: ``dict`` or ``list`` where such a value is shown as far as it has come.
    """

    grows = False
    container: type | None = None

    def __init__(self, validate: Validate) -> None:
        self.validate = validate

    def open(self, kind: type, parent: Node, key: Any) -> Node:
        """Return the node for a list or object that begins, after placing in the parent what can be shown of it."""
        del kind, parent, key
        return HIDDEN


class Node:
    """What is told of the children of one list or object; by itself it shows nothing."""

    def start(self, key: Any, kind: type, path: Path) -> Node:
        """A list or object begins; return its node."""
        del key, kind, path
        return HIDDEN

    def start_text(self, key: Any) -> bool:
        """A string begins; say whether it shows before it is complete."""
        del key
        return False

    def grow(self, key: Any, text: str) -> None:
        """A string that shows gets longer."""

    def complete(self, key: Any, value: Any, path: Path) -> Any:
        """A child is complete and was not shown whole: validate it, and return it typed."""
        del key, path
        return value

    def restart(self, key: Any) -> None:
        """A child is void; another follows."""

    def finish(self, path: Path) -> Any:
        """The list or object itself is complete: return it typed, or `MISSING` where it was not shown."""
        del path
        return MISSING

    def place(self, key: Any, value: Any) -> None:
        """Let a child show."""


HIDDEN: Final = Node()


class _Slots(Node, abc.ABC):
    """A node with a typed value to fill, child by child."""

    @abc.abstractmethod
    def shape_of(self, key: Any) -> Shape:
        """Return what a child's type lets show."""
        ...

    def start(self, key: Any, kind: type, path: Path) -> Node:
        """Open what the child's type lets show."""
        del path
        return self.shape_of(key).open(kind, self, key)

    def start_text(self, key: Any) -> bool:
        """Show an empty string."""
        if not self.shape_of(key).grows:
            return False
        self.place(key, "")
        return True

    def complete(self, key: Any, value: Any, path: Path) -> Any:
        """Validate and show a child."""
        typed = self.shape_of(key).validate(value, path)
        self.place(key, typed)
        return typed


class RootNode(_Slots):
    """What holds the root value; its key is None. A root that shows is there from the start, empty."""

    def __init__(self, shape: Shape) -> None:
        self.value: Any = MISSING
        self._shape = shape
        self._first = shape.open(shape.container, self, None) if shape.container else None

    def shape_of(self, key: Any) -> Shape:
        """Return the root's shape."""
        del key
        return self._shape

    def start(self, key: Any, kind: type, path: Path) -> Node:
        """Go on with the value that is there."""
        if self._first is not None and kind is self._shape.container:
            return self._first
        return super().start(key, kind, path)

    def grow(self, key: Any, text: str) -> None:
        """Add to the root."""
        del key
        so_far, self.value = self.value, ""
        so_far += text
        self.value = so_far

    def place(self, key: Any, value: Any) -> None:
        """Let the root show."""
        del key
        self.value = value

    def restart(self, key: Any) -> None:
        """Let the root show no more."""
        del key
        self.value = MISSING


class ListNode(_Slots):
    """A list whose items have one type."""

    def __init__(self, item: Shape) -> None:
        self.value: list[Any] = []
        self._item = item

    def shape_of(self, key: Any) -> Shape:
        """Return the items' shape."""
        del key
        return self._item

    def grow(self, key: Any, text: str) -> None:
        """Add to an item."""
        so_far = self.value[key]
        self.value[key] = ""
        so_far += text
        self.value[key] = so_far

    def place(self, key: Any, value: Any) -> None:
        """Let an item show, which is the last one or a new one."""
        self.value[key:] = [value]

    def restart(self, key: Any) -> None:
        """Remove the last item."""
        del self.value[key:]

    def finish(self, path: Path) -> Any:
        """Return the list."""
        del path
        return self.value


class MapNode(_Slots):
    """An object with any keys, whose values have one type."""

    def __init__(self, item: Shape) -> None:
        self.value: dict[str, Any] = {}
        self._item = item

    def shape_of(self, key: Any) -> Shape:
        """Return the values' shape."""
        del key
        return self._item

    def grow(self, key: Any, text: str) -> None:
        """Add to a value."""
        so_far = self.value[key]
        self.value[key] = ""
        so_far += text
        self.value[key] = so_far

    def place(self, key: Any, value: Any) -> None:
        """Let a value show."""
        self.value[key] = value

    def restart(self, key: Any) -> None:
        """Remove a value."""
        self.value.pop(key, None)

    def finish(self, path: Path) -> Any:
        """Return the dictionary."""
        del path
        return self.value


class ObjectPlan(msgspec.Struct, frozen=True):
    """What a class has in store for its objects.

    Attributes:
        kind: how the class fills them.
        fields: what can be shown one by one.
        names: the fields' names, by their keys in JSON.
        shapes: what each known key lets show; one that has no name is known and not shown.
        unknown: the shape of any other key.
    """

    kind: Kind
    fields: tuple[Field, ...]
    names: Mapping[str, str]
    shapes: Mapping[str, Shape]
    unknown: Shape


class ObjectNode(_Slots):
    """An object of a class."""

    def __init__(self, plan: ObjectPlan) -> None:
        self.value = plan.kind.blank()
        self._plan = plan
        self._kind = plan.kind

    def shape_of(self, key: Any) -> Shape:
        """Return a field's shape."""
        return self._plan.shapes.get(key, self._plan.unknown)

    def grow(self, key: Any, text: str) -> None:
        """Add to a field."""
        self._kind.grow(self.value, self._plan.names[key], text)

    def place(self, key: Any, value: Any) -> None:
        """Set a field."""
        name = self._plan.names.get(key)
        if name is not None:
            self._kind.put(self.value, name, value)
        elif key not in self._plan.shapes:
            self._kind.put_unknown(self.value, key, value)

    def restart(self, key: Any) -> None:
        """Unset a field."""
        name = self._plan.names.get(key)
        if name is not None:
            self._kind.drop(self.value, name)

    def finish(self, path: Path) -> Any:
        """Set the defaults and return the object; the root gets its own when the whole is validated."""
        if path:
            self._set_defaults(path)
            self._kind.finish(self.value)
        return self.value

    def _set_defaults(self, path: Path) -> None:
        for field in self._plan.fields:
            if self._kind.has(self.value, field.name):
                continue
            if field.default is not None:
                self._kind.put_default(self.value, field.name, field.default())
            elif field.is_required and field.json_names:
                raise invalid(f"{field.json_names[0]!r} is missing", path)


class TaggedNode(Node):
    """An object of one of several classes, shown as soon as the key is complete that tells which.

    Args:
        tag: the key.
        choices: the classes' shapes, by the tag's value.
        parent: where it is to be placed.
        key: its place there.
    """

    def __init__(self, tag: str, choices: Mapping[Any, Shape], parent: Node, key: Any) -> None:
        self._tag = tag
        self._choices = choices
        self._parent = parent
        self._key = key
        self._before: dict[str, Any] = {}
        self._chosen: Node | None = None

    def start(self, key: Any, kind: type, path: Path) -> Node:
        """Let the class decide, once it is known."""
        return HIDDEN if self._chosen is None else self._chosen.start(key, kind, path)

    def start_text(self, key: Any) -> bool:
        """Let the class decide, once it is known."""
        return self._chosen is not None and self._chosen.start_text(key)

    def grow(self, key: Any, text: str) -> None:
        """Let the class decide, once it is known."""
        if self._chosen is not None:
            self._chosen.grow(key, text)

    def complete(self, key: Any, value: Any, path: Path) -> Any:
        """Let the class decide, once it is known; the tag makes it known."""
        if self._chosen is not None:
            return self._chosen.complete(key, value, path)
        self._before[key] = value
        if key == self._tag:
            self._choose(value, path)
        return value

    def _choose(self, tag: Any, path: Path) -> None:
        choice = self._choices.get(tag) if isinstance(tag, str | int) else None
        if choice is None:
            raise invalid(f"{tag!r} is none of {', '.join(map(repr, self._choices))}", path)
        self._chosen = choice.open(dict, self._parent, self._key)
        for key, value in self._before.items():
            self._chosen.complete(key, value, (*path[:-1], key))

    def restart(self, key: Any) -> None:
        """Forget a child; with the tag the class is unknown again, and to the end."""
        if self._chosen is None:
            self._before.pop(key, None)
        elif key != self._tag:
            self._chosen.restart(key)
        else:
            self._parent.restart(self._key)
            self._chosen = HIDDEN

    def finish(self, path: Path) -> Any:
        """Return the object; `MISSING` where its class did not become known."""
        return MISSING if self._chosen is None else self._chosen.finish(path)

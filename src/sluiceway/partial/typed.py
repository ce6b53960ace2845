"""`TypedFeed`: JSON text in, piece by piece; an object of a type of yours, which fills while the text arrives.

It refuses to guess: a field that has not come is not there, a field that is there has its true type, and the whole is
yours only when `close` has judged it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast, overload

from sluiceway.errors import JSONIncomplete, JSONInvalid, TypedInvalid
from sluiceway.partial.events import MISSING, Completed, Event, Grew, Path, Restarted, Started
from sluiceway.partial.feed import JSONFeed
from sluiceway.partial.typed_judges import rules_of
from sluiceway.partial.typed_nodes import Node, RootNode
from sluiceway.partial.typed_shapes import Shapes

__all__ = ["TypedFeed", "TypedModel"]

Model = TypeVar("Model")


class TypedModel(Generic[Model]):
    """A type made ready: where many texts of one type are read, this work is done once.

    Args:
        model: a pydantic model, a msgspec struct, a dataclass, a `TypedDict`, or a list or union of such.

    Raises:
        SettingsError: neither msgspec nor pydantic understands the type, or only pydantic does and is not installed.
    """

    @overload
    def __init__(self, model: type[Model]) -> None: ...

    @overload
    def __init__(self, model: object) -> None: ...

    def __init__(self, model: object) -> None:
        rules = rules_of(model)
        self.judge = rules.validator(model)
        self.shape = Shapes(rules).of(model)


class TypedFeed(Generic[Model]):
    """Push text, read `value` at any time, close it once.

    The model is a pydantic model, a msgspec struct, a dataclass, a `TypedDict`, or a list or union of such. Fields
    come one by one: strings, lists and objects as far as they have come, all else when it is complete. Each field is
    validated once, when it is complete; what looks at several fields at once (validators of a model,
    ``__post_init__``), the lengths of lists, and pydantic's validator methods run at `close`, over the whole.

    - A field that has not come is no attribute (of a `TypedDict`: no key). Objects inside get their defaults when
      they end; the root gets its own at `close`.
    - The value and the objects in it stay the same ones while they grow, until `close` returns the final one.

    Args:
        model: the type, or a `TypedModel` of it.
        feed: reads the text; without one, a `JSONFeed` as it is by default. Nobody may have subscribed to it.
        fails_early: whether `push` raises when a complete field is not of its type. Without it the value stands
            still from there on, `error` says why, and `close` raises.

    Raises:
        SettingsError: neither msgspec nor pydantic understands the type, or only pydantic does and is not installed.
    """

    @overload
    def __init__(self, model: type[Model], *, feed: JSONFeed | None = ..., fails_early: bool = ...) -> None: ...

    @overload
    def __init__(self, model: TypedModel[Model], *, feed: JSONFeed | None = ..., fails_early: bool = ...) -> None: ...

    @overload
    def __init__(self, model: object, *, feed: JSONFeed | None = ..., fails_early: bool = ...) -> None: ...

    def __init__(self, model: object, *, feed: JSONFeed | None = None, fails_early: bool = False) -> None:
        ready: TypedModel[Any] = model if isinstance(model, TypedModel) else TypedModel(model)
        self._feed = JSONFeed() if feed is None else feed
        self._fails_early = fails_early
        self._judge = ready.judge
        self._root = RootNode(ready.shape)
        self._open: list[Node] = [self._root]
        self._is_shown = False  # an open string has a place in the value
        self._error: TypedInvalid | None = None
        self._final: Any = MISSING

    @property
    def value(self) -> Model:
        """The value so far; after `close`, the final one.

        Raises:
            JSONIncomplete: there is none yet. An object or list is there, and empty, before the first push.
        """
        value = self._root.value if self._final is MISSING else self._final
        if value is MISSING:
            raise JSONIncomplete("no value shows yet", offset=self._feed.offset, open_path=self._feed.open_path)
        return cast("Model", value)

    @property
    def json(self) -> Any:
        """The value so far as JSON has it, untyped; `MISSING` before there is any."""
        return self._feed.value

    @property
    def error(self) -> TypedInvalid | None:
        """What was not of its type, or None."""
        return self._error

    @property
    def complete_fields(self) -> frozenset[str]:
        """The root's keys whose values are complete."""
        found = self._feed.value
        keys = found if isinstance(found, dict) else ()
        return frozenset(key for key in keys if self._feed.is_complete((key,)))

    @property
    def open_path(self) -> Path | None:
        """The keys and indices that lead to the innermost value under way, or None."""
        return self._feed.open_path

    @property
    def offset(self) -> int:
        """How many characters were taken."""
        return self._feed.offset

    def is_complete(self, path: Path) -> bool:
        """Say whether the value at a path, in keys of the JSON text, is there and will not change."""
        return self._feed.is_complete(path)

    def push(self, text: str) -> Sequence[Event]:
        """Take the next characters and return what they did, in order; complete values are typed ones.

        Raises:
            JSONInvalid: they do not go on with a JSON text; its events are what came before.
            TypedInvalid: with ``fails_early``, a field is not of its type.
        """
        try:
            events = self._feed.push(text)
        except JSONInvalid as error:
            error.events = tuple(self._follow(cast("Sequence[Event]", error.events)))
            raise
        return self._follow(events)

    def close(self) -> Model:
        """Take the end of the text, judge the whole, and return it.

        Raises:
            JSONIncomplete: the text ended before its value did; `value` stays as it is.
            JSONInvalid: as `push` raised before.
            TypedInvalid: the whole is not of its type.
        """
        if self._final is MISSING:
            whole = self._feed.close()
            try:
                self._final = self._judge(whole, ())
            except TypedInvalid as error:
                self._error = self._error or error
                raise
        return cast("Model", self._final)

    def _follow(self, events: Sequence[Event]) -> Sequence[Event]:
        if self._error is not None:
            if self._fails_early:
                raise self._error
            return ()
        followed: list[Event] = []
        try:
            for event in events:
                if isinstance(event, Grew):
                    if self._is_shown:
                        self._open[-1].grow(event.path[-1] if event.path else None, event.text)
                    followed.append(event)
                else:
                    followed.append(self._follow_one(event))
        except TypedInvalid as error:
            self._error = error
            if self._fails_early:
                error.events = tuple(followed)
                raise
        return followed

    def _follow_one(self, event: Started | Completed | Restarted) -> Event:
        path = event.path
        key = path[-1] if path else None
        parent = self._open[len(path)]
        if isinstance(event, Completed):
            typed = self._complete(parent, key, event.value, path)
            return event if typed is event.value else Completed(path, typed)
        if isinstance(event, Restarted):
            parent.restart(key)
        elif event.kind is str:
            self._is_shown = parent.start_text(key)
        else:
            self._open.append(parent.start(key, event.kind, path))
        return event

    def _complete(self, parent: Node, key: str | int | None, value: Any, path: Path) -> Any:
        if isinstance(value, dict | list):
            typed = self._open.pop().finish(path)
            if typed is not MISSING:
                return typed
        return parent.complete(key, value, path)

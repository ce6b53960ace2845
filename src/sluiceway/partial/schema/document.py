"""A document that streams, under a schema: text in, and the first violation out as soon as it is certain.

What is no JSON breaks every schema; so does an object that names a member twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from sluiceway.errors import JSONIncomplete, JSONInvalid, JSONTooLarge
from sluiceway.partial.events import Completed, Event
from sluiceway.partial.feed import JSONFeed
from sluiceway.partial.schema.checker import Checker
from sluiceway.partial.schema.compile import Compiled
from sluiceway.partial.schema.verdict import Verdict, Violation

__all__ = ["MAX_CHARS", "MAX_DEPTH", "Document"]

MAX_CHARS = 4_000_000
"""How long a document is followed."""

MAX_DEPTH = 64
"""How deep its lists and objects may lie in each other to be followed."""


class Document:
    """One document; linear in its text, however it is cut.

    Args:
        schema: what it must follow.

    Attributes:
        violation: the first one, None so far.
        is_whole: whether its last character has come; a number that is all of it ends with `close` only.
        is_lost: whether it could not be followed to its end: it is too long, too deep, or its schema makes too much
            work of it. Nobody knows whether it follows the schema then.
    """

    __slots__ = ("_checker", "_feed", "_push", "is_lost", "is_whole", "violation")

    def __init__(self, schema: Compiled) -> None:
        self.violation: Violation | None = None
        self.is_whole = False
        self.is_lost = False
        self._checker = Checker(schema.root)
        self._feed = JSONFeed(duplicate_keys="error", max_chars=MAX_CHARS, max_depth=MAX_DEPTH)
        self._push = self._feed.push

    @property
    def value(self) -> Any:
        """The value so far; `sluiceway.partial.events.MISSING` before there is any."""
        return self._feed.value

    def push(self, text: str) -> Violation | None:
        """Take the next piece of text, and return the first violation once there is one."""
        if self.violation is not None or self.is_lost:
            return self.violation
        try:
            events = self._push(text)
        except JSONInvalid as error:
            self._break(error)
        else:
            if events:
                self._check(events)
        return self.violation

    def close(self) -> Violation | None:
        """Take the end of the text, and return the first violation if there is one."""
        if self.violation is not None or self.is_lost or self.is_whole:
            return self.violation
        try:
            value = self._feed.close()
        except JSONIncomplete as error:
            self.violation = Violation(error.open_path or (), "", "the text ends before its value does")
        else:
            self._check((Completed((), value),))
        return self.violation

    def _check(self, events: Iterable[Event]) -> None:
        checker = self._checker
        self.violation = checker.feed(events)
        if checker.verdict is not Verdict.OPEN and self.violation is None:
            self.is_whole = True
            self.is_lost = checker.is_overrun

    def _break(self, error: JSONInvalid) -> None:
        """Take what was good before the text broke, then that it did."""
        self._check(cast("tuple[Event, ...]", error.events))
        if self.violation is None:
            self.is_lost = isinstance(error, JSONTooLarge)
            self.violation = None if self.is_lost else Violation(error.open_path or (), "", error.reason)

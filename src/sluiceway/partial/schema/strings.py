"""Strings: their length as they grow, their pattern when they are whole."""

from __future__ import annotations

from sluiceway.partial.schema.nodes import StringRules
from sluiceway.partial.schema.verdict import Owner

__all__ = ["StringFollower"]


class StringFollower:
    """Follows one string.

    Args:
        rules: what it follows.
        owner: the check.
    """

    __slots__ = ("_length", "_limit", "_owner", "_rules")

    def __init__(self, rules: StringRules, owner: Owner) -> None:
        self._rules = rules
        self._owner = owner
        self._length = 0
        self._limit = rules.max_length
        if not rules.is_exact:
            owner.is_unsure = True

    @property
    def grows(self) -> bool:
        """Whether it wants to know of text as it comes."""
        return self._limit is not None

    def grow(self, text: str) -> None:
        """Take more of it."""
        self._length += len(text)
        if self._limit is not None and self._length > self._limit:
            self._owner.fail("maxLength", f"it is longer than {self._limit} characters")

    def close(self, value: str) -> None:
        """Take the whole of it."""
        rules = self._rules
        if len(value) < rules.min_length:
            self._owner.fail("minLength", f"it is shorter than {rules.min_length} characters")
        elif rules.match is not None and not rules.match(value):
            self._owner.fail("pattern", "it does not match the pattern")

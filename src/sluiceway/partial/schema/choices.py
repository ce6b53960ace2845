"""``enum`` and ``const``: a growing string is wrong once it is the beginning of no choice."""

from __future__ import annotations

from sluiceway.partial.schema.equality import freeze
from sluiceway.partial.schema.nodes import Choices
from sluiceway.partial.schema.verdict import Owner

__all__ = ["ChoiceFollower"]

_MAX_FOLLOWED = 64
"""Strings that are compared letter by letter; of more than that only the whole one is looked up."""


class ChoiceFollower:
    """Follows one value.

    Args:
        choices: what is allowed.
        owner: the check.
        kind: the value's kind.
    """

    __slots__ = ("_choices", "_length", "_owner", "_texts")

    def __init__(self, choices: Choices, owner: Owner, kind: str) -> None:
        self._choices = choices
        self._owner = owner
        self._length = 0
        self._texts = choices.texts
        if kind not in choices.kinds:
            self._fail()

    @property
    def grows(self) -> bool:
        """Whether it wants to know of text as it comes."""
        return 0 < len(self._texts) <= _MAX_FOLLOWED

    def grow(self, text: str) -> None:
        """Take more of a string."""
        at = self._length
        self._length += len(text)
        self._texts = tuple(choice for choice in self._texts if choice.startswith(text, at))
        if not self._texts:
            self._fail()

    def close(self, value: object) -> None:
        """Take the whole value."""
        try:
            if freeze(value) not in self._choices.frozen:
                self._fail()
        except ValueError:
            self._owner.is_unsure = True

    def _fail(self) -> None:
        self._owner.fail(self._choices.keyword, "it is none of the values allowed")

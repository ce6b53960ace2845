"""What is known of a value under a schema, and what breaks a schema, and where."""

from __future__ import annotations

import enum
from typing import Protocol

import msgspec

from sluiceway.partial.events import Path, pointer

__all__ = ["Owner", "Verdict", "Violation"]


class Verdict(enum.Enum):
    """What is known; only `OPEN` ever changes."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    UNSURE = "unsure"
    """The value is whole, and a keyword that is not followed has a say in it."""


class Violation(msgspec.Struct, frozen=True):
    """The first thing in a document that breaks its schema.

    Attributes:
        path: of the value that is wrong.
        keyword: the keyword it breaks.
        message: what is wrong, for a person; it holds nothing of the document but names of members.
    """

    path: Path
    keyword: str
    message: str

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer (RFC 6901)."""
        return pointer(self.path)


class Owner(Protocol):
    """A check, as its parts see it.

    Attributes:
        is_unsure: set when something has a say in the verdict that is not followed.
        level: how many gates lie above.
    """

    is_unsure: bool
    level: int

    def fail(self, keyword: str, message: str) -> None:
        """Take note that the value breaks ``keyword``."""
        ...

    def fail_as(self, violation: Violation) -> None:
        """Take note of what is wrong, perhaps deeper in the value."""
        ...

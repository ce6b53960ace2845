"""What a feed tells: a value began, grew, is complete, or begins again; and where.

A path is the keys and indices from the root to a value; the root's own is ``()``. All events of one value share one
tuple.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

import msgspec

__all__ = ["MISSING", "Completed", "Event", "Grew", "Missing", "Path", "Restarted", "Started", "pointer"]

Path = tuple[str | int, ...]
"""The keys and indices from the root to a value."""


class Missing(Enum):
    """The type of `MISSING`, which is its only member."""

    MISSING = "MISSING"

    def __repr__(self) -> str:
        return self.value


MISSING: Final = Missing.MISSING
"""No value yet. Not None, which is the value of ``null``."""


def pointer(path: Path) -> str:
    """Return the JSON Pointer (RFC 6901) of a path: ``("a/b", 0)`` is ``/a~1b/0``."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)


class Started(msgspec.Struct, frozen=True, gc=False):
    """A string, list or object began; it is visible, and empty.

    Attributes:
        path: where.
        kind: ``str``, ``list`` or ``dict``.
    """

    path: Path
    kind: type

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer."""
        return pointer(self.path)


class Grew(msgspec.Struct, frozen=True, gc=False):
    """A string got longer. The texts of all its events in a row are the string.

    Attributes:
        path: where.
        text: what was added; never empty.
    """

    path: Path
    text: str

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer."""
        return pointer(self.path)


class Completed(msgspec.Struct, frozen=True, gc=False):
    """A value is whole and will not change. Numbers and literals have this event only.

    Attributes:
        path: where.
        value: the value, of which a list or object is the very one inside the feed's value: copy it to change it.
    """

    path: Path
    value: Any

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer."""
        return pointer(self.path)


class Restarted(msgspec.Struct, frozen=True, gc=False):
    """A key came a second time in its object: its value so far is void, and the new one follows.

    Attributes:
        path: where.
    """

    path: Path

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer."""
        return pointer(self.path)


Event = Started | Grew | Completed | Restarted
"""Anything a feed tells."""

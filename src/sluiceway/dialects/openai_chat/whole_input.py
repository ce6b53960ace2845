"""Whether a tool call's input is whole, as an object or an array is at its last bracket: nothing more of it can come.

It does not say whether the input is JSON: brackets are counted, strings are stepped over. Input that is neither an
object nor an array never counts as whole, and no input does not either: servers that send calls in turns open several
before they say anything in one. Linear in the input; a piece is looked at only when somebody asks, or when much waits
to be looked at: calls that come one after another cost a list's append a fragment.
"""

from __future__ import annotations

import re

__all__ = ["ToolInput"]

# How much may wait, in characters, before it is looked at.
_MAX_PENDING = 1 << 16

_IN_STRING = re.compile(r'["\\]')
_OUTSIDE = re.compile(r'["{}\[\]]')


class ToolInput:
    """The input of one call, as far as it has come.

    Args:
        is_text: whether it is free text, as a custom tool's, which has no end of its own.

    Attributes:
        is_over: whether nothing more can come, whatever it looks like; set it where something else says so.
    """

    __slots__ = ("_depth", "_has_begun", "_in_string", "_is_text", "_pending_chars", "_pieces", "_skip", "is_over")

    def __init__(self, *, is_text: bool = False) -> None:
        self.is_over = False
        self._is_text = is_text
        self._pieces: list[str] = []
        self._pending_chars = 0
        self._depth = 0
        self._has_begun = False
        self._in_string = False
        self._skip = 0  # characters of the next piece that a backslash at the end of the last one speaks of

    def feed(self, piece: str) -> None:
        """Take the next piece."""
        if self._is_text:
            return
        self._pieces.append(piece)
        self._pending_chars += len(piece)
        if self._pending_chars > _MAX_PENDING:
            self._look()

    @property
    def is_whole(self) -> bool:
        """Whether nothing more of it can come."""
        self._look()
        return self.is_over or (self._has_begun and self._depth <= 0 and not self._in_string)

    def _look(self) -> None:
        if self._pieces:
            self._scan("".join(self._pieces))
            self._pieces.clear()
            self._pending_chars = 0

    def _scan(self, text: str) -> None:
        at = min(self._skip, len(text))
        self._skip -= at
        while found := (_IN_STRING if self._in_string else _OUTSIDE).search(text, at):
            at = found.end()
            match found[0]:
                case '"':
                    self._in_string = not self._in_string
                case "\\":
                    at += 1
                case "{" | "[":
                    self._depth += 1
                    self._has_begun = True
                case _:
                    self._depth -= 1
        self._skip += max(0, at - len(text))

"""Takes JSON out of the words around it: a code fence, a preamble, a closing remark. Off unless asked for.

Models told to answer in JSON write a sentence before it, or fence it. This filter stands before a feed, passes on the
text of the first value and drops the rest. It judges no JSON: the feed does.

Theory. Behind the line that opens a fence, the value begins at the first character that is no space. Elsewhere it
begins at the first ``{``, or at a ``[`` that begins its line, as prose has brackets too. It ends where its brackets
are balanced, so a fence inside one of its strings does not end it.
"""

from __future__ import annotations

from enum import Enum, auto

from sluiceway.partial.runs import run_of

__all__ = ["FenceFilter", "strip_fence"]

_FENCE_TICKS = 3
_to_end_of_string = run_of(r'[^"\\]')
_to_bracket = run_of(r'[^"{}\[\]]')
_to_end_of_word = run_of(r"[^\s`]")


class _Place(Enum):
    BEFORE = auto()
    INFO = auto()  # behind the ticks of a fence, on their line
    OPENED = auto()  # behind that line
    CONTAINER = auto()
    STRING = auto()
    WORD = auto()  # a number or literal with no container around it
    BEHIND = auto()


class FenceFilter:
    """Push text, get the part of it that is JSON. Linear in the text, and nothing of it is kept."""

    __slots__ = ("_depth", "_is_escaped", "_is_line_start", "_place", "_ticks")

    def __init__(self) -> None:
        self._place = _Place.BEFORE
        self._ticks = 0
        self._is_line_start = True
        self._depth = 0
        self._is_escaped = False

    @property
    def is_behind(self) -> bool:
        """Whether the value has ended, so that all further text is dropped."""
        return self._place is _Place.BEHIND

    def push(self, text: str) -> str:
        """Take the next characters and return those that belong to the value."""
        start = 0
        while start < len(text) and self._place in (_Place.BEFORE, _Place.INFO, _Place.OPENED):
            if not self._begins_value(text[start]):
                start += 1
        end = start
        while end < len(text) and self._place is not _Place.BEHIND:
            end = self._follow(text, end)
        return text[start:end]

    def _begins_value(self, letter: str) -> bool:
        is_value = letter == "{" or (letter == "[" and self._is_line_start)
        if self._place is _Place.OPENED:
            is_value = not letter.isspace()
        if is_value:
            self._place = _Place.CONTAINER if letter in '"{[' else _Place.WORD
            return True
        self._ticks = self._ticks + 1 if letter == "`" else 0
        if letter == "\n":
            self._is_line_start = True
            if self._place is _Place.INFO:
                # ```json
                self._place = _Place.OPENED
        elif not letter.isspace():
            self._is_line_start = False
        if self._ticks == _FENCE_TICKS:
            self._place = _Place.INFO
        return False

    def _follow(self, text: str, index: int) -> int:
        if self._place is _Place.STRING:
            return self._follow_string(text, index)
        if self._place is _Place.WORD:
            end = _to_end_of_word(text, index).end()
            if end < len(text):
                self._place = _Place.BEHIND
            return end
        index = _to_bracket(text, index).end()
        if index == len(text):
            return index
        if text[index] == '"':
            self._place = _Place.STRING
        else:
            self._depth += 1 if text[index] in "{[" else -1
            if self._depth <= 0:
                self._place = _Place.BEHIND
        return index + 1

    def _follow_string(self, text: str, index: int) -> int:
        if self._is_escaped:
            self._is_escaped = False
            return index + 1
        index = _to_end_of_string(text, index).end()
        if index == len(text):
            return index
        if text[index] == '"':
            self._place = _Place.CONTAINER if self._depth else _Place.BEHIND
        else:
            self._is_escaped = True
        return index + 1


def strip_fence(text: str) -> str:
    """Return the part of a whole text that is JSON; empty if there is none."""
    return FenceFilter().push(text)

"""`JSONFeed`: JSON text in, piece by piece; a value that grows, and what happened to it."""

from __future__ import annotations

from typing import Any, Literal

from sluiceway.errors import JSONIncomplete, SettingsError
from sluiceway.partial.events import MISSING, Path
from sluiceway.partial.patterns import Listener, Pattern
from sluiceway.partial.scanner import Scanner
from sluiceway.partial.snapshot import copied
from sluiceway.partial.strings import LoneSurrogates

__all__ = ["JSONFeed"]


class JSONFeed(Scanner):
    """Push text, read `value` at any time, close it once.

    The cost is linear in the text however it is cut; the text itself is not kept.

    Args:
        numbers: ``complete`` shows a number when it has ended, ``eager`` as far as it has come, as jiter does.
        duplicate_keys: ``last`` lets the last value of a key win, as ``json.loads`` does; ``error`` refuses it.
        allow_nan: whether ``NaN``, ``Infinity`` and ``-Infinity`` are numbers.
        lone_surrogates: what becomes of half a surrogate pair that stands alone: ``replace`` by U+FFFD, ``keep`` as
            ``json.loads`` does, or ``error`` as jiter does. Half a pair whose other half may come is held back.
        empty: the value of a text that is empty or blank; without it such a text is incomplete.
        max_depth: how many lists and objects may lie in each other; paths are as long as this.
        max_chars: how many characters the text may have.
        max_number_chars: how many characters a number may have.

    Raises:
        SettingsError: an argument is none of those.
    """

    __slots__ = ("_empty",)

    def __init__(
        self,
        *,
        numbers: Literal["complete", "eager"] = "complete",
        duplicate_keys: Literal["last", "error"] = "last",
        allow_nan: bool = False,
        lone_surrogates: Literal["keep", "replace", "error"] = "replace",
        empty: Any = MISSING,
        max_depth: int = 128,
        max_chars: int = 16_000_000,
        max_number_chars: int = 4300,
    ) -> None:
        if numbers not in ("complete", "eager") or duplicate_keys not in ("last", "error"):
            raise SettingsError("numbers are complete or eager; duplicate_keys are last or error")
        if lone_surrogates not in ("keep", "replace", "error"):
            raise SettingsError("lone_surrogates are keep, replace or error")
        super().__init__(
            shows_open_numbers=numbers == "eager",
            allows_repeated_keys=duplicate_keys == "last",
            allows_nan=allow_nan,
            lone_surrogates=LoneSurrogates(lone_surrogates),
            max_depth=max_depth,
            max_chars=max_chars,
            max_number_chars=max_number_chars,
        )
        self._empty = empty

    @property
    def value(self) -> Any:
        """The value so far, the same object all the time; `MISSING` before there is any.

        A string taken from it while it grows costs a copy at the next push: `Grew` has what was added.
        """
        return self._root[0] if self._root else MISSING

    def snapshot(self) -> Any:
        """Return a copy of the value so far, which stays as it is. Linear in the value."""
        return copied(self.value)

    def is_complete(self, path: Path) -> bool:
        """Say whether there is a value at ``path`` and it will not change, unless its key comes again."""
        node = self.value
        for key in path:
            if not _has(node, key):
                return False
            node = node[key]
        under_way = self.open_path
        return node is not MISSING and (under_way is None or under_way[: len(path)] != path)

    def on(self, pattern: str, listener: Listener) -> None:
        """Call ``listener`` with each event of the paths that ``pattern`` matches; subscribe before the first push.

        From the first subscription on, paths that nobody listens to have no events at all. Listeners are called at
        the end of the push, in order; the Completed of a number that is the whole text comes with `close`.

        Args:
            pattern: a JSON Pointer in which ``*`` stands for any key or index: ``/items/*``; empty for the root.
            listener: called with the event.

        Raises:
            SettingsError: it is no pattern, or text was pushed before.
        """
        if self.offset:
            raise SettingsError("subscribe before the first push")
        if self._patterns is None:
            self._patterns = Pattern()
            self._nodes = (self._patterns,)
        self._patterns.add(pattern, listener)
        self._is_heard = bool(self._patterns.listeners)

    def close(self) -> Any:
        """Take the end of the text and return the value.

        Raises:
            JSONIncomplete: the text ended before its value did; `value` stays readable.
            JSONInvalid: as `push` raised before.
        """
        if self._failure:
            self._failed()
        self._end_text()
        if not self._root and self.open_path is None and self._empty is not MISSING:
            self._root.append(self._empty)
        if self.open_path is not None or not self._root:
            raise JSONIncomplete(
                "the text ended before its value did", offset=self.offset, open_path=self.open_path, value=self.value
            )
        return self.value


def _has(node: Any, key: str | int) -> bool:
    if isinstance(node, dict):
        return key in node
    return isinstance(node, list) and isinstance(key, int) and 0 <= key < len(node)

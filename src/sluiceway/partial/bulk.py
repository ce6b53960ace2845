"""A value that arrives whole: read by the standard library's scanner in C, and told as if it had grown.

It reads what is surely right and leaves the rest: a value that is cut, wrong or too deep, or that has a key twice or
half a surrogate pair, is None here, and the scanner reads it step by step.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sluiceway.partial.events import Completed, Event, Grew, Path, Started
from sluiceway.partial.patterns import Pattern, below
from sluiceway.partial.strings import HALF_PAIR

__all__ = ["MAX_REMEMBERED_KEYS", "MAX_WHOLE_DEPTH", "WholeReader", "tell_whole"]

MAX_WHOLE_DEPTH = 100
"""Deeper values are read step by step: the C scanner and the walks here call themselves."""

MAX_REMEMBERED_KEYS = 4096
"""How many keys of a text are shared: no more than a hostile text is worth."""


class WholeReader:
    """Reads whole values by the rules of one feed.

    Args:
        keys: the keys seen so far; equal keys share one string.
        allows_nan: whether ``NaN`` and the infinities are numbers.
        allows_half_pairs: whether half a surrogate pair stays as it is.
        max_number_chars: how many characters a number may have.
    """

    __slots__ = ("_allows_half_pairs", "_allows_nan", "_decoder", "_keys", "_max_number_chars")

    def __init__(
        self, keys: dict[str, str], *, allows_nan: bool, allows_half_pairs: bool, max_number_chars: int
    ) -> None:
        self._keys = keys
        self._allows_nan = allows_nan
        self._allows_half_pairs = allows_half_pairs
        self._max_number_chars = max_number_chars

    def read(self, text: str, index: int, max_depth: int) -> tuple[Any, int] | None:
        """Return the value that begins at ``index`` and the index behind it, or None."""
        # A decoder refers to its owner's methods, so it is made anew: kept, it would be a circle of references.
        decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=self._integer, parse_float=self._float, parse_constant=self._nan
        )
        try:
            value, end = decoder.raw_decode(text, index)
        except (ValueError, RecursionError):
            return None
        return (value, end) if self._is_fit(value, min(max_depth, MAX_WHOLE_DEPTH)) else None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = self._keys
        found = {keys.get(key, key): value for key, value in pairs}
        if len(found) < len(pairs):
            raise ValueError("a key comes twice")
        if len(keys) < MAX_REMEMBERED_KEYS:
            keys.update(zip(found, found, strict=True))
        return found

    def _integer(self, digits: str) -> int:
        self._check(digits)
        return int(digits)

    def _float(self, digits: str) -> float:
        self._check(digits)
        return float(digits)

    def _check(self, digits: str) -> None:
        if len(digits) > self._max_number_chars:
            raise ValueError("the number is too long")

    def _nan(self, word: str) -> float:
        if not self._allows_nan:
            raise ValueError("that is no number of JSON")
        return float(word)

    def _is_fit(self, value: Any, max_depth: int) -> bool:
        if isinstance(value, str):
            return self._allows_half_pairs or value.isascii() or not HALF_PAIR.search(value)
        if isinstance(value, dict):
            return max_depth > 0 and all(
                self._is_fit(key, 1) and self._is_fit(child, max_depth - 1) for key, child in value.items()
            )
        return not isinstance(value, list) or (
            max_depth > 0 and all(self._is_fit(item, max_depth - 1) for item in value)
        )


def tell_whole(value: Any, path: Path, nodes: tuple[Pattern, ...] | None) -> Iterator[Event]:
    """Give the events of a value, as if it had grown in front of us.

    Args:
        value: what came whole.
        path: where it is.
        nodes: the patterns that lead to it; None when everything is told.
    """
    is_heard = nodes is None or any(node.listeners for node in nodes)
    if is_heard and isinstance(value, str | list | dict):
        yield Started(path, type(value))
    if isinstance(value, str):
        if is_heard and value:
            yield Grew(path, value)
    elif isinstance(value, list | dict) and nodes != ():
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from tell_whole(child, (*path, key), nodes and below(nodes, key))
    if is_heard:
        yield Completed(path, value)

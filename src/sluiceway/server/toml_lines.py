"""Finds the line of a TOML file that holds a key, for messages that point at it.

It is no parser: `tomllib` has read the text before, so the text is known to be TOML. A key inside a multi-line string
may mislead it, and then only the line number is off.
"""

from __future__ import annotations

import re

__all__ = ["Path", "find_line"]

Path = tuple[str | int, ...]
"""Keys, and indexes of arrays of tables: ``("upstreams", 1, "base_url")``."""

_TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_TABLE_OF_ARRAY = re.compile(r"\s*\[\[\s*([^\[\]]+?)\s*\]\]\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_\-.\"']+)\s*=")


def find_line(text: str, path: Path) -> int | None:
    """Return the number, from 1, of the line that sets ``path``, else of the closest table around it, else None."""
    lines: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := _TABLE_OF_ARRAY.match(line):
            name = _names(match[1])
            table = (*name, counts.get(name, 0))
            counts[name] = counts.get(name, 0) + 1
            lines.setdefault(table, number)
        elif match := _TABLE.match(line):
            table = _names(match[1])
            lines.setdefault(table, number)
        elif match := _KEY.match(line):
            lines.setdefault((*table, *_names(match[1])), number)
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _names(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))

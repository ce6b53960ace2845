"""Function arguments that come as edits of a tree → the JSON text that other dialects stream.

Vertex AI streams arguments as values at paths: ``{"jsonPath": "$.steps[1]", "stringValue": "Bo"}``. Theory: where the
paths come in the order of a document, each is the next step of a walk through it, and the text of the step can be
written at once. The writer keeps the walk: the containers that stand open, with the names used in each, and whether a
string is open. Pieces of a string join for as long as its path is repeated; whether ``willContinue`` announced them
makes no difference. A path that leads back to what was closed has no place in a text that has gone out, and breaks
the dialect.

Source: Vertex AI's reference, "PartialArg" (August 2026); RFC 9535, sections 2.3.1 and 2.3.3 for the paths.
"""

from __future__ import annotations

import re

import msgspec

from sluiceway.dialects.gemini.shapes import NAME, PartialArgShape
from sluiceway.errors import RemoteProtocolError

__all__ = ["ArgumentsWriter"]

_json = msgspec.json.encode
_TEXT = msgspec.json.Decoder(str)

# Deeper arguments are nothing any model means.
_MAX_STEPS = 64

_STEP = re.compile(
    r"""
    \.(?P<name>[^.\[\]]+)
    | \[(?P<index>\d{1,6})\]
    | \['(?P<single>(?:[^'\\]|\\.)*)'\]
    | \["(?P<double>(?:[^"\\]|\\.)*)"\]
    """,
    re.VERBOSE,
)


class _Container:
    """An object or a list that stands open."""

    __slots__ = ("is_list", "last", "names", "size")

    def __init__(self, *, is_list: bool) -> None:
        self.is_list = is_list
        self.last: str | int = ""  # the name or number of the value written last
        self.names: set[str] = set()
        self.size = 0

    def add(self, step: str | int) -> str:
        """Return what stands before the value at ``step``.

        Raises:
            RemoteProtocolError: it has no place here any more.
        """
        if self.is_list is not isinstance(step, int) or step in self.names or (self.is_list and step != self.size):
            raise _misplaced()
        comma = "," if self.size else ""
        self.size += 1
        self.last = step
        if isinstance(step, int):
            return comma
        self.names.add(step)
        return f"{comma}{_text(step)}:"


class ArgumentsWriter:
    """Writes the arguments of one call."""

    __slots__ = ("_open", "_string_path")

    def __init__(self) -> None:
        self._open: list[_Container] = []
        self._string_path: list[str | int] | None = None

    def write(self, shapes: list[PartialArgShape]) -> str:
        """Return the text that some values add.

        Raises:
            RemoteProtocolError: a path is wrong, or leads back to what was closed.
        """
        return "".join([self._add(shape) for shape in shapes])

    def close(self) -> str:
        """Return the text that closes everything."""
        text = self._go_back(0) if self._open else "{}"
        self._open = []
        return text

    def _add(self, shape: PartialArgShape) -> str:
        path = _decode_path(shape.json_path)
        piece = shape.string_value
        if piece is not None and path == self._string_path:
            return _text(piece)[1:-1]
        text = self._go_to(path)
        if piece is not None:
            self._string_path = path
            return text + _text(piece)[:-1]
        return text + _value(shape)

    def _go_to(self, path: list[str | int]) -> str:
        """Close what the path does not lead through, open what it does, and name its end."""
        if not self._open:
            text = "{"
            self._open.append(_Container(is_list=False))
        else:
            text = self._go_back(self._shared(path))
        for depth in range(len(self._open), len(path)):
            is_list = isinstance(path[depth], int)
            text += self._open[-1].add(path[depth - 1]) + ("[" if is_list else "{")
            self._open.append(_Container(is_list=is_list))
        return text + self._open[-1].add(path[-1])

    def _shared(self, path: list[str | int]) -> int:
        """Return how many of the open containers the path leads through."""
        depth = 1
        while depth < min(len(self._open), len(path)) and self._open[depth - 1].last == path[depth - 1]:
            depth += 1
        return depth

    def _go_back(self, depth: int) -> str:
        text = '"' if self._string_path is not None else ""
        self._string_path = None
        text += "".join("]" if one.is_list else "}" for one in reversed(self._open[depth:]))
        del self._open[depth:]
        return text


def _decode_path(path: str) -> list[str | int]:
    steps: list[str | int] = []
    position = 1
    while position < len(path) and len(steps) < _MAX_STEPS:
        found = _STEP.match(path, position)
        if found is None:
            break
        steps.append(_decode_step(found))
        position = found.end()
    if not steps or isinstance(steps[0], int) or position != len(path) or not path.startswith("$"):
        raise RemoteProtocolError("the upstream streams an argument without a usable path", dialect=NAME)
    return steps


def _decode_step(found: re.Match[str]) -> str | int:
    match found.lastgroup:
        case "index":
            return int(found["index"])
        case "name":
            return found["name"]
        case "single":
            quoted = found["single"].replace("\\'", "'").replace('"', '\\"')
        case _:
            quoted = found["double"]
    return _TEXT.decode(f'"{quoted}"')


def _value(shape: PartialArgShape) -> str:
    if shape.bool_value is not None:
        return "true" if shape.bool_value else "false"
    number = bytes(shape.number_value).decode()
    # "nullValue":"NULL_VALUE", or a kind of value that is not known here
    return number if number[:1].isdigit() or number.startswith("-") else "null"


def _text(text: str) -> str:
    return _json(text).decode()


def _misplaced() -> RemoteProtocolError:
    return RemoteProtocolError("the upstream went back to an argument that had ended", dialect=NAME)

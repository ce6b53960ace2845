"""Feeds run over a whole text: what they told, in a form that no cut may change, and values and texts to try."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from sluiceway.errors import JSONError
from sluiceway.partial.events import MISSING, Event, Grew, Path, Restarted, Started
from sluiceway.partial.feed import JSONFeed

__all__ = [
    "Outcome",
    "change",
    "cut",
    "json_texts",
    "json_values",
    "merged",
    "nearly_json",
    "rebuilt",
    "run_feed",
    "shown",
    "text_cuts",
]


class Outcome(msgspec.Struct, frozen=True):
    """What came of a text.

    Attributes:
        value: the value at the end, as text that tells 1 from 1.0 and shows the order of keys.
        log: every event, with neighbouring growths of a string in one.
        error: the kind of the error, if any.
        offset: where it was, or the length of the text.
        open_path: the value under way at the end.
    """

    value: str
    log: list[str]
    error: str
    offset: int
    open_path: Path | None


def cut(text: str, size: int) -> list[str]:
    """Return the text in pieces of one size."""
    return [text[index : index + size] for index in range(0, len(text), size)]


@st.composite
def text_cuts(draw: st.DrawFn, text: str) -> list[str]:
    """Draw one way to cut a text in any number of pieces, empty ones included."""
    borders = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return [text[start:end] for start, end in zip([0, *borders], [*borders, len(text)], strict=True)]


def merged(events: Iterable[Event]) -> list[Event]:
    """Return the events with neighbouring growths of one string in one."""
    log: list[Event] = []
    for event in events:
        last = log[-1] if log else None
        if isinstance(event, Grew) and isinstance(last, Grew) and event.path == last.path:
            log[-1] = Grew(event.path, last.text + event.text)
        else:
            log.append(event)
    return log


def shown(value: object) -> str:
    """Return a text that differs for any two values, 1 and 1.0, and two orders of keys."""
    return repr(value)


def run_feed(pieces: Sequence[str], *, is_closed: bool = True, **options: Any) -> Outcome:
    """Push all pieces, close, and return what came of it."""
    feed = JSONFeed(**options)
    events: list[Event] = []
    error = ""
    offset = sum(map(len, pieces))
    try:
        for piece in pieces:
            events += feed.push(piece)
        if is_closed:
            feed.close()
    except JSONError as found:
        error = type(found).__name__
        offset = found.offset
        events += getattr(found, "events", ())
    return Outcome(shown(feed.value), [repr(event) for event in merged(events)], error, offset, feed.open_path)


def rebuilt(events: Iterable[Event]) -> Any:
    """Return the value that the events tell of, in the way a reader far away would build it."""
    root: list[Any] = []
    for event in events:
        change(root, event)
    return root[0] if root else MISSING


def change(root: list[Any], event: Event) -> None:
    """Do to a value what an event says. The value is the first item of ``root``."""
    if isinstance(event, Restarted):
        return
    holder: Any = root
    path: Path = (0, *event.path)
    for key in path[:-1]:
        holder = holder[key]
    if isinstance(event, Started):
        _put(holder, path[-1], event.kind())
    elif isinstance(event, Grew):
        holder[path[-1]] += event.text
    elif not isinstance(event.value, str | list | dict):
        _put(holder, path[-1], event.value)


def _put(holder: Any, key: str | int, value: object) -> None:
    if isinstance(holder, list) and key == len(holder):
        holder.append(value)
    else:
        holder[key] = value


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=12)
    | st.sampled_from(["\U0001f600", 'a"\\\n\x7f', "\u2028", "", "x" * 70])
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=5),
    max_leaves=20,
)
"""Any value of JSON; keys of objects may hold half surrogate pairs."""


@st.composite
def json_texts(draw: st.DrawFn) -> str:
    """Draw a JSON text in one of several styles."""
    return json.dumps(
        draw(json_values),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1])),
        separators=draw(st.sampled_from([None, (",", ":"), (" ,\t", "\r\n:")])),
    )


_TOKENS = [*'{}[],:"\\ \n0123-+.eEutfna', "true", "false", "null", "NaN", "-Infinity", '"a"', '"a":', '{"a":', "[[["]
_TOKENS += ["\\u00e9", "\\n", "\\ud83d", "\\ude00", "\ud83d", "\ude00", "é", "😀", "12", "1.5", "-0", "1e400"]
_TOKENS += ['"x":1,"x":2', '"' + "y" * 70 + '"']
nearly_json = st.lists(st.sampled_from(_TOKENS), max_size=25).map("".join)
"""Texts made of what JSON is made of, most of which are none."""

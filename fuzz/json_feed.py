"""``python -m fuzz.json_feed``: any text, cut anyhow, by any rules, in a `JSONFeed`.

What must hold: nothing is raised but the errors of the tree; no cut changes the value, the log, the error or its
place; what was told adds up to the value; and json.loads agrees on what is JSON and what it means.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

from support.jsonfeeds import Outcome, merged, rebuilt, run_feed, shown

from sluiceway.errors import JSONError
from sluiceway.partial import bulk, feed, fence, numbers, scanner, strings, value
from sluiceway.partial.events import MISSING, Event
from sluiceway.partial.feed import JSONFeed
from sluiceway.partial.fence import FenceFilter, strip_fence

__all__ = ["check"]

_RULES: list[dict[str, Any]] = [
    {"lone_surrogates": "keep"},
    {"lone_surrogates": "keep", "allow_nan": True, "numbers": "eager"},
    {"lone_surrogates": "replace", "numbers": "eager"},
    {"lone_surrogates": "error", "duplicate_keys": "error"},
    {"max_depth": 3, "max_chars": 60, "max_number_chars": 4},
    {"lone_surrogates": "keep", "empty": {}},
]


def check(data: bytes) -> None:
    """Try one input: a byte that picks the rules, one for the cuts, and the text."""
    rules = _RULES[data[0] % len(_RULES)] if data else {}
    text = _text(data[2:])
    pieces = _pieces(text, data[1] if len(data) > 1 else 0)
    whole = run_feed([text], **rules)
    _same(run_feed(pieces, **rules), whole)
    _same(run_feed(list(text), **rules), whole)
    _check_log(pieces, rules)
    if rules in (_RULES[0], _RULES[1]):
        _check_meaning(text, whole, allows_nan=rules.get("allow_nan", False))
    stripper = FenceFilter()
    assert "".join(map(stripper.push, pieces)) == strip_fence(text)


def _text(data: bytes) -> str:
    """Return any bytes as text: UTF-8 where they are, half surrogate pairs too."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _pieces(text: str, seed: int) -> list[str]:
    """Cut a text in pieces whose lengths follow from the seed."""
    pieces = []
    start = 0
    while start < len(text):
        seed = (seed * 109 + 89) % 1021
        size = seed % 7 if seed % 5 else seed
        pieces.append(text[start : start + size])
        start += size
    return pieces


def _same(one: Outcome, other: Outcome) -> None:
    assert one == other, f"{one}\n{other}"


def _check_log(pieces: list[str], rules: dict[str, Any]) -> None:
    reader = JSONFeed(**{**rules, "numbers": "complete"})
    events: list[Event] = []
    try:
        for piece in pieces:
            events += reader.push(piece)
    except JSONError as error:
        events += getattr(error, "events", ())
    assert shown(rebuilt(merged(events))) == shown(reader.value)


def _check_meaning(text: str, outcome: Outcome, *, allows_nan: bool) -> None:
    def constant(word: str) -> float:
        if not allows_nan:
            raise ValueError(word)
        return float(word)

    try:
        expected = json.loads(text, parse_constant=constant)
    except (ValueError, RecursionError):
        expected = MISSING
    if outcome.error == "JSONTooLarge":
        return
    assert (expected is MISSING) == bool(outcome.error), (expected, outcome)
    assert outcome.error or outcome.value == shown(expected), (expected, outcome)


def _functions() -> Iterator[Callable[..., object]]:
    """Give the functions whose branches guide the fuzzer; to instrument all that is imported takes minutes."""
    for module in (bulk, feed, fence, numbers, scanner, strings, value):
        owners = [module, *(found for _, found in inspect.getmembers(module, inspect.isclass))]
        for function in (found for owner in owners for found in vars(owner).values()):
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                yield function


def main() -> None:
    """Fuzz until stopped; the arguments are those of libFuzzer."""
    import atheris  # noqa: PLC0415 - not there where only `check` is wanted

    for function in _functions():
        atheris.instrument_func(function)
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

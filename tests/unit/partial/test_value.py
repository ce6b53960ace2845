"""The value that grows: what is visible, what is told, and that growing copies nothing."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

import pytest

from sluiceway.partial.events import Completed, Grew, Restarted, Started
from sluiceway.partial.feed import JSONFeed
from sluiceway.partial.value import GrowingValue


def told(*pieces: str) -> list[object]:
    feed = JSONFeed()
    return [event for piece in pieces for event in feed.push(piece)]


def test_a_new_value_is_nothing_and_tells_nothing() -> None:
    value = GrowingValue()
    assert (value._root, value._events) == ([], [])


def test_a_container_is_told_when_it_opens_and_when_it_closes() -> None:
    assert told('{"a": []}') == [
        Started((), dict),
        Started(("a",), list),
        Completed(("a",), []),
        Completed((), {"a": []}),
    ]


def test_a_string_is_told_as_it_grows() -> None:
    expected = [Started((0,), str), Grew((0,), "he"), Grew((0,), "llo"), Completed((0,), "hello")]
    assert told('["he', "llo", '"')[1:] == expected


def test_an_empty_string_does_not_grow() -> None:
    assert told('[""', "]") == [Started((), list), Started((0,), str), Completed((0,), ""), Completed((), [""])]


def test_numbers_and_literals_are_told_once() -> None:
    assert told("[1,", "tr", "ue ,-2.5", "]")[1:-1] == [
        Completed((0,), 1),
        Completed((1,), True),
        Completed((2,), -2.5),
    ]


def test_a_key_that_comes_again_restarts_its_value() -> None:
    assert told('{"a":{"x":1},"b":2,', '"a":', '"y', '"}')[-5:] == [
        Restarted(("a",)),
        Started(("a",), str),
        Grew(("a",), "y"),
        Completed(("a",), "y"),
        Completed((), {"a": "y", "b": 2}),
    ]


def test_all_events_of_a_value_share_one_path() -> None:
    feed = JSONFeed()
    first, second, third = (feed.push(piece)[-1] for piece in ('{"a":"x', "y", '"'))
    assert first.path is second.path is third.path


def test_equal_keys_are_one_string() -> None:
    feed = JSONFeed()
    for piece in ['[{"lo', 'ng":1},{', '"long":2}]']:
        feed.push(piece)
    (first,), (second,) = feed.close()
    assert first is second


@pytest.fixture
def no_tracing() -> Iterator[None]:
    """Stop the measuring of coverage: the interpreter grows strings in place in code that it has made fast only."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


@pytest.mark.usefixtures("no_tracing")
@pytest.mark.parametrize("piece", ["abcd", "ab\\n"])
def test_a_string_grows_where_it_lies(piece: str) -> None:
    feed = JSONFeed()
    feed.push('{"a":"')
    feed.push("x" * 1_000_000)
    places = []
    for _ in range(150):
        feed.push(piece)
        places.append(id(feed.value["a"]))
    moves = sum(here != there for here, there in itertools.pairwise(places[100:]))
    assert moves < 5  # a copy would lie elsewhere each time, as the old one is still there when it is made

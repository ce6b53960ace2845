"""`JSONFeed`: its options, what can be asked between two pushes, listeners, and a strict end."""

from __future__ import annotations

from typing import Any

import pytest

from sluiceway.errors import JSONIncomplete, JSONInvalid, SettingsError
from sluiceway.partial.events import MISSING, Completed, Event, Grew, Started
from sluiceway.partial.feed import JSONFeed


def fed(text: str, **options: Any) -> JSONFeed:
    feed = JSONFeed(**options)
    feed.push(text)
    return feed


@pytest.mark.parametrize(
    "options", [{"numbers": "lazy"}, {"duplicate_keys": "first"}, {"lone_surrogates": "drop"}], ids=str
)
def test_an_option_that_is_none_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        JSONFeed(**options)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", MISSING),
        (" ", MISSING),
        ("tru", MISSING),
        ("12", MISSING),
        ('"a', "a"),
        ("{", {}),
        ('{"a', {}),
        ('{"a":', {}),
        ('{"a":1', {}),
        ('{"a":1,', {"a": 1}),
        ('{"a":"', {"a": ""}),
        ('{"a":[{"b":"c\\', {"a": [{"b": "c"}]}),
    ],
)
def test_the_value_is_what_is_surely_there(text: str, value: Any) -> None:
    assert fed(text).value == value


def test_the_value_is_one_object_that_grows() -> None:
    feed = fed('{"a":[')
    value, before = feed.value, feed.snapshot()
    feed.push("1,2]}")
    assert (value, before) == ({"a": [1, 2]}, {"a": []})
    assert feed.close() is value


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", None),
        ("{", ()),
        ('{"a"', ()),
        ('{"a":[', ("a",)),
        ('{"a":[1,', ("a",)),
        ('{"a":[1,2', ("a", 1)),
        ('{"a":[1,"', ("a", 1)),
        ('{"a":[1,nul', ("a", 1)),
        ('{"a":[1,2]', ()),
        ("{}", None),
    ],
)
def test_the_open_path_is_that_of_the_innermost_value_under_way(
    text: str, path: tuple[str | int, ...] | None
) -> None:
    assert fed(text).open_path == path


def test_a_value_is_complete_when_it_has_ended() -> None:
    feed = fed('{"a":[1,"x"],"b":{"c":"y')
    complete = [("a",), ("a", 0), ("a", 1)]
    open_or_not_there = [(), ("b",), ("b", "c"), ("z",), ("a", 2), ("a", -1), ("a", "0"), ("a", 1, 0), ("b", "c", 0)]
    assert all(map(feed.is_complete, complete))
    assert not any(map(feed.is_complete, open_or_not_there))
    feed.push('"}}')
    assert feed.is_complete(())
    assert not JSONFeed().is_complete(())


def test_a_whole_text_closes_with_its_value_as_often_as_asked() -> None:
    feed = fed(' {"a": 1} ')
    assert feed.close() == feed.close() == {"a": 1}
    assert feed.offset == 10
    with pytest.raises(JSONInvalid, match="had ended before"):
        feed.push("x")


@pytest.mark.parametrize(("text", "value"), [("12", 12), ("-1.5", -1.5), ("0", 0)])
@pytest.mark.parametrize("numbers", ["complete", "eager"])
def test_a_number_alone_ends_with_the_text(text: str, value: float, numbers: str) -> None:
    heard: list[Event] = []
    feed = JSONFeed(numbers=numbers)  # type: ignore[arg-type]
    feed.on("", heard.append)
    feed.push(text)
    assert (feed.close(), heard) == (value, [Completed((), value)])
    assert (feed.close(), feed.offset) == (value, len(text))


def test_a_number_alone_may_fill_the_text_to_its_limit() -> None:
    assert fed("123", max_chars=3).close() == 123


@pytest.mark.parametrize(
    ("text", "path", "value"), [("", None, MISSING), ('{"a":"x', ("a",), {"a": "x"}), ("-", (), MISSING)]
)
def test_a_text_that_ends_early_says_where_and_gives_what_there_is(
    text: str, path: tuple[str | int, ...] | None, value: Any
) -> None:
    feed = fed(text)
    with pytest.raises(JSONIncomplete) as caught:
        feed.close()
    assert (caught.value.offset, caught.value.open_path, caught.value.value) == (len(text), path, value)
    assert feed.value == value


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_text_may_have_a_value(text: str) -> None:
    feed = fed(text, empty={})
    assert (feed.value, feed.close(), feed.value) == (MISSING, {}, {})


@pytest.mark.parametrize("text", ["{", "1.", '"'])
def test_a_text_that_began_is_not_empty(text: str) -> None:
    with pytest.raises(JSONIncomplete):
        fed(text, empty={}).close()


def test_a_failed_feed_does_not_close() -> None:
    feed = JSONFeed()
    with pytest.raises(JSONInvalid):
        feed.push("]")
    with pytest.raises(JSONInvalid):
        feed.close()


def test_a_listener_hears_its_paths_and_nobody_else_is_told_anything() -> None:
    feed = JSONFeed()
    heard: list[Event] = []
    feed.on("/items/*", heard.append)
    told = [
        event
        for piece in ('{"title":"x', 'y","items":[{"a":"b', '"},2],"n":[[', "3]]}")
        for event in feed.push(piece)
    ]
    assert heard == told
    assert heard == [
        Started(("items", 0), dict),
        Completed(("items", 0), {"a": "b"}),
        Completed(("items", 1), 2),
    ]


def test_a_listener_hears_text_as_it_comes() -> None:
    feed = JSONFeed()
    heard: list[Event] = []
    feed.on("/a", heard.append)
    for piece in ('{"b":"no', 'no","a":"one ', "two ", "three", '"}'):
        feed.push(piece)
    assert [event.text for event in heard if isinstance(event, Grew)] == ["one ", "two ", "three"]


def test_a_listener_hears_what_came_before_an_error() -> None:
    feed = JSONFeed()
    heard: list[Event] = []
    feed.on("/0", heard.append)
    with pytest.raises(JSONInvalid):
        feed.push("[1,]")
    assert heard == [Completed((0,), 1)]


def test_listeners_to_the_root_hear_a_whole_text() -> None:
    feed = JSONFeed()
    heard: list[Event] = []
    feed.on("", heard.append)
    feed.push('[["x"]' + " " * 90 + "]")
    assert [event.path for event in heard] == [(), ()]


def test_a_whole_value_that_nobody_listens_to_is_told_to_nobody() -> None:
    feed = JSONFeed()
    heard: list[Event] = []
    feed.on("/b/0", heard.append)
    feed.on("/c", heard.append)
    feed.push('{"a":[')
    assert list(feed.push('[["x"]]' + " " * 90)) == []
    feed.push('],"b":[1],"c":2}')
    assert heard == [Completed(("b", 0), 1), Completed(("c",), 2)]


def test_one_must_listen_from_the_beginning() -> None:
    with pytest.raises(SettingsError, match="before the first push"):
        fed("[").on("/0", print)

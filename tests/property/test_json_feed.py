"""The feed against json.loads and jiter, however the text is cut; what it told adds up to what it has."""

from __future__ import annotations

import json
from typing import Any

import jiter
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.jsonfeeds import cut, json_texts, json_values, merged, nearly_json, rebuilt, run_feed, shown, text_cuts

from sluiceway.errors import JSONError, JSONIncomplete
from sluiceway.partial.events import MISSING, Completed, Event, Grew, Path
from sluiceway.partial.feed import JSONFeed
from sluiceway.partial.strings import HALF_PAIR

OPTIONS: list[dict[str, Any]] = [
    {},
    {"numbers": "eager"},
    {"duplicate_keys": "error", "lone_surrogates": "error"},
    {"allow_nan": True, "lone_surrogates": "keep"},
    {"max_depth": 2, "max_chars": 40, "max_number_chars": 3},
]
options = st.sampled_from(OPTIONS)
texts = json_texts() | nearly_json


def loaded(text: str) -> Any:
    """Return what json.loads makes of a text by the rules of RFC 8259; MISSING if it refuses it."""

    def refuse(_: str) -> float:
        raise ValueError("not a number")

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return MISSING


@given(texts, st.data())
def test_a_closed_feed_has_the_value_of_json_loads_or_an_error(text: str, data: st.DataObject) -> None:
    outcome = run_feed(data.draw(text_cuts(text)), lone_surrogates="keep")
    expected = loaded(text)
    assert (outcome.error != "") == (expected is MISSING)
    if not outcome.error:
        assert outcome.value == shown(expected)


@given(texts, options, st.data())
def test_no_cut_changes_the_value_the_log_or_the_error(
    text: str, options: dict[str, Any], data: st.DataObject
) -> None:
    whole = run_feed([text], **options)
    assert run_feed(data.draw(text_cuts(text)), **options) == whole
    assert run_feed(cut(text, 1), **options) == whole


@given(texts, options, st.data())
def test_no_cut_changes_what_a_prefix_shows(text: str, options: dict[str, Any], data: st.DataObject) -> None:
    prefix = text[: data.draw(st.integers(0, len(text)))]
    whole = run_feed([prefix], is_closed=False, **options)
    assert run_feed(cut(prefix, 1), is_closed=False, **options) == whole
    assert run_feed(data.draw(text_cuts(prefix)), is_closed=False, **options) == whole


@given(texts, options, st.data())
def test_what_was_told_adds_up_to_the_value(text: str, options: dict[str, Any], data: st.DataObject) -> None:
    feed = JSONFeed(**{**options, "numbers": "complete"})
    events: list[Event] = []
    try:
        for piece in data.draw(text_cuts(text)):
            events += feed.push(piece)
            assert shown(rebuilt(events)) == shown(feed.value)
    except JSONError as error:
        events += getattr(error, "events", ())
    assert shown(rebuilt(events)) == shown(feed.value)


def parts(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Return every value inside a value, by path, itself last."""
    found: dict[Path, Any] = {}
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            found |= parts(child, (*path, key))
    return {**found, path: value}


@given(json_values, st.integers(1, 9))
def test_each_value_completes_once_children_first(value: Any, size: int) -> None:
    text = json.dumps([value])
    feed = JSONFeed(lone_surrogates="keep")
    events = [event for piece in cut(text, size) for event in feed.push(piece)]
    completed = [(event.path, event.value) for event in events if isinstance(event, Completed)]
    assert shown(completed) == shown(list(parts([value]).items()))
    grown = {event.path: event.text for event in merged(events) if isinstance(event, Grew)}
    assert grown == {path: part for path, part in parts([value]).items() if isinstance(part, str) and part}


def is_grown(old: Any, new: Any) -> bool:
    """Say whether one value became another by growing only."""
    if old is MISSING:
        return True
    if type(old) is not type(new):
        return False
    if isinstance(old, str):
        return bool(new.startswith(old))
    if isinstance(old, list):
        return new[: len(old) - 1] == old[:-1] and (not old or is_grown(old[-1], new[len(old) - 1]))
    if isinstance(old, dict):
        keys = list(old)
        same = list(new)[: len(old)] == keys and all(shown(new[key]) == shown(old[key]) for key in keys[:-1])
        return same and (not old or is_grown(old[keys[-1]], new[keys[-1]]))
    return shown(old) == shown(new)


@given(json_values)
def test_a_value_only_grows(value: Any) -> None:
    feed = JSONFeed(lone_surrogates="keep")
    before: Any = MISSING
    for letter in json.dumps(value):
        feed.push(letter)
        after = feed.snapshot()
        assert is_grown(before, after)
        before = after


def test_the_rule_of_growth_can_be_broken() -> None:
    assert not is_grown(1, 12)
    assert not is_grown([1, "a"], [2, "ab"])
    assert not is_grown({"a": 1}, {})
    assert not is_grown({"a": "x"}, {"b": "x", "a": "xy"})


@given(json_texts(), st.data())
def test_a_prefix_shows_what_jiter_makes_of_it(text: str, data: st.DataObject) -> None:
    assume(not HALF_PAIR.search(json.dumps(json.loads(text), ensure_ascii=False)))
    prefix = text[: data.draw(st.integers(0, len(text)))]
    feed = JSONFeed(numbers="eager")
    feed.push(prefix)
    try:
        expected = jiter.from_json(prefix.encode(), partial_mode="trailing-strings")
    except ValueError:
        expected = MISSING  # nothing to show: blank, or a number or literal that is none yet
    assert shown(feed.value) == shown(expected)


@given(json_texts(), st.data())
def test_no_strict_prefix_closes_but_that_of_a_number(text: str, data: st.DataObject) -> None:
    prefix = text[: data.draw(st.integers(0, len(text)))]
    outcome = run_feed([prefix])
    assert outcome.error == ("JSONIncomplete" if loaded(prefix) is MISSING else "")


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=6)), st.booleans())
def test_whatever_is_shown_is_valid_unicode(value: list[str], ensure_ascii: bool) -> None:
    feed = JSONFeed()
    for letter in json.dumps(value, ensure_ascii=ensure_ascii):
        feed.push(letter)
        json.dumps(feed.value if feed.value is not MISSING else None, ensure_ascii=False).encode()
    assert feed.close() == value


@given(json_texts())
def test_a_complete_path_is_one_that_was_told_complete(text: str) -> None:
    feed = JSONFeed()
    told: set[Path] = set()
    for letter in text:
        told |= {event.path for event in feed.push(letter) if isinstance(event, Completed)}
        there = parts(feed.value) if feed.value is not MISSING else {}
        assert {path for path in there if feed.is_complete(path)} == told


@pytest.mark.parametrize("pattern", ["", "/*", "/a", "/*/*", "/a/0", "/*/b"])
@given(texts=json_texts(), size=st.integers(1, 90))
def test_a_listener_hears_what_a_reader_of_everything_would_pick(pattern: str, texts: str, size: int) -> None:
    steps = pattern.split("/")[1:]

    def is_meant(path: Path) -> bool:
        return len(path) == len(steps) and all(step in ("*", str(key)) for step, key in zip(steps, path, strict=True))

    heard: list[Event] = []
    feed, everything = JSONFeed(), JSONFeed()
    feed.on(pattern, heard.append)
    returned = [event for piece in cut(texts, size) for event in feed.push(piece)]
    expected = [event for piece in cut(texts, size) for event in everything.push(piece) if is_meant(event.path)]
    assert repr(heard) == repr(returned) == repr(expected)
    try:
        assert shown(feed.close()) == shown(everything.close())
    except JSONIncomplete:
        pytest.fail("a whole text is complete")

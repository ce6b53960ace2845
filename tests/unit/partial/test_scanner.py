"""Texts in pieces: the same steps, limits and errors however they are cut."""

from __future__ import annotations

import json
import sys
from types import FrameType
from typing import Any

import pytest
from support.jsonfeeds import cut, run_feed

from sluiceway.errors import JSONInvalid, JSONTooLarge
from sluiceway.partial import scanner
from sluiceway.partial.events import MISSING, Grew
from sluiceway.partial.feed import JSONFeed

LONG = "x" * 80
GOOD = [
    "[]",
    "{}",
    " [ ] ",
    "\t{\r\n}\n",
    '{"a":1}',
    ' { "a" : 1 , "b" : [ 1 , 2 ] } ',
    '[[],{},"",0,-0,1.5,-2e-3,true,false,null]',
    '"x\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\U0001f600é"',
    '{"\\u0061":"b","c\\n":{}}',
    "12",
    "-1.5e+10",
    "true",
    '"x"',
    f'["{LONG}","{LONG}\\n", {{"a": "{LONG}"}}]',
    json.dumps([{"a": LONG, "b": [1, 2.5, None, {"c": ["\U0001f600"] * 9}]}] * 3, indent=1),
]
BAD = [
    ("", 0, "JSONIncomplete"),
    (" ", 1, "JSONIncomplete"),
    ("]", 0, "JSONInvalid"),
    ("[1,]", 3, "JSONInvalid"),
    ("[,", 1, "JSONInvalid"),
    ("[1 2]", 3, "JSONInvalid"),
    ("[1}", 2, "JSONInvalid"),
    ('{"a":1]', 6, "JSONInvalid"),
    ('{"a" 1', 5, "JSONInvalid"),
    ("{1", 1, "JSONInvalid"),
    ('{"a":1,}', 7, "JSONInvalid"),
    ("[] []", 3, "JSONInvalid"),
    ("01", 1, "JSONInvalid"),
    ("-x", 1, "JSONInvalid"),
    ("1.]", 2, "JSONInvalid"),
    ("[1x", 2, "JSONInvalid"),
    ("trux", 3, "JSONInvalid"),
    ("nUll", 1, "JSONInvalid"),
    ("NaN", 0, "JSONInvalid"),
    ("[-Infinity", 2, "JSONInvalid"),
    ('"a\n"', 2, "JSONInvalid"),
    ('"ab\\q"', 4, "JSONInvalid"),
    ('{"ab\\q"', 5, "JSONInvalid"),
    ('{"\t"', 2, "JSONInvalid"),
    ('"\\u00g0"', 5, "JSONInvalid"),
    ("\ufeff{}", 0, "JSONInvalid"),
    ('["a', 3, "JSONIncomplete"),
    ('{"a', 3, "JSONIncomplete"),
    ('{"a":', 5, "JSONIncomplete"),
    ("1.", 2, "JSONIncomplete"),
    ("tru", 3, "JSONIncomplete"),
    ('"\\ud83d', 7, "JSONIncomplete"),
]


@pytest.mark.parametrize("text", GOOD)
def test_a_json_text_has_its_value_however_it_is_cut(text: str) -> None:
    whole = run_feed([text])
    assert (whole.error, whole.value) == ("", repr(json.loads(text)))
    assert [run_feed(cut(text, size)) for size in (1, 2, 3, 4, 5, 7, 100)] == [whole] * 7


@pytest.mark.parametrize(("text", "offset", "error"), BAD)
def test_any_other_text_fails_at_the_same_place_however_it_is_cut(text: str, offset: int, error: str) -> None:
    whole = run_feed([text])
    assert (whole.error, whole.offset) == (error, offset)
    assert [run_feed(cut(text, size)) for size in (1, 2, 3)] == [whole] * 3


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_one_where_it_is_allowed(constant: str) -> None:
    for size in (1, 2, 20):
        assert run_feed(cut(f"[{constant}]", size), allow_nan=True).value == repr(json.loads(f"[{constant}]"))
    assert run_feed(["-x"], allow_nan=True).offset == 1


@pytest.mark.parametrize(
    ("limits", "text", "offset"),
    [
        ({"max_depth": 2}, "[[[", 2),
        ({"max_depth": 0}, "{", 0),
        ({"max_depth": 2}, "[[[" + " " * 90 + "]]]", 2),
        ({"max_chars": 5}, "[1, 2, 3", 5),
        ({"max_chars": 5}, '["abcdef', 5),
        ({"max_number_chars": 3}, "[1234]", 4),
        ({"max_number_chars": 3}, "[-1.25", 4),
        ({"max_number_chars": 3}, "[1234," + " " * 90 + "]", 4),
    ],
)
def test_a_limit_refuses_the_first_character_beyond_it(limits: dict[str, Any], text: str, offset: int) -> None:
    for size in (1, 2, 3, 200):
        outcome = run_feed(cut(text, size), **limits)
        assert (outcome.error, outcome.offset) == ("JSONTooLarge", offset)


def test_what_just_fits_a_limit_is_taken() -> None:
    assert run_feed(["[[123]]"], max_depth=2, max_chars=7, max_number_chars=3).error == ""


@pytest.mark.parametrize("size", [1, 1000])
def test_more_digits_than_the_interpreter_converts_are_too_many(size: int) -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        outcome = run_feed(cut("[" + "7" * 700 + "]", size), numbers="eager")
    finally:
        sys.set_int_max_str_digits(before)
    assert (outcome.error, outcome.offset, outcome.value) == ("JSONTooLarge", 701, "[]")


def test_many_levels_are_no_recursion() -> None:
    feed = JSONFeed(max_depth=3000)
    feed.push("[" * 3000)
    feed.push("]" * 3000)
    assert isinstance(feed.close(), list)
    with pytest.raises(JSONTooLarge):
        JSONFeed(max_depth=3000).push("[" * 3001)


def test_a_failed_feed_stays_failed_and_readable() -> None:
    feed = JSONFeed(max_chars=12)
    with pytest.raises(JSONInvalid) as caught:
        feed.push('{"a":["b" x')
    assert [event.path for event in caught.value.events if isinstance(event, Grew)] == [("a", 0)]
    for text in ("]", "more than there is room for", ""):
        with pytest.raises(JSONInvalid) as again:
            feed.push(text) or feed.close()
        assert (again.value.offset, again.value.events, again.value.open_path) == (10, (), ("a",))
    assert (feed.value, feed.offset, feed.open_path) == ({"a": ["b"]}, 10, ("a",))


def test_a_failure_with_no_room_left_is_still_the_first_one() -> None:
    feed = JSONFeed(max_chars=2)
    with pytest.raises(JSONTooLarge):
        feed.push("[[[")
    with pytest.raises(JSONTooLarge) as again:
        feed.push("[")
    assert again.value.offset == 2


def test_a_key_may_be_refused_the_second_time() -> None:
    for size in (1, 4, 200):
        outcome = run_feed(cut('{"a":1,"b":{"a":2},"a":3' + " " * 90 + "}", size), duplicate_keys="error")
        assert (outcome.error, outcome.offset) == ("JSONInvalid", 21)


@pytest.mark.parametrize(("policy", "value"), [("keep", "\ud83dx\ude00"), ("replace", "\ufffdx\ufffd")])
def test_half_a_pair_follows_the_policy(policy: str, value: str) -> None:
    for text in ('["\\ud83dx\\ude00"]', '["\ud83dx\ude00"]', '["\\ud83dx\\ude00"' + " " * 90 + "]"):
        for size in (1, 3, 200):
            assert run_feed(cut(text, size), lone_surrogates=policy).value == repr([value])


def test_half_a_pair_is_held_back_until_the_other_comes() -> None:
    feed = JSONFeed()
    seen = []
    for piece in ('["a\\ud8', "3d", "\\u", "de0", '0b"'):
        feed.push(piece)
        seen.append(feed.value[0])
    assert seen == ["a", "a", "a", "a", "a\U0001f600b"]


def test_an_eager_number_shows_as_far_as_it_is_one() -> None:
    feed = JSONFeed(numbers="eager")
    seen = []
    for letter in '{"a":-12.5e1,"b":[1.':
        feed.push(letter)
        seen.append(repr(feed.value))
    assert seen[5:] == [
        "{}",
        "{'a': -1}",
        "{'a': -12}",
        "{}",
        "{'a': -12.5}",
        "{}",
        "{'a': -125.0}",
        *["{'a': -125.0}"] * 5,
        "{'a': -125.0, 'b': []}",
        "{'a': -125.0, 'b': [1]}",
        "{'a': -125.0, 'b': []}",
    ]


def test_an_eager_number_behind_a_repeated_key_waits_for_its_end() -> None:
    feed = JSONFeed(numbers="eager")
    feed.push('{"a":1,"b":2,"a":3')
    assert feed.value == {"a": 1, "b": 2}
    feed.push(".5}")
    assert list(feed.close().items()) == [("a", 3.5), ("b", 2)]


def test_an_eager_number_that_turns_out_to_be_none_is_gone() -> None:
    for size in (1, 9):
        assert run_feed(cut("[7, 1@", size), numbers="eager").value == "[7]"


def test_many_different_keys_are_not_all_remembered() -> None:
    feed = JSONFeed()
    for number in range(5000):
        feed.push(f'{"," if number else "{"}"{number}":1')
    assert len(feed._keys) == 4096
    feed.push("}")
    assert len(feed.close()) == 5000


def test_what_is_not_whole_is_tried_a_bounded_number_of_times() -> None:
    text = "[" * 20 + '"' + LONG
    assert run_feed([text]) == run_feed(cut(text, 1))


def test_nothing_to_push_is_nothing_new() -> None:
    feed = JSONFeed()
    assert (list(feed.push("")), feed.value) == ([], MISSING)
    feed.push('["a')
    assert list(feed.push("")) == []


def characters_handed_over(pieces: list[str]) -> int:
    """Return the length of all texts that the scanner's functions were called with, and one for each call."""
    touched = 0

    def count(frame: FrameType, what: str, _: object) -> None:
        nonlocal touched
        if what == "call" and frame.f_code.co_filename == scanner.__file__:
            touched += 1 + len(frame.f_locals.get("text", ""))

    sys.setprofile(count)
    try:
        run_feed(pieces)
    finally:
        sys.setprofile(None)
    return touched


@pytest.mark.parametrize("piece", ['"abc", ', "1.25, ", '{"a": [true]}, ', '"\\u00e9\\n", ', "    "])
@pytest.mark.parametrize("begin", ["[", '["', '{"'])
def test_twice_the_text_is_twice_the_work(begin: str, piece: str) -> None:
    once, twice = (characters_handed_over(cut(begin + piece * repeats, 4)) for repeats in (200, 400))
    assert twice < 2.2 * once

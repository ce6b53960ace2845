"""Escapes that may be cut anywhere, and half surrogate pairs."""

from __future__ import annotations

import pytest

from sluiceway.errors import JSONInvalid
from sluiceway.partial.strings import HALF_PAIR, LoneSurrogates, lone_half, plain_run, read_escape, short_escape

REPLACE, KEEP, ERROR = LoneSurrogates.REPLACE, LoneSurrogates.KEEP, LoneSurrogates.ERROR
ESCAPES = {r"\"": '"', r"\\": "\\", r"\/": "/", r"\b": "\b", r"\f": "\f", r"\n": "\n", r"\r": "\r", r"\t": "\t"}
ESCAPES |= {r"\u0041": "A", r"\u00E9": "é", r"\ud83d\ude00": "\U0001f600", r"\uDBFF\uDFFF": "\U0010ffff"}


@pytest.mark.parametrize(("text", "means"), ESCAPES.items())
def test_a_whole_escape_is_read(text: str, means: str) -> None:
    assert read_escape(f"a{text}b", 1, ERROR) == (means, 1 + len(text))


@pytest.mark.parametrize("text", ESCAPES)
def test_an_escape_that_is_cut_waits(text: str) -> None:
    for cut in range(1, len(text)):
        assert read_escape(text[:cut], 0, ERROR) == ("", 0)


@pytest.mark.parametrize(("text", "offset"), [(r"\x", 1), (r"\u12g4", 4), (r"\u 123", 2), (r"\U0041", 1)])
def test_a_wrong_escape_is_refused_at_its_first_wrong_character(text: str, offset: int) -> None:
    with pytest.raises(JSONInvalid) as caught:
        read_escape(text, 0, KEEP)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    "text", [r"\ud83dx", r"\ud83d\n", r"\ud83d\u0041", r"\ud83d\ud83d", r"\ude00\ud83d", r"\ude00"]
)
def test_half_a_pair_alone_follows_the_policy(text: str) -> None:
    assert read_escape(text, 0, REPLACE) == ("\ufffd", 6)
    assert read_escape(text, 0, KEEP) == (chr(int(text[2:6], 16)), 6)
    with pytest.raises(JSONInvalid, match="half a surrogate pair"):
        read_escape(text, 0, ERROR)


def test_a_raw_half_follows_the_policy_too() -> None:
    assert HALF_PAIR.search("a\ud83d")
    assert (lone_half("\ud83d", 3, KEEP), lone_half("\ud83d", 3, REPLACE)) == ("\ud83d", "\ufffd")
    with pytest.raises(JSONInvalid) as caught:
        lone_half("\ud83d", 3, ERROR)
    assert caught.value.offset == 3


@pytest.mark.parametrize("stop", ['"', "\\", "\n", "\x1f", "\udfff"])
def test_a_run_is_what_stands_for_itself(stop: str) -> None:
    assert plain_run(f"xé\x7f\u2028\U0001f600{stop}y", 1).end() == 5


def test_short_escapes_are_known_by_both_characters() -> None:
    assert (short_escape(r"\n"), short_escape(r"\u"), short_escape("\\")) == ("\n", None, None)

"""JSONTestSuite: what must be accepted has the value of json.loads, what must be rejected is, however it arrives.

The suite is bytes and the feed takes text, so bytes are decoded as the wire's decoders do: as UTF-8, piece by piece,
with U+FFFD for what is none. A byte order mark stays, and is no JSON.
"""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from support.jsonfeeds import Outcome, run_feed, shown
from support.source import ROOT

SUITE = ROOT / "tests" / "corpora" / "JSONTestSuite"
PARSING = sorted((SUITE / "test_parsing").glob("*.json"))
TRANSFORM = sorted((SUITE / "test_transform").glob("*.json"))
REFUSED_FOR_THEIR_SIZE = {"i_structure_500_nested_arrays.json"}
"""json.loads accepts it; 500 levels are more than `max_depth`."""


def named(prefix: str) -> list[Path]:
    return [path for path in PARSING if path.name.startswith(prefix)]


def pieces_of(data: bytes, size: int) -> list[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    parts = [decoder.decode(data[start : start + size]) for start in range(0, len(data), size)]
    return [*parts, decoder.decode(b"", final=True)]


def read(path: Path) -> Outcome:
    """Return what comes of a file, which is the same in pieces of 1, 3 and 4 bytes and whole."""
    data = path.read_bytes()
    sizes = (1, 3, 4, max(len(data), 1))
    whole, *others = (run_feed(pieces_of(data, size), lone_surrogates="keep") for size in sizes)
    assert others == [whole] * 3
    return whole


def loaded(path: Path) -> str:
    """Return what json.loads makes of a file by the rules of RFC 8259; empty if it refuses it."""

    def refuse(word: str) -> float:
        raise ValueError(word)

    try:
        return shown(json.loads(path.read_bytes().decode("utf-8", "replace"), parse_constant=refuse))
    except (ValueError, RecursionError):
        return ""


def test_the_suite_is_all_there() -> None:
    assert [len(named(prefix)) for prefix in ("y_", "n_", "i_")] == [95, 188, 35]
    assert len(TRANSFORM) == 22


@pytest.mark.parametrize("path", named("y_"), ids=lambda path: path.stem)
def test_what_must_be_accepted_has_the_value_of_json_loads(path: Path) -> None:
    outcome = read(path)
    assert (outcome.error, outcome.value) == ("", loaded(path))


@pytest.mark.parametrize("path", named("n_"), ids=lambda path: path.stem)
def test_what_must_be_rejected_is(path: Path) -> None:
    assert read(path).error in {"JSONInvalid", "JSONIncomplete", "JSONTooLarge"}


@pytest.mark.parametrize("path", [*named("i_"), *TRANSFORM], ids=lambda path: path.stem)
def test_where_parsers_differ_json_loads_is_followed(path: Path) -> None:
    outcome = read(path)
    if path.name in REFUSED_FOR_THEIR_SIZE:
        assert outcome.error == "JSONTooLarge"
    else:
        assert ("" if outcome.error else outcome.value) == loaded(path)

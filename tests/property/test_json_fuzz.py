"""A short run of the fuzz target without its engine: corpus texts, changed by a seeded hand."""

from __future__ import annotations

import random

import pytest
from support.source import ROOT

from fuzz.json_feed import check

CORPUS = sorted((ROOT / "tests" / "corpora" / "JSONTestSuite").rglob("*.json"))
SMALL = [data for data in (path.read_bytes() for path in CORPUS) if len(data) < 300]
PARTS = [
    b'"',
    b"\\",
    b"\\u",
    b"\\ud83d",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"-",
    b"0",
    b"1.5",
    b"e",
    b"\xff",
    b" ",
    b"\xed\xa0\x80",
]


def changed(chance: random.Random) -> bytes:
    """Return two bytes that pick rules and cuts, and a text of the corpus with some parts put in or taken out."""
    data = bytearray(chance.choice(SMALL))
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.randrange(3)] = chance.choice(PARTS)
    return bytes([chance.randrange(256), chance.randrange(256)]) + data + b" " * chance.choice([0, 0, 80])


@pytest.mark.parametrize("seed", range(8))
def test_nothing_but_what_is_promised_comes_of_any_text(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        check(changed(chance))


@pytest.mark.parametrize("data", [b"", b"\0", b"\x01G2@", b"\0\0[1", b"\x81\0\xff"])
def test_short_inputs_are_inputs_too(data: bytes) -> None:
    check(data)

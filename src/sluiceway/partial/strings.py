r"""Strings of JSON that may be cut anywhere: plain runs, and escapes.

Source: RFC 8259, section 7.

Theory. Escapes are the only parts of a string whose meaning needs more than one character: ``\n`` two, ``\u00e9``
six, a pair of surrogates (``\ud83d\ude00``) twelve. One that is not whole yet is read again from its backslash when
more has come. The high half of a pair waits as long as what follows may become its low half.
"""

from __future__ import annotations

import re
from enum import Enum

from sluiceway.errors import JSONInvalid
from sluiceway.partial.runs import run_of

__all__ = ["HALF_PAIR", "LoneSurrogates", "lone_half", "plain_run", "read_escape", "short_escape"]

plain_run = run_of('[^"\\\\\x00-\x1f\ud800-\udfff]')
"""Match the characters that stand for themselves."""

HALF_PAIR = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair, which no UTF-8 can say."""

short_escape = {
    '\\"': '"',
    r"\\": "\\",
    r"\/": "/",
    r"\b": "\b",
    r"\f": "\f",
    r"\n": "\n",
    r"\r": "\r",
    r"\t": "\t",
}.get
"""Return what an escape of two characters stands for, or None."""

_hex = run_of("[0-9a-fA-F]", 4)
_low_half = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})").match
_part_of_a_low_half = re.compile(r"(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?").fullmatch


class LoneSurrogates(Enum):
    """What becomes of half a surrogate pair that stands alone."""

    KEEP = "keep"
    REPLACE = "replace"
    ERROR = "error"


def lone_half(half: str, index: int, policy: LoneSurrogates) -> str:
    """Return what stands for half a pair.

    Raises:
        JSONInvalid: nothing does; its offset is ``index``.
    """
    if policy is LoneSurrogates.ERROR:
        raise JSONInvalid("half a surrogate pair stands alone", offset=index)
    return half if policy is LoneSurrogates.KEEP else "\ufffd"


def read_escape(text: str, index: int, policy: LoneSurrogates) -> tuple[str, int]:
    """Read the escape whose backslash is at ``index``.

    Returns:
        What it stands for and the index behind it; the index itself when the text ends within it.

    Raises:
        JSONInvalid: it is none; the offset is an index of ``text``.
    """
    letter = text[index + 1 : index + 2]
    if not letter:
        return "", index
    if letter != "u":
        short = short_escape("\\" + letter)
        if short is None:
            raise JSONInvalid("no such escape", offset=index + 1)
        return short, index + 2
    end = _hex(text, index + 2).end()
    if end == index + 6:
        return _read_unit(text, index, policy)
    if end < len(text):
        raise JSONInvalid("an escape has four hexadecimal digits", offset=end)
    return "", index


def _read_unit(text: str, index: int, policy: LoneSurrogates) -> tuple[str, int]:
    unit = int(text[index + 2 : index + 6], 16)
    if not 0xD800 <= unit <= 0xDFFF:
        return chr(unit), index + 6
    if unit <= 0xDBFF:
        if low := _low_half(text, index + 6):
            return chr(0x10000 + ((unit - 0xD800) << 10) + int(low.group(1), 16) - 0xDC00), index + 12
        if _part_of_a_low_half(text, index + 6):
            return "", index
    return lone_half(chr(unit), index, policy), index + 6

"""Numbers of JSON that may be cut anywhere: which characters go on with one, and what a whole one is.

Source: RFC 8259, section 6.

Theory. A number is a walk through nine stages. The table says for each stage which character leads where; a
character that leads nowhere ends the number, which is whole in four of the stages. Digits that stay in their stage
are passed over in one step.
"""

from __future__ import annotations

import re

from sluiceway.partial.runs import run_of

__all__ = ["FRACTION", "INTEGER", "MINUS", "START", "WHOLE", "read_number", "whole_number"]

START, MINUS, ZERO, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, POWER = range(9)

WHOLE = frozenset((ZERO, INTEGER, FRACTION, POWER))
"""The stages in which a number may end."""

_DIGITS = "0123456789"
_BEHIND_AN_INTEGER = {".": POINT, "e": EXPONENT, "E": EXPONENT}
_FIRST_DIGIT = {"0": ZERO, **dict.fromkeys("123456789", INTEGER)}
_POWER = dict.fromkeys(_DIGITS, POWER)
_NEXT = (
    {"-": MINUS, **_FIRST_DIGIT},
    _FIRST_DIGIT,
    _BEHIND_AN_INTEGER,
    {**dict.fromkeys(_DIGITS, INTEGER), **_BEHIND_AN_INTEGER},
    dict.fromkeys(_DIGITS, FRACTION),
    {**dict.fromkeys(_DIGITS, FRACTION), "e": EXPONENT, "E": EXPONENT},
    {"+": EXPONENT_SIGN, "-": EXPONENT_SIGN, **_POWER},
    _POWER,
    _POWER,
)
_rest_of_digits = run_of("[0-9]")

whole_number = re.compile(
    r"-?+(?:0|[1-9][0-9]*+)((?:\.[0-9]++)?+(?:[eE][-+]?+[0-9]++)?+)(?=[ \t\n\r,\]}])",
).match
"""Match a number and see that it ends; its first group is empty for an integer."""


def read_number(text: str, start: int, stage: int) -> tuple[int, int]:
    """Follow a number from a place in the text.

    Returns:
        The index of the first character that is not part of it, and the stage reached there.
    """
    index, end = start, len(text)
    while index < end:
        following = _NEXT[stage].get(text[index])
        if following is None:
            break
        index += 1
        if following == stage:
            index = _rest_of_digits(text, index).end()
        stage = following
    return index, stage

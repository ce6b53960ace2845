"""The names of what a request asks for and the model is not asked for, as its reader is told them.

They stand in the response header ``Sluiceway-Dropped``, as a list with commas. Their text is the client's, so only
what is harmless in a header stays, and there is an end to it: a long name ends in ``...``, and where not all names
have room the last one is ``+12``, for at least twelve more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

__all__ = ["MAX_CHARACTERS", "MAX_NAME_CHARACTERS", "shorten"]

MAX_CHARACTERS = 500
"""How long the names are together, the commas between them included."""

MAX_NAME_CHARACTERS = 100
"""How long one of them is."""

_UNFIT = re.compile(r"[^A-Za-z0-9_.\[\]-]")
_COMMA = ", "
_CUT = "..."


def shorten(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names as they are told; linear in what they are together."""
    told = [_fit(name) for name in names]
    if len(_COMMA.join(told)) <= MAX_CHARACTERS:
        return tuple(told)
    room = MAX_CHARACTERS - len(f"+{len(told)}")
    count = sum(length <= room for length in accumulate(len(name) + len(_COMMA) for name in told))
    return (*told[:count], f"+{len(told) - count}")


def _fit(name: str) -> str:
    is_long = len(name) > MAX_NAME_CHARACTERS
    text = name[: MAX_NAME_CHARACTERS - len(_CUT)] + _CUT if is_long else name
    return _UNFIT.sub("?", text)

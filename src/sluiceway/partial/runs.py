"""Runs: as many characters of one class as stand at an index. A run may be empty, so there always is one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

__all__ = ["Run", "run_of"]

Run = Callable[[str, int], re.Match[str]]
"""Takes a text and an index of it, and matches the run that begins there."""


def run_of(letters: str, max_chars: int | None = None) -> Run:
    """Return what matches a run.

    Args:
        letters: the class of its characters, as `re` spells it, such as ``[0-9]``.
        max_chars: how many there may be; None for no limit.
    """
    most = "" if max_chars is None else max_chars
    # `re` may find nothing, and a run cannot; a function around its own would cost a call for each run.
    return cast("Run", re.compile(f"{letters}{{0,{most}}}").match)

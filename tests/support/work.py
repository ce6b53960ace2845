"""Counts the work a decoder does, so that a test can say "linear" without a clock.

Every function that is handed bytes may look at each of them, so the work of a call is the size of its byte arguments;
for a search it is the part it went through. A decoder that looks at what it keeps once for each new byte shows up as
quadratic at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType, ModuleType

__all__ = ["count_bytes_touched"]


def count_bytes_touched(module: ModuleType, action: Callable[[], object]) -> int:
    """Return how many bytes the functions of ``module`` were handed while ``action`` ran, and one for each call."""
    touched = 0

    def count(frame: FrameType, what: str, result: object) -> None:
        nonlocal touched
        if what == "return" and frame.f_code.co_filename == module.__file__:
            touched += 1 + _bytes_of_call(frame, result)

    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(None)
    return touched


def _bytes_of_call(frame: FrameType, result: object) -> int:
    code, values = frame.f_code, frame.f_locals
    arguments = [values[name] for name in code.co_varnames[: code.co_argcount]]
    size = sum(len(argument) for argument in arguments if isinstance(argument, bytes | bytearray))
    if "search_from" in code.co_varnames[: code.co_argcount]:
        return (result if isinstance(result, int) and result else size) - int(values["search_from"])
    return size

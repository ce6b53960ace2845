"""The child's log: bytes from its standard error → lines for Python's logging.

llama.cpp is louder than a server may be: it writes eight lines of information for each answer, and warnings for
things that need nobody. Its levels are therefore taken one step down. A line without its mark is what a crash leaves
behind: a failed assertion, Python's traceback. Lines are bounded, and nothing that could steer a terminal passes.
"""

from __future__ import annotations

import logging
import re

__all__ = ["LogDecoder", "LogLine"]

MAX_LINE_BYTES = 4096

# 0.37.457.225 W srv    operator(): unauthorized: Invalid API Key
_LINE = re.compile(r"[\d.]+ ([DIWE]) (.*)")
_LEVELS = {"D": logging.DEBUG, "I": logging.DEBUG, "W": logging.INFO, "E": logging.WARNING}

LogLine = tuple[int, str]
"""A level of `logging` and the text."""


class LogDecoder:
    """Any slices of the child's standard error → whole lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[LogLine]:
        """Take bytes and return the lines they complete; what is too long is cut to `MAX_LINE_BYTES`."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:MAX_LINE_BYTES]
        return [_decode(line) for line in lines if line.strip()]

    def close(self) -> list[LogLine]:
        """Return the last line, if it was begun."""
        return self.feed(b"\n")


def _decode(line: bytes) -> LogLine:
    text = line[:MAX_LINE_BYTES].decode(errors="replace").strip()
    level = logging.ERROR
    if match := _LINE.fullmatch(text):
        level, text = _LEVELS[match[1]], match[2]
    return level, "".join(c if c.isprintable() else " " for c in text)

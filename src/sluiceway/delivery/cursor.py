"""A cursor: how far a reader of a kept answer has come, as text ``<epoch>-<seq>``.

``seq`` counts an answer's frames from 1, without a gap, whoever produces them; 0 is before the first. ``epoch``
counts its producers from 1. A cursor comes back from clients, so it is read strictly: any other spelling is refused.

One frame may be several wire events. A reader who has the first of them only is at ``<epoch>-<seq>.<part>``; what the
parts are, only the dialect and framing know in which they were told.
"""

from __future__ import annotations

import re

import msgspec

from sluiceway.errors import RequestError

__all__ = ["START", "Cursor", "decode_cursor", "encode_cursor"]

_SPELLING = re.compile(r"([1-9][0-9]{0,9})-(?:0|([1-9][0-9]{0,15})(?:\.([1-9][0-9]{0,5}))?)")


class Cursor(msgspec.Struct, frozen=True, order=True, gc=False):
    """A place behind one frame of an answer, or within it.

    Attributes:
        epoch: the producer that gave the frame.
        seq: the frame's number.
        part: how many of its wire events the reader has, where that is not all of them; else 0.
    """

    epoch: int
    seq: int
    part: int = 0


START = Cursor(1, 0)
"""Before the first frame."""


def decode_cursor(text: str) -> Cursor:
    """Return the cursor that ``text`` spells.

    Raises:
        RequestError: it spells none.
    """
    match = _SPELLING.fullmatch(text)
    if match is None:
        raise RequestError("a cursor is spelt <epoch>-<seq>, such as 1-42", field="after")
    return Cursor(int(match[1]), int(match[2] or 0), int(match[3] or 0))


def encode_cursor(cursor: Cursor) -> str:
    """Return a cursor's text."""
    text = f"{cursor.epoch}-{cursor.seq}"
    return f"{text}.{cursor.part}" if cursor.part else text

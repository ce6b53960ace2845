"""What an encoder writes around a text is found, or nothing is."""

from __future__ import annotations

import pytest

from sluiceway.dialects.steady import around
from sluiceway.events import Frame
from sluiceway.usual import Around, Usual

USUAL = Usual("w/sse", Around(b"<", b">"))


def test_it_is_what_comes_before_and_behind() -> None:
    assert around(lambda frame: b"(%b)" % frame.raw, USUAL) == Around(b"(<", b">)")


@pytest.mark.parametrize("times", [0, 2])
def test_an_event_that_is_left_out_or_told_twice_has_none(times: int) -> None:
    def encode(frame: Frame) -> bytes:
        return frame.raw * times

    assert around(encode, USUAL) is None

"""What is told from texts is what stood there."""

from __future__ import annotations

import pytest

from sluiceway.events import Frame, ReasoningDelta, TextDelta
from sluiceway.usual import Around, Usual
from sluiceway.wire.chunk import CHUNK


@pytest.mark.parametrize(("texts", "told"), [([b"a"], b"<a>"), ([b"a", b"b%", b"c"], b"<a><b%><c>")])
def test_there_is_an_event_for_each_text(texts: list[bytes], told: bytes) -> None:
    assert Around(b"<", b">").tell(texts) == told


@pytest.mark.parametrize("delta", [TextDelta, ReasoningDelta])
def test_a_text_makes_the_frame_it_came_in(delta: type[TextDelta | ReasoningDelta]) -> None:
    usual = Usual("w/sse", Around(b"<", b">"), 3, delta)
    assert usual.frame("東".encode()) == Frame([delta(3, "東")], "w/sse", "<東>".encode())


@pytest.mark.parametrize("texts", [[b"a"], [b"a", b"bc", b"100%"], [b"x" * 300]])
def test_what_is_written_in_chunks_is_what_is_told(texts: list[bytes]) -> None:
    around = Around(b"data: 50% <", b">%b\n\n")
    written: list[bytes] = []
    around.teller(written.append)(texts)
    told = around.tell(texts)
    assert written == [CHUNK % (len(told), told)]

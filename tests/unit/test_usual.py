"""What is told from texts is what stood there."""

from __future__ import annotations

import pytest

from sluiceway.events import Frame, ReasoningDelta, TextDelta
from sluiceway.usual import Around, Usual


@pytest.mark.parametrize(("texts", "told"), [([b"a"], b"<a>"), ([b"a", b"b%", b"c"], b"<a><b%><c>")])
def test_there_is_an_event_for_each_text(texts: list[bytes], told: bytes) -> None:
    assert Around(b"<", b">").tell(texts) == told


@pytest.mark.parametrize("delta", [TextDelta, ReasoningDelta])
def test_a_text_makes_the_frame_it_came_in(delta: type[TextDelta | ReasoningDelta]) -> None:
    usual = Usual("w/sse", Around(b"<", b">"), 3, delta)
    assert usual.frame("東".encode()) == Frame([delta(3, "東")], "w/sse", "<東>".encode())

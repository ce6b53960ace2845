from __future__ import annotations

import tracemalloc

import pytest

from sluiceway.delivery.log.digest import Digest, frame_bytes
from sluiceway.events import (
    BlockKind,
    BlockStart,
    Event,
    Frame,
    ReasoningDelta,
    StreamStart,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
)
from sluiceway.fold import fold
from sluiceway.testing import text_frames

START, HEL, LO, END = text_frames(["Hel", "lo"])
RAW = b"x" * 200


def test_it_folds_to_the_same() -> None:
    digest = Digest()
    for frame in (START, HEL, LO):
        digest.feed(frame)
    whole = digest.frame().events
    assert fold(whole) == fold([*START.events, *HEL.events, *LO.events])
    assert len(whole) == 3


def test_what_follows_goes_on_from_it() -> None:
    digest = Digest()
    digest.feed(START)
    digest.feed(HEL)
    rest = [*LO.events, *END.events]
    assert fold([*digest.frame().events, *rest]) == fold([*START.events, *HEL.events, *rest])


def test_deltas_weigh_less_than_they_came_with() -> None:
    digest = Digest()
    digest.feed(START)
    delta = Frame([TextDelta(0, "four")], "plain/sse", RAW)
    assert 4 < digest.feed(delta) < frame_bytes(delta) / 5


@pytest.mark.parametrize("event", [StreamStart(), BlockStart(0, BlockKind.TEXT)])
def test_what_does_not_merge_weighs_as_much_as_it_came_with(event: Event) -> None:
    assert Digest().feed(Frame([event], "plain/sse", RAW)) > len(RAW)


def test_its_size_is_what_its_frames_made_it() -> None:
    digest = Digest()
    assert digest.feed(START) + digest.feed(HEL) == digest.size_bytes


@pytest.mark.parametrize("delta", [TextDelta(0, "four"), ReasoningDelta(0, "four"), ToolInputDelta(0, "four")])
def test_a_frame_weighs_its_objects_bytes_and_text(delta: Event) -> None:
    assert frame_bytes(Frame([delta], "plain/sse", RAW)) == 280 + len(RAW) + 4


def test_log_probabilities_weigh() -> None:
    one = TokenLogprob("a", -0.1)
    assert frame_bytes(Frame([TextDelta(0, "a", [one, one])])) > frame_bytes(Frame([TextDelta(0, "a", [one])]))


def test_many_pieces_of_text_are_joined() -> None:
    deltas = [Frame([TextDelta(0, f"{number} ")]) for number in range(10_000)]
    digest = Digest()
    digest.feed(START)
    tracemalloc.start()
    before_bytes, _ = tracemalloc.get_traced_memory()
    for delta in deltas:
        digest.feed(delta)
    after_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert fold(digest.frame().events) == fold([*START.events, *(e for frame in deltas for e in frame.events)])
    assert after_bytes - before_bytes < 2 * digest.size_bytes < 4 * 60_000 + 200_000

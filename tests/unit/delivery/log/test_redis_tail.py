"""What Redis says of an answer, and a tail that is fed nonsense; the rest is in ``test_replicas``."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from support.wait import until

from sluiceway.clock import LoopClock
from sluiceway.delivery.log.redis_codec import encode_frames
from sluiceway.delivery.log.redis_link import Command, Outcome
from sluiceway.delivery.log.redis_tail import LogState, LogTail, decode_state
from sluiceway.errors import LogUnavailable
from sluiceway.events import Frame, StreamEnd, TextDelta
from sluiceway.testing import RecordingSink

FRAMES = [Frame([TextDelta(0, "a")]), Frame([TextDelta(0, "b")]), Frame([StreamEnd()])]
DATA = encode_frames(1, FRAMES)


def tail(sink: RecordingSink, state: Outcome, entries: Outcome) -> LogTail:
    async def run(commands: Sequence[Command]) -> list[Outcome]:
        return [state, entries][: len(commands)]

    return LogTail("gen-1", "me", run, lambda _key: 100.0, LoopClock(), sink, lambda *_: None)


def test_a_reply_says_how_far_an_answer_is_and_who_has_it() -> None:
    assert decode_state(b"ok 2 8 run -5 other 2-7") == LogState(2, 8, "run", -0.005, "other", [(2, 7)])
    assert decode_state(b"gone") is None
    assert LogState(1, 1, "done", 0, "", []).is_over


@pytest.mark.parametrize("outcome", [b"", b"nonsense", None, 7, LogUnavailable("away")])
def test_any_other_reply_is_none(outcome: Outcome) -> None:
    with pytest.raises(LogUnavailable):
        decode_state(outcome)


async def test_a_tail_tells_all_there_is_and_ends() -> None:
    sink = RecordingSink()
    tail(sink, b"ok 1 4 done 0 other", [[b"1-3", [b"d", DATA]]])
    assert await sink.ended() is None
    assert sink.frames == FRAMES


@pytest.mark.parametrize(
    "entries",
    [[[b"1-9", [b"d", encode_frames(7, FRAMES)]]], [[b"1-2", [b"d", DATA]]], [b"x"], [[b"1-3", [b"d", b""]]]],
)
async def test_what_has_a_hole_or_makes_no_sense_ends_in_an_error(entries: Outcome) -> None:
    sink = RecordingSink()
    tail(sink, b"ok 1 4 done 0 other", entries)
    assert isinstance(await sink.ended(), LogUnavailable)


async def test_an_aborted_tail_says_nothing_more() -> None:
    sink = RecordingSink()
    running = tail(sink, b"ok 1 4 run 3000 other", [])
    running.pause()
    running.resume()
    running.ring()
    task = running._task
    assert task is not None
    running.abort()
    running.abort()
    await until(task.done)
    assert sink.closings == []

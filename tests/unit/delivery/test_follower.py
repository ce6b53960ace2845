from __future__ import annotations

import asyncio

from support.kept import Keeping, Recorder, follow

from sluiceway.delivery.follower import PAGE_BYTES, Follower
from sluiceway.delivery.generation import Ending
from sluiceway.delivery.kept import KeptGeneration
from sluiceway.delivery.log.memory import LOG_BYTES
from sluiceway.delivery.reader import Source
from sluiceway.delivery.shelf import ShelfLimits
from sluiceway.errors import CursorExpired, ReaderTooSlow
from sluiceway.events import Frame, StreamError
from sluiceway.testing import Step, text_frames
from sluiceway.usage import Usage

START, HEL, LO, END = text_frames(["Hel", "lo"], usage=Usage(3, 2))
SCRIPT: list[Step] = [(1, [START]), (1, [HEL]), (1, [LO]), (1, [END])]
LARGE = [
    Frame(frame.events, "plain/sse", b"x" * 20_000)
    for frame in text_frames([f"{n} " for n in range(20)], usage=Usage(3, 20))
]


def followed() -> tuple[Keeping, KeptGeneration, Follower]:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT)
    return keeping, kept, Follower(kept)


def test_it_looks_like_a_generation() -> None:
    keeping, _, follower = followed()
    source: Source = follower
    assert (source.is_ready, source.is_over, source.ending, source.error) == (False, False, None, None)
    keeping.clock.advance(2)
    assert (source.is_ready, source.output_deltas, source.origin.id) == (True, 1, "gen-1")
    assert (source.take(), source.taken_at, source.is_ready) == ([START, HEL], 2, False)
    keeping.clock.advance(2)
    assert (source.ending, source.is_over) == (Ending.COMPLETE, False)
    assert (source.take(), source.is_over) == ([LO, END], True)
    source.settle()


def test_its_bell_rings_at_once_when_something_waits() -> None:
    keeping, _, follower = followed()
    rings: list[float] = []
    follower.attach(lambda: rings.append(keeping.clock.time()))
    assert rings == []
    keeping.clock.advance(1)
    follower.attach(lambda: rings.append(-1))
    assert rings == [1, -1]


def test_its_bell_rings_once_for_all_that_waits() -> None:
    keeping, _, follower = followed()
    rings: list[float] = []
    follower.attach(lambda: rings.append(keeping.clock.time()))
    keeping.clock.advance(2)
    assert (rings, len(follower.take())) == ([1], 2)
    keeping.clock.advance(2)
    assert (rings, len(follower.take())) == ([1, 3], 2)


def test_a_resumed_reader_is_told_what_it_has_not_got() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT)
    keeping.clock.advance(3)
    texts = [Recorder(kept, after_seq=seq) for seq in range(4)]
    keeping.clock.advance(3)
    assert [recorder.text for recorder in texts] == ["Hello.", "Hello.", "lo.", "."]


def test_a_reader_ahead_of_the_log_waits() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT)
    keeping.clock.advance(1)
    ahead = Recorder(kept, after_seq=3)
    keeping.clock.advance(3)
    assert ahead.text == "."


def test_a_long_log_is_told_a_page_at_a_time() -> None:
    keeping = Keeping()
    kept = keeping.begin([(1, LARGE)], max_pending_bytes=1 << 20)
    keeping.clock.advance(1)
    recorder = Recorder(kept)
    page_frames = PAGE_BYTES // 20_000 + 1
    assert recorder.reader.generation.is_ready is False
    assert recorder.text == "".join(f"{n} " for n in range(page_frames - 1))
    keeping.clock.advance(0)
    assert recorder.text == "".join(f"{n} " for n in range(20)) + "."
    assert recorder.is_over


def test_what_arrives_between_pages_comes_with_the_next() -> None:
    keeping = Keeping()
    last = Frame(LARGE[-1].events, "plain/sse", b"")
    kept = keeping.begin([(1, LARGE[:-1]), (0, [last])], max_pending_bytes=1 << 20)
    rings: list[int] = []
    keeping.clock.advance(0.5)
    follower = Follower(kept)
    follower.attach(lambda: rings.append(len(follower.take())))
    keeping.clock.advance(1)
    assert sum(rings) == len(LARGE)
    assert rings[0] < rings[-1] + len(LARGE)


def test_turning_a_page_may_be_asked_for() -> None:
    keeping = Keeping()
    kept = keeping.begin([(1, LARGE)], max_pending_bytes=1 << 20)
    keeping.clock.advance(1)
    follower = Follower(kept)
    assert sum(len(follower.take()) for _ in range(8)) == len(LARGE)


async def test_between_pages_a_reader_waits() -> None:
    keeping = Keeping()
    kept = keeping.begin([(1, LARGE)], max_pending_bytes=1 << 20)
    keeping.clock.advance(1)
    reader = follow(kept)
    reader.take()
    waiting = asyncio.create_task(reader.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    keeping.clock.advance(0)
    await asyncio.wait_for(waiting, 5)


def test_a_reader_that_comes_late_to_a_log_without_its_front_is_told_the_opening() -> None:
    keeping = Keeping(ShelfLimits(log_max_bytes=LOG_BYTES + 60_000))
    kept = keeping.begin([(1, [frame]) for frame in LARGE], max_pending_bytes=1 << 20)
    keeping.clock.advance(15)
    first_seq = kept.log.first_seq
    assert first_seq > 2
    texts = [Recorder(kept, after_seq=seq) for seq in (0, first_seq - 1, first_seq)]
    keeping.clock.advance(20)
    words = [f"{n} " for n in range(20)]
    assert [recorder.text for recorder in texts] == [
        "".join(words) + ".",
        "".join(words[first_seq - 2 :]) + ".",
        "".join(words[first_seq - 1 :]) + ".",
    ]


def test_leaving_ends_the_view_and_not_the_answer() -> None:
    keeping, kept, follower = followed()
    rings: list[str] = []
    follower.attach(lambda: rings.append("ring"))
    keeping.clock.advance(2)
    follower.leave()
    follower.leave()
    assert (follower.ending, follower.is_over, follower.take()) == (Ending.READER_GONE, True, [])
    assert (keeping.generation.ending, kept.is_followed) == (None, False)
    keeping.clock.advance(9)
    assert rings == ["ring", "ring"]  # two frames that wait together, and its leaving


def test_leaving_after_the_end_changes_nothing() -> None:
    keeping, _, follower = followed()
    keeping.clock.advance(9)
    follower.take()
    follower.leave()
    assert (follower.ending, follower.is_over) == (Ending.COMPLETE, True)


def test_a_view_that_fails_says_so_and_the_answer_goes_on() -> None:
    keeping, _, follower = followed()
    error = ReaderTooSlow("slow")
    keeping.clock.advance(2)
    follower.fail(error, Ending.READER_TOO_SLOW)
    follower.fail(error, Ending.DRAINED)
    assert (follower.ending, follower.error, follower.is_ready) == (Ending.READER_TOO_SLOW, error, True)
    assert follower.take() == [Frame([StreamError("reader_too_slow", "slow")])]
    assert keeping.generation.ending is None


def test_falling_behind_rings_no_bell_in_the_midst_of_taking() -> None:
    keeping = Keeping(ShelfLimits(log_max_bytes=LOG_BYTES + 60_000))
    kept = keeping.begin([(1, [frame]) for frame in LARGE], max_pending_bytes=1 << 20)
    slow, quick = Follower(kept), Recorder(kept)
    keeping.clock.advance(20)
    slow.attach(lambda: None)
    told: list[list[Frame]] = []
    slow.attach(lambda: told.append(slow.take()))
    assert [type(event) for frames in told for frame in frames for event in frame.events] == [StreamError]
    assert isinstance(slow.error, CursorExpired)
    assert not quick.is_over

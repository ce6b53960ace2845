from __future__ import annotations

import pytest
from support.kept import Keeping, Recorder

from sluiceway.delivery.kept import FOR_EVER, KeptGeneration
from sluiceway.delivery.log.memory import LOG_BYTES
from sluiceway.delivery.shelf import ShelfLimits
from sluiceway.errors import ServerBusy
from sluiceway.events import Frame
from sluiceway.testing import Step, text_frames

FRAMES = text_frames(["Hel", "lo"])
SCRIPT: list[Step] = [(1, [frame]) for frame in FRAMES]
HEAVY: list[Step] = [(1, [Frame(frame.events, "plain/sse", b"x" * LOG_BYTES)]) for frame in FRAMES]


def finish(keeping: Keeping, *names: str, steps: list[Step] = SCRIPT) -> list[KeptGeneration]:
    kept = []
    for name in names:
        kept.append(keeping.begin(steps, name=name))
        keeping.clock.advance(10)
    return kept


def test_what_it_keeps_is_found_while_it_runs_and_after() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT)
    assert keeping.shelf.find("gen-1") is kept
    keeping.clock.advance(100)
    assert keeping.shelf.find("gen-1") is kept
    assert keeping.shelf.find("gen-2") is None


def test_a_finished_answer_goes_after_its_retention() -> None:
    keeping = Keeping(ShelfLimits(retention_s=60))
    keeping.begin(SCRIPT)
    keeping.clock.advance(63)
    assert keeping.gone == []
    keeping.clock.advance(2)
    assert (keeping.gone, keeping.shelf.find("gen-1"), keeping.shelf.used_bytes) == (["gen-1"], None, 0)


def test_the_retention_begins_at_the_end_whoever_comes_meanwhile() -> None:
    keeping = Keeping(ShelfLimits(retention_s=60))
    kept = keeping.begin(SCRIPT)
    keeping.clock.advance(30)
    Recorder(kept).leave()
    keeping.clock.advance(35)
    assert keeping.gone == ["gen-1"]


def test_who_follows_when_the_retention_ends_has_it_to_its_end() -> None:
    keeping = Keeping(ShelfLimits(retention_s=60))
    kept = keeping.begin(SCRIPT)
    keeping.clock.advance(63)
    slow = Recorder(kept, after_seq=1)
    slow.is_slow = True
    keeping.clock.advance(10)
    assert (keeping.gone, keeping.shelf.used_bytes > 0) == (["gen-1"], True)
    slow.leave()
    assert keeping.shelf.used_bytes == 0


def test_short_of_memory_the_first_to_finish_goes_first() -> None:
    keeping = Keeping(ShelfLimits(max_bytes=13 * LOG_BYTES))
    finish(keeping, "a", "b", steps=HEAVY)
    assert keeping.gone == []
    finish(keeping, "c", steps=HEAVY)
    assert keeping.gone == ["a"]
    assert keeping.shelf.used_bytes <= 13 * LOG_BYTES


def test_what_somebody_reads_does_not_go() -> None:
    keeping = Keeping(ShelfLimits(max_bytes=13 * LOG_BYTES))
    first, _ = finish(keeping, "a", "b", steps=HEAVY)
    reader = Recorder(first)
    finish(keeping, "c", steps=HEAVY)
    assert keeping.gone == ["b"]
    reader.leave()
    finish(keeping, "d", steps=HEAVY)
    assert keeping.gone == ["b", "c"]  # who was read last goes last


def test_an_answer_without_memory_is_not_begun() -> None:
    keeping = Keeping(ShelfLimits(max_bytes=2 * LOG_BYTES - 1))
    keeping.shelf.check(0)
    keeping.begin(SCRIPT)
    keeping.begin(SCRIPT, name="gen-2")
    with pytest.raises(ServerBusy):
        keeping.shelf.check(0)


def test_only_so_many_run_without_a_reader() -> None:
    keeping = Keeping(ShelfLimits(max_alone=1))
    keeping.shelf.check(FOR_EVER)
    keeping.begin(SCRIPT)
    keeping.shelf.check(0)
    with pytest.raises(ServerBusy):
        keeping.shelf.check(FOR_EVER)
    keeping.clock.advance(100)
    keeping.shelf.check(FOR_EVER)


def test_a_reader_makes_room_for_another_that_runs_alone() -> None:
    keeping = Keeping(ShelfLimits(max_alone=1))
    Recorder(keeping.begin(SCRIPT))
    keeping.shelf.check(FOR_EVER)


def test_one_too_many_without_a_reader_is_stopped() -> None:
    keeping = Keeping(ShelfLimits(max_alone=1))
    one = Recorder(keeping.begin(SCRIPT, name="a"))
    first = keeping.call
    other = Recorder(keeping.begin(SCRIPT, name="b"))
    one.leave()
    other.leave()
    assert (first.is_aborted, keeping.call.is_aborted) == (False, True)


def test_an_answer_that_is_there_at_once_is_kept_as_well() -> None:
    keeping = Keeping()
    keeping.begin(SCRIPT)
    keeping.clock.advance(10)
    ended = keeping.generation
    kept = keeping.shelf.keep(ended, grace_s=0)
    assert (kept.log.is_ended, keeping.shelf.find("gen-1")) == (True, kept)


def test_closing_lets_go_of_everything() -> None:
    keeping = Keeping()
    finish(keeping, "a")
    running = keeping.begin(SCRIPT, name="b")
    reader = Recorder(running)
    keeping.shelf.close()
    keeping.shelf.close()
    assert keeping.gone == ["a", "b"]
    keeping.clock.advance(10)
    assert reader.text == "Hello."
    reader.leave()
    assert (keeping.shelf.used_bytes, keeping.clock.next_due_at) == (0, None)

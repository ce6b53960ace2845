from __future__ import annotations

import tracemalloc

import pytest

from sluiceway.delivery.cursor import START, Cursor
from sluiceway.delivery.log.base import Log
from sluiceway.delivery.log.digest import frame_bytes
from sluiceway.delivery.log.memory import LOG_BYTES, Budget, MemoryLog, Texts
from sluiceway.errors import CursorExpired, RequestError
from sluiceway.events import Frame, TextDelta
from sluiceway.fold import fold
from sluiceway.testing import text_frames
from sluiceway.usual import Around, Usual

FRAMES = text_frames([f"word{number} " for number in range(200)])
ROOM_BYTES = 1 << 20


def new_log(max_bytes: int = ROOM_BYTES, budget: Budget | None = None) -> MemoryLog:
    return MemoryLog(max_bytes, budget or Budget(ROOM_BYTES))


def small_log(frames: int, *, is_trimmed: bool = True) -> MemoryLog:
    """Return a log of all of `FRAMES` that had room for about ``frames``."""
    log = new_log(LOG_BYTES + sum(map(frame_bytes, FRAMES[-frames:])))
    log.append(FRAMES)
    if is_trimmed:
        assert log.fit(log.next_seq)
    return log


def test_frames_are_numbered_from_1() -> None:
    log: Log = new_log()
    log.append(FRAMES[:2])
    log.append(FRAMES[2:5])
    assert (log.first_seq, log.next_seq) == (1, 6)
    assert log.read(1, ROOM_BYTES) == FRAMES[:5]
    assert log.read(4, ROOM_BYTES) == FRAMES[3:5]


def test_there_may_be_nothing_to_read() -> None:
    log = new_log()
    assert (log.read(1, 1), log.opening()) == ([], None)
    log.append(FRAMES[:1])
    assert (log.read(2, 1), log.read(7, 1)) == ([], [])


def test_a_page_is_about_as_large_as_asked_for() -> None:
    log = new_log()
    log.append(FRAMES)
    assert log.read(2, frame_bytes(FRAMES[1]) + 1) == FRAMES[1:3]
    assert log.read(2, 0) == FRAMES[1:2]


def test_its_end_is_part_of_it() -> None:
    log = new_log()
    assert not log.is_ended
    log.end()
    log.end()
    assert log.is_ended


def test_what_fits_is_not_dropped() -> None:
    log = new_log()
    log.append(FRAMES)
    assert log.fit(log.next_seq)
    assert log.first_seq == 1


def test_a_log_at_its_limit_loses_its_front() -> None:
    log = small_log(100)
    assert 90 < log.first_seq < log.next_seq
    assert log.size_bytes <= log.max_bytes
    assert log.read(log.first_seq, ROOM_BYTES) == FRAMES[log.first_seq - 1 :]
    with pytest.raises(CursorExpired):
        log.read(log.first_seq - 1, ROOM_BYTES)


def test_what_was_dropped_stays_as_the_opening() -> None:
    log = small_log(100)
    opening = log.opening()
    assert opening is not None
    told = [opening, *log.read(log.first_seq, ROOM_BYTES)]
    assert fold(event for frame in told for event in frame.events) == fold(
        e for frame in FRAMES for e in frame.events
    )


def test_what_was_not_read_is_not_dropped() -> None:
    log = small_log(100, is_trimmed=False)
    assert not log.fit(3)
    assert log.first_seq == 3
    assert not log.fit(3)
    assert log.fit(log.next_seq)


def test_a_forgotten_opening_cannot_be_had() -> None:
    log = small_log(100)
    size_bytes = log.size_bytes
    log.forget()
    log.forget()
    assert log.size_bytes < size_bytes
    with pytest.raises(CursorExpired):
        log.opening()
    log.append([Frame([TextDelta(0, "x" * 5000)])])
    assert log.fit(log.next_seq)  # drops without a digest


def test_the_budget_is_shared() -> None:
    budget = Budget(2 * LOG_BYTES + sum(map(frame_bytes, FRAMES)) * 3 // 2)
    one, two = new_log(budget=budget), new_log(budget=budget)
    one.append(FRAMES)
    two.append(FRAMES)
    assert budget.excess_bytes() > 0
    assert two.fit(two.next_seq)
    assert (one.first_seq, two.first_seq > 1) == (1, True)
    assert budget.used_bytes == one.size_bytes + two.size_bytes <= budget.max_bytes
    one.clear()
    two.clear()
    two.clear()
    assert budget.used_bytes == 0


def test_a_cleared_log_has_nothing() -> None:
    log = small_log(100)
    log.clear()
    assert (log.read(log.next_seq, 1), log.size_bytes) == ([], 0)
    with pytest.raises(CursorExpired):
        log.opening()
    with pytest.raises(CursorExpired):
        log.seek(START)


def test_the_budget_evicts_as_far_as_it_helps() -> None:
    logs: list[MemoryLog] = []

    def evict() -> bool:
        if logs:
            logs.pop(0).clear()
            return True
        return False

    budget = Budget(2 * LOG_BYTES, evict)
    logs += [new_log(budget=budget), new_log(budget=budget)]
    kept = new_log(budget=budget)
    assert (budget.excess_bytes(), len(logs)) == (0, 1)
    kept.append([Frame([TextDelta(0, "x" * 3 * LOG_BYTES)])])
    assert budget.excess_bytes() > 0
    assert not logs


def test_a_cursor_finds_what_follows_it() -> None:
    log = new_log()
    log.append(FRAMES)
    assert (log.seek(START), log.seek(log.cursor(7)), log.seek(Cursor(1, 400))) == (1, 8, 401)


def test_a_cursor_in_what_was_dropped_has_expired() -> None:
    log = small_log(100)
    assert log.seek(log.cursor(log.first_seq - 1)) == log.first_seq
    with pytest.raises(CursorExpired) as caught:
        log.seek(log.cursor(log.first_seq - 2))
    assert (caught.value.status, caught.value.code) == (410, "cursor_expired")


def test_another_producer_counts_on() -> None:
    log = new_log()
    log.append(FRAMES[:4])
    log.begin_epoch(2)
    log.append(FRAMES[4:])
    assert [log.cursor(seq) for seq in (0, 4, 5)] == [START, Cursor(1, 4), Cursor(2, 5)]
    assert log.seek(Cursor(2, 6)) == 7


def test_what_a_lost_producer_told_and_nobody_kept_is_not_waited_for() -> None:
    log = new_log()
    log.append(FRAMES[:4])
    log.begin_epoch(2)
    assert (log.seek(Cursor(1, 2)), log.seek(Cursor(1, 7))) == (3, 5)


def test_a_producer_that_never_was_is_refused() -> None:
    with pytest.raises(RequestError) as caught:
        new_log().seek(Cursor(2, 1))
    assert caught.value.status == 400


def test_its_size_is_near_the_memory_it_takes() -> None:
    log = new_log(1 << 24, Budget(1 << 24))
    tracemalloc.start()
    before_bytes, _ = tracemalloc.get_traced_memory()
    log.append([Frame([TextDelta(0, f"word{number}")], "plain/sse", b"x%d" % number * 40) for number in range(2000)])
    after_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.8 < (log.size_bytes - LOG_BYTES) / (after_bytes - before_bytes) < 1.25


def test_a_reader_within_a_frame_has_not_got_it() -> None:
    log = new_log()
    log.append(text_frames(["a"]))
    assert (log.seek(Cursor(1, 2, 1)), log.seek(Cursor(1, 2))) == (2, 3)
    log.begin_epoch(2)
    log.append(text_frames([]))
    assert (log.seek(Cursor(1, 5, 1)), log.cursor(3), log.cursor(4)) == (4, Cursor(1, 3), Cursor(2, 4))


USUALS = [Usual("w/sse", Around(b"<", b">"), block) for block in range(2)]


def test_of_usual_events_the_texts_are_kept_and_read_as_the_frames_they_were() -> None:
    log = new_log()
    log.append(FRAMES[:1])
    assert log.append_texts(USUALS[0], [b"a", b"b"])
    log.append(FRAMES[1:2])
    log.append_texts(USUALS[1], [b"c"])
    log.append_texts(USUALS[1], [b"d"])
    frames = [FRAMES[0], *map(USUALS[0].frame, [b"a", b"b"]), FRAMES[1], *map(USUALS[1].frame, [b"c", b"d"])]
    assert log.read(1, ROOM_BYTES) == frames
    assert [log.read(seq, 1) for seq in range(1, 7)] == [[frame] for frame in frames]


def test_what_is_kept_can_be_had_in_the_form_it_is_kept_in() -> None:
    log = new_log()
    log.append_texts(USUALS[0], [b"a", b"b"])
    log.append_texts(USUALS[1], [b"c"])
    log.append(FRAMES[:1])
    log.append_texts(USUALS[1], [b"d"])
    whole = [Texts(USUALS[0], [b"a", b"b"]), Texts(USUALS[1], [b"c"]), FRAMES[0], Texts(USUALS[1], [b"d"])]
    assert log.read_kept(1, ROOM_BYTES, 100) == (whole, 6)
    assert log.read_kept(2, ROOM_BYTES, 2) == ([Texts(USUALS[0], [b"b"]), Texts(USUALS[1], [b"c"])], 4)
    assert log.read_kept(3, 1, 100) == (whole[1:2], 4)
    assert log.read_kept(6, 1, 100) == ([], 6)


def test_what_was_dropped_cannot_be_had_in_any_form() -> None:
    log = new_log(LOG_BYTES + 80_000)
    log.append(FRAMES[:1])
    log.append_texts(USUALS[0], [b"%d " % number for number in range(2, 2000)])
    log.fit(log.next_seq)
    assert log.read_kept(log.first_seq, 1, 1)[0] == [Texts(USUALS[0], [b"%d " % log.first_seq])]
    with pytest.raises(CursorExpired):
        log.read_kept(log.first_seq - 1, 1, 1)


def test_texts_can_be_dropped_like_frames() -> None:
    log = new_log(LOG_BYTES + 80_000)
    log.append(FRAMES[:1])
    assert not log.append_texts(USUALS[0], [b"%d " % number for number in range(2000)])
    assert log.fit(log.next_seq)
    opening = log.opening()
    assert opening is not None
    frames = [opening, *log.read(log.first_seq, ROOM_BYTES)]
    told = fold(event for frame in frames for event in frame.events)
    assert told.choices[0].blocks[0].text == "".join(f"{number} " for number in range(2000))
    assert log.has_room


def test_a_text_takes_about_the_memory_it_counts_for() -> None:
    log = new_log()
    log.append_texts(USUALS[0], [b"."])
    counted_bytes = log.size_bytes
    tracemalloc.start()
    before_bytes, _ = tracemalloc.get_traced_memory()
    for number in range(5000):
        log.append_texts(USUALS[0], [b"w%07d" % number])
    took_bytes = tracemalloc.get_traced_memory()[0] - before_bytes
    tracemalloc.stop()
    assert 0.8 < took_bytes / (log.size_bytes - counted_bytes) < 1.25

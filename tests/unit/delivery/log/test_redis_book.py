"""One answer on its way into Redis: batches stay the same until they are answered for, and can be told again."""

from __future__ import annotations

from support.kept import Keeping

from sluiceway.delivery.log.redis_book import Batch, Book
from sluiceway.delivery.log.redis_codec import FrameDecoder
from sluiceway.engine import BATCH_DELTAS
from sluiceway.events import Frame, StreamError
from sluiceway.testing import text_frames
from sluiceway.usual import Around, Usual

USUAL = Usual("w/sse", Around(b"<", b">"))
FRAMES = text_frames([f"{number} " for number in range(200)])


class Writing:
    """A kept answer and its book."""

    def __init__(self, max_bytes: int = 1 << 20) -> None:
        self.keeping = Keeping()
        self.kept = self.keeping.begin([(1, [frame]) for frame in FRAMES])
        self.book = Book(self.kept, b"about", b"", max_bytes)

    def say(self, frames: int) -> None:
        self.keeping.clock.advance(frames)

    def write(self) -> Batch:
        batch = self.book.next_batch()
        self.book.settle(batch.first_seq + batch.count)
        return batch

    def write_all(self) -> list[Batch]:
        batches = []
        while self.book.is_behind:
            batches.append(self.write())
        return batches


def frames_of(batch: Batch) -> list[Frame]:
    return FrameDecoder().decode(batch.data)[1]


def test_what_is_under_way_stays_the_same_until_it_is_answered_for() -> None:
    writing = Writing()
    writing.say(3)
    first = writing.book.next_batch()
    writing.say(3)
    assert writing.book.next_batch() is first
    writing.book.settle(4)
    assert frames_of(writing.book.next_batch()) == FRAMES[3:6]


def test_nothing_new_is_a_batch_of_nothing() -> None:
    assert Writing().write() == Batch(1, 0, "", b"")


def test_a_batch_is_bounded_and_the_last_one_says_how_it_ended() -> None:
    writing = Writing()
    writing.say(300)
    batches = writing.write_all()
    assert [batch.count for batch in batches] == [64, 64, 64, 11]
    assert [batch.state for batch in batches] == ["", "", "", "done"]
    assert [frame for batch in batches for frame in frames_of(batch)] == writing.kept.log.read(1, 1 << 30)


def test_a_stopped_answer_and_a_failed_one_are_told_apart() -> None:
    stopped, failed = Writing(), Writing()
    stopped.say(3)
    failed.say(3)
    stopped.kept.generation.stop()
    failed.kept.generation.close(None)
    assert stopped.write().state == "stopped"
    assert failed.write().state == "error"


def test_it_goes_back_where_redis_says() -> None:
    writing = Writing()
    writing.say(10)
    writing.write()
    writing.book.settle(4)
    assert frames_of(writing.book.next_batch()) == FRAMES[3:10]


def test_a_redis_that_forgot_is_told_everything() -> None:
    writing = Writing()
    writing.say(300)
    writing.write_all()
    writing.book.forget()
    assert frames_of(writing.book.next_batch()) == FRAMES[:64]


def test_what_outgrows_the_limit_ends_in_an_error_and_is_over() -> None:
    writing = Writing(max_bytes=100)
    writing.say(300)
    batch = writing.write()
    assert batch.state == "error"
    assert [event.code for event in frames_of(batch)[0].events if isinstance(event, StreamError)] == [
        "answer_too_large"
    ]
    assert not writing.book.is_behind


def test_the_beginning_the_end_and_much_are_urgent() -> None:
    writing = Writing()
    urgent = []
    for frames in (1, 1, 70, 300):
        writing.say(frames)
        urgent.append(writing.book.is_urgent)
        writing.write()
    assert urgent == [True, False, True, True]


def test_where_there_is_nothing_yet_nothing_is_urgent() -> None:
    assert not Writing().book.is_urgent


def test_texts_of_the_lane_are_written_as_the_frames_they_are() -> None:
    writing = Writing()
    writing.say(1)
    writing.kept.log.append_texts(USUAL, [b"one ", b"two "])
    batch = writing.write()
    assert batch.count == 3
    assert frames_of(batch) == [FRAMES[0], USUAL.frame(b"one "), USUAL.frame(b"two ")]


def test_after_a_loss_it_is_told_again_what_stands_around_texts() -> None:
    writing = Writing()
    for text in (b"one ", b"two "):
        writing.kept.log.append_texts(USUAL, [text])
        writing.write()
    writing.book.rewind(2)
    assert frames_of(writing.book.next_batch()) == [USUAL.frame(b"two ")]


def test_who_is_watched_tells_of_each_delta() -> None:
    writing = Writing()
    writing.book.watch(is_watched=True)
    assert writing.kept.generation.lane.batch_deltas == 1
    writing.book.watch(is_watched=False)
    assert writing.kept.generation.lane.batch_deltas == BATCH_DELTAS


def test_an_end_that_somebody_else_wrote_is_an_end() -> None:
    writing = Writing()
    writing.say(1)
    writing.book.finish()
    writing.book.offer([])
    assert not writing.book.is_behind

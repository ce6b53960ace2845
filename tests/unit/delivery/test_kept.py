from __future__ import annotations

from typing import Any

import pytest
from support.generations import PlainEncoder
from support.kept import Keeping, Recorder, follow
from support.lanes import Traffic, content_of

from sluiceway.delivery.follower import Follower
from sluiceway.delivery.generation import Ending
from sluiceway.delivery.kept import KeptGeneration
from sluiceway.delivery.log.memory import LOG_BYTES
from sluiceway.delivery.patches import PatchEncoder
from sluiceway.delivery.reader import Limits, Reader
from sluiceway.delivery.shelf import ShelfLimits
from sluiceway.engine import BATCH_DELTAS
from sluiceway.events import Frame
from sluiceway.testing import Step, text_frames
from sluiceway.usual import Around, Usual

WORDS = [f"{number} " for number in range(10)]
TEXT = "".join(WORDS) + "."
SCRIPT: list[Step] = [(1, [frame]) for frame in text_frames(WORDS)]
BIG: list[Step] = [(1, [Frame(frame.events, "plain/sse", b"x" * 2000)]) for frame in text_frames(WORDS)]
TIGHT = ShelfLimits(log_max_bytes=LOG_BYTES + 10_000)


def test_what_arrives_is_kept_and_told() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT)
    recorder = Recorder(kept)
    keeping.clock.advance(3)
    assert (recorder.text, kept.log.next_seq, kept.log.is_ended) == ("0 1 ", 4, False)
    keeping.clock.advance(20)
    assert (recorder.text, recorder.is_over, kept.log.is_ended) == (TEXT, True, True)
    assert keeping.generation.ending is Ending.COMPLETE


def test_several_readers_are_told_the_same_whenever_they_come() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT)
    recorders = [Recorder(kept)]
    for _ in range(13):
        keeping.clock.advance(1)
        recorders.append(Recorder(kept))
    assert {recorder.text for recorder in recorders} == {TEXT}


def test_a_slow_reader_holds_up_nobody() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT)
    slow, quick = Recorder(kept), Recorder(kept)
    slow.is_slow = True
    keeping.clock.advance(20)
    assert (slow.text, quick.text, keeping.call.actions) == ("", TEXT, [])
    slow.is_slow = False
    slow.read()
    assert slow.text == TEXT


def test_a_reader_that_falls_behind_what_is_kept_is_told_so() -> None:
    keeping = Keeping(TIGHT)
    kept = keeping.begin(BIG)
    slow, quick = Recorder(kept), Recorder(kept)
    keeping.clock.advance(2)
    slow.is_slow = True
    keeping.clock.advance(20)
    slow.is_slow = False
    slow.read()
    assert (slow.text, quick.text) == ("0 [cursor_expired]", TEXT)
    assert (slow.is_over, slow.reader.generation.ending) == (True, Ending.READER_TOO_SLOW)
    assert keeping.generation.ending is Ending.COMPLETE


def test_the_engine_is_paused_only_when_nobody_has_read_what_would_be_dropped() -> None:
    keeping = Keeping(TIGHT)
    kept = keeping.begin(BIG)
    one, other = Recorder(kept), Recorder(kept)
    one.is_slow = other.is_slow = True
    keeping.clock.advance(20)
    assert keeping.call.actions == ["pause"]
    assert kept.log.size_bytes < TIGHT.log_max_bytes + 4000
    other.is_slow = False
    other.read()
    keeping.clock.advance(20)
    assert (keeping.call.actions[:2], other.text) == (["pause", "resume"], TEXT)


def test_the_engine_goes_on_when_the_slow_reader_left() -> None:
    keeping = Keeping(TIGHT)
    slow = Recorder(keeping.begin(BIG))
    slow.is_slow = True
    keeping.clock.advance(20)
    slow.leave()
    keeping.clock.advance(20)
    assert keeping.generation.ending is Ending.COMPLETE


def test_without_readers_it_folds_what_it_cannot_keep() -> None:
    keeping = Keeping(TIGHT)
    kept = keeping.begin(BIG)
    keeping.clock.advance(20)
    assert kept.log.first_seq > 1
    assert Recorder(kept).text == TEXT


def test_an_answer_that_cannot_even_be_folded_is_stopped_when_nobody_reads_it() -> None:
    keeping = Keeping(TIGHT)
    words = ["x" * 3000] * 10
    kept = keeping.begin([(1, [frame]) for frame in text_frames(words)])
    keeping.clock.advance(20)
    assert (keeping.generation.ending, keeping.call.is_aborted) == (Ending.READER_GONE, True)
    assert Recorder(kept).text.endswith("[answer_too_large]")


def test_an_answer_that_cannot_even_be_folded_goes_on_for_who_reads_it() -> None:
    keeping = Keeping(TIGHT)
    words = ["x" * 3000] * 10
    recorder = Recorder(keeping.begin([(1, [frame]) for frame in text_frames(words)]))
    keeping.clock.advance(20)
    assert recorder.text == "".join(words) + "."


def test_an_answer_that_nobody_reads_goes_on_when_others_take_all_the_memory() -> None:
    keeping = Keeping(ShelfLimits(max_bytes=3 * LOG_BYTES))
    hog = keeping.begin([(1, [Frame([], "", b"x" * 20_000)])], name="hog")
    Recorder(hog).is_slow = True
    kept = keeping.begin(SCRIPT)
    keeping.clock.advance(20)
    assert keeping.generation.ending is Ending.COMPLETE
    assert (Recorder(kept).text, kept.log.first_seq) == (TEXT, kept.log.next_seq)


def test_by_default_it_stops_with_its_last_reader() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT, grace_s=0)
    one, other = Recorder(kept), Recorder(kept)
    keeping.clock.advance(3)
    one.leave()
    one.leave()
    assert not keeping.call.is_aborted
    other.leave()
    assert (keeping.call.is_aborted, keeping.generation.ending) == (True, Ending.READER_GONE)
    assert Recorder(kept).text == "0 1 [nobody_reads]"


def test_a_grace_waits_for_a_reader_to_come_back() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT, grace_s=5)
    Recorder(kept).leave()
    keeping.clock.advance(4)
    back = Recorder(kept, after_seq=3)
    keeping.clock.advance(20)
    assert back.text == TEXT[len("0 1 ") :]


def test_a_grace_ends() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT, grace_s=5.2)
    Recorder(kept).leave()
    keeping.clock.advance(5)
    assert keeping.generation.ending is None
    keeping.clock.advance(1)
    assert keeping.call.actions == ["abort"]
    assert Recorder(kept).text == "0 1 2 3 [nobody_reads]"


def test_a_grace_is_forgotten_when_the_answer_ends_within_it() -> None:
    keeping = Keeping()
    Recorder(keeping.begin(SCRIPT, grace_s=500)).leave()
    keeping.clock.advance(20)
    assert (keeping.generation.ending, keeping.over) == (Ending.COMPLETE, ["gen-1"])
    assert keeping.clock.next_due_at == pytest.approx(12 + 600)


def test_an_answer_may_need_no_reader() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT)
    keeping.clock.advance(20)
    assert Recorder(kept).text == TEXT


def test_stopping_ends_it_honestly_for_all() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT)
    one, other = Recorder(kept), Recorder(kept)
    keeping.clock.advance(3)
    keeping.generation.stop()
    assert (one.text, other.text, one.is_over) == ("0 1 .", "0 1 .", True)
    assert (keeping.generation.ending, Recorder(kept).text) == (Ending.STOPPED, "0 1 .")


def test_a_broken_answer_says_so_to_all() -> None:
    keeping = Keeping()
    recorder = Recorder(keeping.begin(SCRIPT[:3]))
    keeping.clock.advance(20)
    assert recorder.text == "0 1 [engine_unavailable]"
    assert recorder.reader.generation.error is keeping.generation.error


def test_without_a_reader_it_says_only_so_many_tokens() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT, max_alone_tokens=3)
    recorder = Recorder(kept)
    keeping.clock.advance(3)
    recorder.leave()
    keeping.clock.advance(3)
    assert keeping.call.actions == []
    keeping.clock.advance(1)
    assert keeping.call.actions == ["abort"]
    assert Recorder(kept).text == "0 1 2 3 4 5 [nobody_reads]"


def test_what_ends_with_more_tokens_than_it_may_say_to_nobody_has_one_ending() -> None:
    keeping = Keeping()
    start, *rest = text_frames(WORDS)
    kept = keeping.begin([(1, [start]), (1, rest)], max_alone_tokens=3)
    Recorder(kept).leave()
    keeping.clock.advance(3)
    assert (keeping.generation.ending, Recorder(kept).text) == (Ending.COMPLETE, TEXT)


def test_what_it_said_to_nobody_is_forgotten_when_a_reader_comes_back() -> None:
    keeping = Keeping()
    kept = keeping.begin(SCRIPT, max_alone_tokens=3)
    for _ in range(3):
        recorder = Recorder(kept)
        recorder.leave()
        keeping.clock.advance(3)
    assert (keeping.generation.ending, kept.follower_count) == (None, 0)


USUAL = Usual("plain/sse", Around(b"<", b">"))


class Socket:
    """Takes what a reader of a kept answer is told, past the pump where it can."""

    def __init__(self, kept: KeptGeneration) -> None:
        self.told = b""
        self.reader = follow(kept)
        self.reader.listen(self.read)
        self.reader.open_lane(self)

    def read(self) -> None:
        """Take what waits."""
        self.told += self.reader.take()

    def write_chunk(self, chunk: bytes) -> None:
        """Take what comes on the lane."""
        self.told += content_of(chunk)


def send(keeping: Keeping, *texts: bytes) -> bool:
    """Send texts along the lane, and return whether there was a way."""
    return Traffic(keeping.generation.lane, keeping.clock.time).send(USUAL, *texts)


def begun(keeping: Keeping, **terms: Any) -> KeptGeneration:
    """Return an answer that has said one word of its script."""
    kept = keeping.begin(SCRIPT, **terms)
    keeping.clock.advance(2)
    return kept


def test_usual_events_go_past_the_pump_to_all_who_follow_and_are_kept() -> None:
    keeping = Keeping()
    kept = begun(keeping)
    sockets = [Socket(kept), Socket(kept)]
    assert send(keeping, b"a", b"b")
    assert [socket.told for socket in sockets] == [b"0 ab"] * 2
    assert kept.log.read(3, 1 << 20) == [USUAL.frame(b"a"), USUAL.frame(b"b")]
    assert Socket(kept).told == b"0 ab"


def test_they_are_kept_also_while_nobody_follows() -> None:
    keeping = Keeping()
    kept = begun(keeping)
    assert send(keeping, b"a")
    assert Socket(kept).told == b"0 a"


def test_what_went_by_is_kept_in_batches_or_when_somebody_looks() -> None:
    keeping = Keeping()
    kept = begun(keeping)
    log = kept.log
    traffic = Traffic(keeping.generation.lane, keeping.clock.time)
    for _ in range(BATCH_DELTAS - 1):
        traffic.send(USUAL, b"a")
    assert log.next_seq == 3
    assert kept.log.next_seq == BATCH_DELTAS + 2
    for _ in range(BATCH_DELTAS):
        traffic.send(USUAL, b"b")
    assert log.next_seq == 2 * BATCH_DELTAS + 2


def test_a_follower_who_leaves_the_lane_goes_on_behind_what_it_was_told_there() -> None:
    keeping = Keeping()
    kept = begun(keeping)
    socket = Socket(kept)
    send(keeping, b"a")
    socket.reader.open_lane(None)
    assert not send(keeping, b"b")
    keeping.clock.advance(100)
    assert socket.told == b"0 a" + TEXT[2:].encode()


def test_a_follower_who_must_see_all_events_has_them_go_the_long_way() -> None:
    keeping = Keeping()
    kept = begun(keeping)
    Socket(kept)
    Recorder(kept)
    assert keeping.generation.lane.lead is None


def test_an_encoder_that_must_see_all_events_has_them_go_the_long_way() -> None:
    keeping = Keeping()
    kept = begun(keeping)
    socket = Socket(kept)
    socket.reader.open_lane(None)
    follower = Follower(kept)
    Reader(follower, PatchEncoder(PlainEncoder()), Limits(), kept.clock.time).open_lane(socket)
    follower.take()
    socket.reader.open_lane(socket)
    assert keeping.generation.lane.lead is not None
    assert not send(keeping, b"a")


def test_an_answer_that_may_go_on_alone_for_so_many_tokens_is_counted_the_long_way() -> None:
    keeping = Keeping()
    socket = Socket(begun(keeping, max_alone_tokens=3))
    socket.reader.generation.leave()
    assert keeping.generation.lane.lead is None


def test_what_outgrows_the_log_on_the_lane_drops_its_front() -> None:
    keeping = Keeping(TIGHT)
    kept = begun(keeping)
    socket = Socket(kept)
    for _ in range(100):
        assert send(keeping, b"x" * 1000)
        keeping.clock.advance(0)
    assert (kept.log.first_seq > 50, kept.log.has_room, len(socket.told)) == (True, True, 100_002)


def test_whoever_writes_the_log_elsewhere_hears_of_what_went_by() -> None:
    keeping = Keeping()
    kept = begun(keeping)
    grown: list[int] = []
    kept.on_growth = lambda: grown.append(kept.log.next_seq)
    kept.watch(is_watched=True)
    send(keeping, b"a", b"b")
    assert grown == [5]

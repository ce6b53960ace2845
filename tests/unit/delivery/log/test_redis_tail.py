"""What Redis says of an answer, and a tail that is fed all that a Redis may say; the rest is in ``test_replicas``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from support.wait import until

from sluiceway.clock import LoopClock
from sluiceway.delivery.log.redis_codec import encode_frames
from sluiceway.delivery.log.redis_link import Command, Outcome
from sluiceway.delivery.log.redis_scripts import APPEND, LISTEN, OPEN
from sluiceway.delivery.log.redis_tail import LogState, LogTail, decode_state
from sluiceway.delivery.log.redis_writer import ring
from sluiceway.errors import LogUnavailable, ProducerLost
from sluiceway.events import Frame, StreamEnd, StreamError, TextDelta
from sluiceway.testing import FakeClock, RecordingSink

FRAMES = [Frame([TextDelta(0, "a")]), Frame([TextDelta(0, "b")]), Frame([StreamEnd()])]
DATA = encode_frames(1, FRAMES)
AWAY = LogUnavailable("away")
LOST = Frame([StreamError("producer_lost", "gone")])
RUNS = b"ok 1 3 run 3000 other"
LAPSED = b"ok 1 3 run -5 other"
TWO: Outcome = [[b"1-2", [b"d", encode_frames(1, FRAMES[:2])]]]
ALL: Outcome = [[b"1-3", [b"d", DATA]]]
NONE: Outcome = []


def tail(sink: RecordingSink, state: Outcome, entries: Outcome) -> LogTail:
    async def run(commands: Sequence[Command]) -> list[Outcome]:
        return [state, entries][: len(commands)]

    return LogTail("gen-1", "me", run, lambda _key: 100.0, LoopClock(), sink, lambda *_: None)


class Watched:
    """A tail that looks when a test says so, at what the test says; nobody waits for real time.

    Attributes:
        scripts: the digests of the scripts that were run.
        sent: every command.
        turns: what was told of other producers.
    """

    def __init__(self, *, well_for_s: float = 100.0) -> None:
        self.clock = FakeClock()
        self.sink = RecordingSink()
        self.scripts: list[str] = []
        self.sent: list[bytes] = []
        self.turns: list[tuple[int, int]] = []
        self.replies: list[Outcome] = []
        self.tail = LogTail(
            "gen-1",
            "me",
            self._run,
            lambda _key: well_for_s,
            self.clock,
            self.sink,
            lambda *turn: self.turns.append(turn),
        )
        assert self.tail._task is not None
        self.tail._task.cancel()

    async def _run(self, commands: Sequence[Command]) -> list[Outcome]:
        names = {script.digest: name for name, script in (("open", OPEN), ("append", APPEND), ("listen", LISTEN))}
        for command in commands:
            self.sent.append(command.data)
            self.scripts += [name for digest, name in names.items() if digest in command.data]
        told, self.replies = self.replies[: len(commands)], self.replies[len(commands) :]
        return told

    async def look(self, *replies: Outcome) -> float | None:
        """Have it look, and Redis answer so."""
        self.replies = list(replies)
        return await self.tail._look()

    async def oversleep(self, seconds: float) -> None:
        """Have the whole process stand still while the tail waits."""
        waiting = asyncio.create_task(self.tail._sleep(1.0))
        await asyncio.sleep(0)
        self.clock.advance(1.0 + seconds)
        self.tail.ring()
        await waiting


def test_a_reply_says_how_far_an_answer_is_and_who_has_it() -> None:
    assert decode_state(b"ok 2 8 run -5 other 2-7") == LogState(2, 8, "run", -0.005, "other", [(2, 7)])
    assert decode_state(b"gone") is None
    assert LogState(1, 1, "done", 0, "", []).is_over


@pytest.mark.parametrize(
    "outcome",
    [b"", b"nonsense", None, 7, AWAY, b"ok x 8 run 5 other", b"ok 1 8 run 5 other 2", b"ok 1 8 run 5 \xff"],
)
def test_any_other_reply_is_none(outcome: Outcome) -> None:
    with pytest.raises(LogUnavailable):
        decode_state(outcome)


async def test_a_tail_tells_all_there_is_and_ends() -> None:
    sink = RecordingSink()
    tail(sink, b"ok 1 4 done 0 other", ALL)
    assert await sink.ended() is None
    assert sink.frames == FRAMES


@pytest.mark.parametrize(
    "entries",
    [
        [[b"1-9", [b"d", encode_frames(7, FRAMES)]]],
        [[b"1-2", [b"d", DATA]]],
        [b"x"],
        [[b"1-3", [b"d", b""]]],
        [[b"1", [b"d", DATA]]],
        [[b"one-3", [b"d", DATA]]],
        [[b"1-3", [b"d", DATA, b"e", DATA]]],
    ],
)
async def test_what_has_a_hole_or_makes_no_sense_ends_in_an_error(entries: Outcome) -> None:
    sink = RecordingSink()
    tail(sink, b"ok 1 4 done 0 other", entries)
    assert isinstance(await sink.ended(), LogUnavailable)


async def test_an_aborted_tail_says_nothing_more() -> None:
    sink = RecordingSink()
    running = tail(sink, b"ok 1 4 run 3000 other", NONE)
    running.pause()
    running.resume()
    running.ring()
    task = running._task
    assert task is not None
    running.abort()
    running.abort()
    await until(task.done)
    assert sink.closings == []


async def test_a_paused_tail_takes_nothing_and_counts_as_a_reader_still() -> None:
    it = Watched()
    it.replies = [RUNS] * 100
    it.tail.pause()
    waiting = asyncio.create_task(it.tail._have_room())
    await until(lambda: it.scripts.count("listen") > 0)
    it.tail.resume()
    await waiting
    assert it.sink.frames == []


async def test_what_is_written_again_is_not_told_again() -> None:
    it = Watched()
    assert await it.look(RUNS, TWO)
    assert await it.look(b"ok 1 2 run 3000 other", NONE)  # Redis has lost it, and is being told again
    assert await it.look(b"ok 1 4 done 0 other", ALL) is None
    assert it.sink.frames == FRAMES


async def test_what_came_between_its_two_questions_is_looked_at_again() -> None:
    it = Watched()
    assert await it.look(b"ok 1 2 run 3000 other", TWO) == 0


async def test_an_end_that_takes_the_place_of_what_a_failover_forgot_is_told() -> None:
    it = Watched()
    await it.look(RUNS, TWO)
    ended: Outcome = [[b"2-2", [b"d", encode_frames(2, [LOST])]]]
    assert await it.look(b"ok 2 3 error 0 third 2-2", ended) is None
    assert it.sink.frames == [*FRAMES[:2], LOST]
    assert it.turns == [(2, 3)]


async def test_who_dies_behind_a_failover_that_forgot_is_ended_too() -> None:
    it = Watched()
    await it.look(RUNS, TWO)
    assert await it.look(b"ok 1 2 run -5 other", NONE, b"ok 2 2", b"ok 3 -") == 0
    assert it.scripts[-2:] == ["open", "append"]


async def test_a_log_whose_frames_are_gone_is_waited_for_and_given_up() -> None:
    it = Watched()
    for _ in range(2):
        assert await it.look(b"ok 1 3 done 0 other", NONE) == 0.25
    it.clock.advance(6)
    with pytest.raises(LogUnavailable, match="not kept"):
        await it.look(b"ok 1 3 done 0 other", NONE)


async def test_an_answer_that_nobody_knows_is_waited_for_and_given_up() -> None:
    it = Watched()
    assert await it.look(b"gone", NONE) == 0.25
    it.clock.advance(6)
    with pytest.raises(LogUnavailable, match="not kept"):
        await it.look(b"gone", NONE)


@pytest.mark.parametrize("replies", [(AWAY, AWAY), (RUNS, AWAY)])
async def test_a_redis_that_is_away_is_waited_for_and_given_up(replies: Sequence[Outcome]) -> None:
    it = Watched()
    assert await it.look(*replies) == 0.25
    it.clock.advance(31)
    with pytest.raises(LogUnavailable, match="away"):
        await it.look(*replies)


async def test_a_lease_that_could_not_be_renewed_while_redis_was_away_is_waited_for() -> None:
    it = Watched(well_for_s=2.5)
    assert await it.look(LAPSED, TWO) == pytest.approx(0.52)
    assert "open" not in it.scripts


async def test_who_did_not_run_itself_does_not_take_others_for_dead() -> None:
    it = Watched()
    await it.look(RUNS, TWO)
    await it.oversleep(4)
    assert await it.look(LAPSED, NONE) == 1
    it.clock.advance(3.5)
    assert await it.look(LAPSED, NONE, b"held") == 0
    assert it.scripts[-1] == "open"


async def test_who_wakes_nearly_in_time_does() -> None:
    it = Watched()
    await it.look(RUNS, TWO)
    await it.oversleep(0.5)
    assert await it.look(LAPSED, NONE, b"held") == 0


@pytest.mark.parametrize(("reply", "wait_s"), [(b"held", 0), (b"over error", 0), (b"gone", 0), (AWAY, 0.25)])
async def test_who_cannot_end_an_answer_looks_again(reply: Outcome, wait_s: float) -> None:
    it = Watched()
    assert await it.look(LAPSED, TWO, reply) == wait_s
    assert it.scripts[-1] == "open"


async def test_a_taken_over_answer_ends_in_one_error_whose_code_says_so() -> None:
    it = Watched()
    await it.look(LAPSED, TWO, b"ok 2 3", AWAY)
    assert ProducerLost.code.encode() in it.sent[-1]


async def test_who_takes_an_answer_over_rings_the_others_that_read_along() -> None:
    it = Watched()
    await it.look(LAPSED, TWO, b"ok 2 3", b"ok 4 - me other third")
    assert it.sent[-2:] == [ring(name, b"grown", b"gen-1").data for name in (b"other", b"third")]
    assert b"sw:in:me" not in b"".join(it.sent)

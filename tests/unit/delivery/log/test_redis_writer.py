"""The writer's clockwork, against a Redis that is a list of what it was told; the rest is in ``test_replicas``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest_asyncio
from support.kept import Keeping, Recorder
from support.lanes import Traffic
from support.wait import until

from sluiceway.clock import LoopClock
from sluiceway.delivery.log.redis_link import Command, Outcome
from sluiceway.delivery.log.redis_scripts import APPEND
from sluiceway.delivery.log.redis_writer import LogWriter, ring
from sluiceway.errors import LogUnavailable
from sluiceway.testing import FakeClock, text_frames
from sluiceway.usual import Around, Usual


class Desk:
    """Answers commands by their kind."""

    def __init__(self) -> None:
        self.told: list[bytes] = []
        self.reply: Outcome = LogUnavailable("away")

    async def run(self, commands: Sequence[Command]) -> list[Outcome]:
        self.told += [command.data for command in commands]
        return [self.reply for _ in commands]


@pytest_asyncio.fixture
async def desk() -> Desk:
    return Desk()


@pytest_asyncio.fixture
async def writer(desk: Desk) -> AsyncIterator[LogWriter]:
    writer = LogWriter(desk.run, "me", LoopClock(), 60)
    writer.open()
    yield writer
    await writer.close(0.01)
    await writer.close(0.01)


async def test_while_redis_is_away_readers_go_on_and_it_is_asked_again(desk: Desk, writer: LogWriter) -> None:
    keeping = Keeping()
    kept = keeping.begin([(1, [frame]) for frame in text_frames(["a", "b", "c"])])
    reader = Recorder(kept)
    writer.add(kept, b"about", b"name", 1 << 20)
    keeping.clock.advance(100)
    assert reader.text == "abc."
    await until(lambda: sum(b"about" in command for command in desk.told) >= 2)


async def test_an_answer_that_is_unknown_here_is_nothing_to_stop_or_to_look_at(writer: LogWriter) -> None:
    writer.stop("gen-none")
    writer.look("gen-none")
    writer.remove("gen-none")


async def test_what_is_removed_is_written_no_more(desk: Desk, writer: LogWriter) -> None:
    keeping = Keeping()
    kept = keeping.begin([(1, [frame]) for frame in text_frames(["a"])])
    writer.add(kept, b"about", b"", 1 << 20)
    writer.remove("gen-1")
    assert kept.on_growth is None
    keeping.clock.advance(100)
    await until(lambda: bool(desk.told))
    assert not any(b"about" in command for command in desk.told)


async def test_who_has_nothing_to_say_asks_each_second_whether_to_stop(desk: Desk) -> None:
    clock = FakeClock()
    writer = LogWriter(desk.run, "me", clock, 60)
    desk.reply = b"ok 2 -"
    writer.open()
    keeping = Keeping()
    kept = keeping.begin([(1, text_frames(["a"])[:1]), (1000, [])])
    clock.advance(0.15)  # out of step with the writer's own beat
    writer.add(kept, b"about", b"", 1 << 20)
    keeping.clock.advance(1)
    clock.advance(0)
    await until(lambda: sum(b"gen-1" in command for command in desk.told) > 0)
    for _ in range(3):
        written = sum(b"gen-1" in command for command in desk.told)
        clock.advance(1.0)
        await until(lambda written=written: sum(b"gen-1" in command for command in desk.told) > written)  # type: ignore[misc]
    await writer.close(0.01)


class Scribe(Desk):
    """Takes what it is told as Redis does.

    Attributes:
        written: of each write the number of its first frame, how many there were, and whether it renewed the lease.
    """

    def __init__(self) -> None:
        super().__init__()
        self.written: list[tuple[int, int, bool]] = []

    async def run(self, commands: Sequence[Command]) -> list[Outcome]:
        return [self._reply(command.data.split(b"\r\n")[2::2]) for command in commands]

    def _reply(self, words: list[bytes]) -> Outcome:
        if words[1] != APPEND.digest:
            return b"ok 1 1"
        first_seq, count = int(words[7]), int(words[8])
        self.written.append((first_seq, count, b"3000" in words))
        return b"ok %d - " % (first_seq + count)


USUAL = Usual("w/sse", Around(b"<", b">"))


class Working:
    """A writer at work on an answer whose tokens go by on the lane; time is moved by hand."""

    def __init__(self) -> None:
        self.scribe = Scribe()
        self.clock = FakeClock()
        self.writer = LogWriter(self.scribe.run, "me", self.clock, 60)
        self.writer.open()
        self.keeping = Keeping()
        self.kept = self.keeping.begin([(1000, [])])
        self.lane = self.kept.generation.lane
        self.traffic = Traffic(self.lane, self.clock.time)
        self.writer.add(self.kept, b"about", b"", 1 << 20)

    def say(self, text: bytes) -> None:
        assert self.traffic.send(USUAL, text)

    async def write(self, after_s: float = 0.05) -> tuple[int, int, bool]:
        """Let time pass, and return what is written then."""
        count = len(self.scribe.written)
        self.clock.advance(after_s)
        await until(lambda: len(self.scribe.written) > count)
        return self.scribe.written[-1]


@pytest_asyncio.fixture
async def working() -> AsyncIterator[Working]:
    working = Working()
    yield working
    await working.writer.close(0.01)


async def test_tokens_of_a_window_are_written_together_and_only_the_first_is_noticed(working: Working) -> None:
    working.say(b"one ")
    assert await working.write(0) == (1, 1, True)
    working.clock.advance(0.05)
    await until(lambda: working.lane.batch_deltas == 1)  # it had nothing to say
    for text in (b"two ", b"three ", b"four "):
        working.say(text)
    assert working.lane.passed == [b"three ", b"four "]
    assert await working.write() == (2, 3, False)


async def test_who_goes_on_is_looked_at_window_by_window_and_renews_its_lease_twice_a_second(
    working: Working,
) -> None:
    working.say(b"one ")
    await working.write(0)
    for number in range(2, 26):
        working.say(b"more ")
        assert (await working.write())[:2] == (number, 1)
    renewals = [first_seq for first_seq, _, is_renewed in working.scribe.written if is_renewed]
    assert renewals == [1, 11, 21]


async def test_the_end_is_written_at_once(working: Working) -> None:
    working.say(b"one ")
    await working.write(0)
    working.say(b"two ")
    working.kept.generation.stop()
    assert (await working.write(0))[:2] == (2, 2)


async def test_before_its_first_token_an_answer_is_made_known(working: Working) -> None:
    assert await working.write(0.01) == (1, 0, True)


def test_a_ring_names_the_answers_it_is_about() -> None:
    assert b"grown gen-1 gen-2" in ring(b"other", b"grown", b"gen-1", b"gen-2").data

"""The writer's clockwork, against a Redis that is a list of what it was told; the rest is in ``test_replicas``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest_asyncio
from support.kept import Keeping, Recorder
from support.wait import until

from sluiceway.clock import LoopClock
from sluiceway.delivery.log.redis_link import Command, Outcome
from sluiceway.delivery.log.redis_writer import LogWriter, ring
from sluiceway.errors import LogUnavailable
from sluiceway.testing import FakeClock, text_frames


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


def test_a_ring_names_the_answers_it_is_about() -> None:
    assert b"grown gen-1 gen-2" in ring(b"other", b"grown", b"gen-1", b"gen-2").data

"""A log in Redis whatever happens to it: its replies get lost, it forgets, its producer is taken for dead.

The model is the list of what was said. Two producers: the one that has the answer, and a replica that ends it when
the first seems to be gone. Three readers of another replica, who look when they are told to.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest_asyncio
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from support.kept import Keeping
from support.redisserver import RedisServer, running_redis
from support.wait import until

from sluiceway.clock import LoopClock
from sluiceway.delivery.kept import KeptGeneration
from sluiceway.delivery.log.redis_address import decode_redis_url
from sluiceway.delivery.log.redis_link import Command, Outcome, RedisLink
from sluiceway.delivery.log.redis_scripts import Keys
from sluiceway.delivery.log.redis_tail import LogTail
from sluiceway.delivery.log.redis_wire import encode_command
from sluiceway.delivery.log.redis_writer import LogWriter
from sluiceway.errors import LogUnavailable
from sluiceway.events import Frame, StreamError
from sluiceway.testing import FakeClock, RecordingSink, text_frames

WORDS = [f"{number} " for number in range(60)]
_names = itertools.count(1)


@pytest_asyncio.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with running_redis(tmp_path, is_durable=False) as server:
        yield server


class LogMachine(RuleBasedStateMachine):
    """One answer."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.link = RedisLink(decode_redis_url(url), LoopClock(), lambda: None)
        self.loop.run_until_complete(self.link.open())
        self.loses_replies = False
        self.keeping = Keeping()
        self.name = f"gen-{next(_names)}"
        self.keys = Keys.of(self.name)
        self.clock = FakeClock()
        self.kept: KeptGeneration = self.keeping.begin([(1, [frame]) for frame in text_frames(WORDS)], name=self.name)
        self.writer = LogWriter(self.run, "one", self.clock, 60)
        self.writer.add(self.kept, b"about", b"", 1 << 20)
        self.sinks = [RecordingSink() for _ in range(3)]
        self.tails: list[LogTail] = []

    async def ask(self, commands: Sequence[Command]) -> list[Outcome]:
        """Run commands, and again until Redis has answered: a machine under load is none of the faults tried here."""
        outcomes: list[Outcome] = []

        async def is_answered() -> bool:
            outcomes[:] = await self.link.run(commands)
            return not any(isinstance(outcome, LogUnavailable) for outcome in outcomes)

        await until(is_answered, 30)
        return outcomes

    async def run(self, commands: Sequence[Command]) -> list[Outcome]:
        """Run commands; their replies may get lost."""
        outcomes = await self.ask(commands)
        return [LogUnavailable("lost")] * len(outcomes) if self.loses_replies else outcomes

    def redis(self, *words: bytes) -> Outcome:
        (outcome,) = self.loop.run_until_complete(self.ask([Command(self.keys.meta, encode_command(*words))]))
        return outcome

    @initialize()
    def come(self) -> None:
        async def begin() -> None:
            for number, sink in enumerate(self.sinks):
                tail = LogTail(
                    self.name,
                    f"replica-{number}",
                    self.ask,
                    lambda _key: 100.0,
                    self.clock,
                    sink,
                    lambda *_: None,
                )
                assert tail._task is not None
                tail._task.cancel()  # it looks when it is told to
                self.tails.append(tail)

        self.loop.run_until_complete(begin())

    @property
    def said(self) -> list[Frame]:
        return self.kept.log.read(1, 1 << 30)

    @rule(words=st.integers(1, 9))
    def say(self, words: int) -> None:
        self.keeping.clock.advance(words)

    @rule()
    def write(self) -> None:
        self.loop.run_until_complete(self.writer._write(list(self.writer._books.values())))

    @rule()
    def write_without_hearing_of_it(self) -> None:
        self.loses_replies = True
        self.write()
        self.loses_replies = False

    @rule(number=st.integers(0, 2))
    def look(self, number: int) -> None:
        if not self.tails[number]._seq or not self.is_over(number):
            self.loop.run_until_complete(self.tails[number]._look())

    @rule()
    def forget_scripts(self) -> None:
        self.redis(b"SCRIPT", b"FLUSH")

    @rule()
    def forget_everything(self) -> None:
        self.redis(b"FLUSHALL")

    @rule(number=st.integers(0, 2))
    def take_the_producer_for_dead(self, number: int) -> None:
        if self.redis(b"EXISTS", self.keys.meta):
            self.redis(b"HSET", self.keys.meta, b"lease", b"1")
            self.look(number)

    def is_over(self, number: int) -> bool:
        frames = self.sinks[number].frames
        return bool(frames) and any(
            type(event).__name__ in {"StreamEnd", "StreamError"} for event in frames[-1].events
        )

    @invariant()
    def every_reader_has_a_beginning_of_what_was_said_and_perhaps_one_error(self) -> None:
        said = self.said
        for sink in self.sinks:
            frames = sink.frames
            errors = [frame for frame in frames if any(isinstance(event, StreamError) for event in frame.events)]
            told = frames[: len(frames) - len(errors)]
            assert told == said[: len(told)]
            assert len(errors) <= 1
            assert not errors or errors[0] is frames[-1]

    def teardown(self) -> None:
        try:
            self.finish()
        finally:
            self.loop.run_until_complete(self.link.close())
            self.loop.run_until_complete(asyncio.sleep(0))
            self.loop.close()

    def finish(self) -> None:
        """Have everything said, written and looked at."""
        self.keeping.clock.advance(100)
        for _ in range(6):
            self.write()
        for number in range(len(self.tails)):
            for _ in range(20):
                self.look(number)
        self.every_reader_has_a_beginning_of_what_was_said_and_perhaps_one_error()
        assert all(self.is_over(number) for number in range(len(self.tails)))


async def test_whatever_happens_nobody_is_told_twice_or_wrongly_and_everybody_is_told_an_end(
    redis: RedisServer,
) -> None:
    options = settings(
        max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    machine: Any = lambda: LogMachine(redis.url)  # noqa: E731 - what makes one will do
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=options)

from __future__ import annotations

import asyncio

from support.generations import PlainEncoder, begin
from support.wait import until

from sluiceway.delivery.patrol import Patrol
from sluiceway.delivery.reader import Limits, Reader
from sluiceway.testing import FakeClock

INTERVAL_S = 0.001


def silent_reader(clock: FakeClock) -> Reader:
    generation, _ = begin([(1000, [])], clock)
    return Reader(generation, PlainEncoder(), Limits(heartbeat_s=5), clock.time)


async def beat(reader: Reader) -> None:
    await asyncio.wait_for(reader.wait(), 5)
    assert reader.take() == b"~"


async def test_it_looks_after_every_reader_again_and_again() -> None:
    clock = FakeClock()
    patrol = Patrol(INTERVAL_S, clock.time)
    readers = [silent_reader(clock), silent_reader(clock)]
    for reader in readers:
        patrol.add(reader)
    for _ in range(2):
        clock.advance(6)
        for reader in readers:
            await beat(reader)
    patrol.close()


async def test_a_removed_reader_is_left_alone() -> None:
    clock = FakeClock()
    patrol = Patrol(INTERVAL_S, clock.time)
    kept, removed = silent_reader(clock), silent_reader(clock)
    for reader in (kept, removed):
        patrol.add(reader)
    patrol.remove(removed)
    clock.advance(6)
    await beat(kept)
    assert removed.take() == b""
    patrol.close()


async def test_it_rests_without_readers_and_starts_again_with_the_next() -> None:
    clock = FakeClock()
    patrol = Patrol(INTERVAL_S, clock.time)
    first, second = silent_reader(clock), silent_reader(clock)
    patrol.add(first)
    patrol.remove(first)
    await until(lambda: patrol._timer is None)
    patrol.add(second)
    clock.advance(6)
    await beat(second)
    patrol.close()


async def test_after_close_nobody_is_checked() -> None:
    clock = FakeClock()
    closed, other = Patrol(INTERVAL_S, clock.time), Patrol(INTERVAL_S, clock.time)
    unchecked, checked = silent_reader(clock), silent_reader(clock)
    closed.add(unchecked)
    closed.close()
    closed.close()
    other.add(checked)
    clock.advance(6)
    await beat(checked)
    assert unchecked.take() == b""
    other.close()

"""The four scripts, run by a real server: who may write what, and what is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest_asyncio
from support.redisserver import RedisServer, running_redis

from sluiceway.clock import LoopClock
from sluiceway.delivery.log.redis_address import decode_redis_url
from sluiceway.delivery.log.redis_link import Outcome, RedisLink, evaluate
from sluiceway.delivery.log.redis_scripts import APPEND, CANCEL, LISTEN, OPEN, Keys, Script, inbox_key, name_key

KEYS = Keys.of("gen-1")
Run = Callable[..., Awaitable[Outcome]]
ALL = [KEYS.meta, KEYS.frames, KEYS.listeners]


@pytest_asyncio.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with running_redis(tmp_path) as server:
        yield server


@pytest_asyncio.fixture
async def run(redis: RedisServer) -> AsyncIterator[Run]:
    link = RedisLink(decode_redis_url(redis.url), LoopClock(), lambda: None)
    await link.open()

    async def run_one(script: Script, keys: list[bytes], *arguments: bytes) -> Outcome:
        (outcome,) = await link.run([evaluate(script, keys, *arguments)])
        return outcome

    yield run_one
    await link.close()


async def open_it(run: Run, owner: bytes = b"a", lease: bytes = b"3000", epoch: bytes = b"1") -> Outcome:
    return await run(OPEN, [KEYS.meta], owner, lease, b"60", epoch, b"about")


async def append(run: Run, epoch: int, first: int, count: int, state: bytes = b"") -> Outcome:
    return await run(APPEND, ALL, b"%d" % epoch, b"%d" % first, b"%d" % count, b"frames", state, b"3000", b"60")


async def test_an_answer_is_opened_once_and_then_its_owners(run: Run) -> None:
    assert await run(OPEN, [KEYS.meta], b"a", b"1", b"60", b"1", b"") == b"gone"
    assert await open_it(run) == b"ok 1 1"
    assert await open_it(run) == b"ok 1 1"
    assert await open_it(run, b"b") == b"held"


async def test_who_comes_after_a_lease_is_the_next_producer(run: Run) -> None:
    await open_it(run, lease=b"-1")
    assert await open_it(run, b"b") == b"ok 2 1"
    assert await append(run, 1, 1, 1) == b"stale 2"
    told = await run(LISTEN, [KEYS.meta, KEYS.listeners], b"c", b"3000")
    assert isinstance(told, bytes)
    assert told.split()[5:] == [b"b", b"2-1"]


async def test_frames_are_numbered_without_a_gap_and_written_once(run: Run) -> None:
    assert await append(run, 1, 1, 1) == b"gone"
    await open_it(run)
    assert await append(run, 1, 1, 3) == b"ok 4 - "
    assert await append(run, 1, 1, 3) == b"ok 4 - "
    assert await append(run, 1, 3, 3) == b"gap 4"
    assert await append(run, 1, 6, 1) == b"gap 4"
    assert await append(run, 1, 4, 0) == b"ok 4 - "
    assert await append(run, 1, 4, 1, b"done") == b"ok 5 - "
    assert await append(run, 1, 5, 1) == b"over done"
    assert await open_it(run, b"b") == b"over done"


async def add(run: Run, first: int, count: int) -> Outcome:
    """Add frames without renewing the lease."""
    return await run(APPEND, ALL, b"1", b"%d" % first, b"%d" % count, b"frames")


async def test_an_answer_whose_frames_were_dropped_is_written_from_its_beginning(
    redis: RedisServer, run: Run
) -> None:
    await open_it(run)
    await append(run, 1, 1, 3)
    for write in (add(run, 4, 1), append(run, 1, 4, 0), append(run, 1, 4, 1, b"done")):
        await redis.ask("DEL", KEYS.frames.decode())
        assert await write == b"gap 1"
        assert await append(run, 1, 1, 3) == b"ok 4 - "
        assert await redis.ask("XLEN", KEYS.frames.decode()) == 1


async def test_an_answer_that_was_dropped_when_it_was_over_runs_until_it_is_written_again(
    redis: RedisServer, run: Run
) -> None:
    await open_it(run)
    await run(APPEND, ALL, b"1", b"1", b"3", b"frames", b"done", b"-1", b"60")
    await redis.ask("DEL", KEYS.frames.decode())
    assert await append(run, 1, 4, 0, b"done") == b"gap 1"
    assert await open_it(run, b"b") == b"held"
    assert await append(run, 1, 1, 3, b"done") == b"ok 4 - "
    assert await append(run, 1, 4, 0, b"done") == b"over done"


async def test_frames_that_nobody_knows_of_make_room(redis: RedisServer, run: Run) -> None:
    await open_it(run)
    await append(run, 1, 1, 3)
    await redis.ask("DEL", KEYS.meta.decode())
    assert await append(run, 1, 4, 1) == b"gone"
    await open_it(run)
    assert await append(run, 1, 1, 2) == b"ok 3 - "
    assert await redis.ask("XLEN", KEYS.frames.decode()) == 1


async def test_who_took_over_writes_the_end_also_where_the_frames_were_dropped(redis: RedisServer, run: Run) -> None:
    await open_it(run, lease=b"-1")
    await run(APPEND, ALL, b"1", b"1", b"3", b"frames", b"", b"-1", b"60")
    assert await open_it(run, b"b") == b"ok 2 4"
    await redis.ask("DEL", KEYS.frames.decode())
    assert await append(run, 2, 4, 1, b"error") == b"ok 5 - "


async def test_each_reply_says_who_reads_along_and_who_wants_it_stopped(run: Run) -> None:
    assert await run(CANCEL, [KEYS.meta]) == b"gone"
    assert await run(LISTEN, [KEYS.meta, KEYS.listeners], b"c", b"3000") == b"gone"
    await open_it(run)
    await run(LISTEN, [KEYS.meta, KEYS.listeners], b"c", b"3000")
    assert await run(CANCEL, [KEYS.meta]) == b"ok a"
    assert await append(run, 1, 1, 1) == b"ok 2 stop c"
    await run(LISTEN, [KEYS.meta, KEYS.listeners], b"c", b"0")
    assert await append(run, 1, 2, 1, b"done") == b"ok 3 stop "
    assert await run(CANCEL, [KEYS.meta]) == b"over done"


async def test_who_reads_along_is_looked_for_while_there_is_somebody(redis: RedisServer, run: Run) -> None:
    await open_it(run)
    for seq, (ttl, heard, mark) in enumerate([(b"3000", b"c", b"1"), (b"0", b"", None), (b"3000", b"c", b"1")], 1):
        await run(LISTEN, [KEYS.meta, KEYS.listeners], b"c", ttl)
        assert await append(run, 1, seq, 1) == b"ok %d - %b" % (seq + 1, heard)
        assert await redis.ask("HGET", KEYS.meta.decode(), "heard") == mark


async def test_adding_alone_leaves_the_lease_as_it_is(run: Run) -> None:
    await open_it(run, lease=b"-1")
    await run(APPEND, ALL, b"1", b"1", b"3", b"frames", b"", b"-1", b"60")
    assert await add(run, 4, 1) == b"ok 5 - "
    assert await open_it(run, b"b") == b"ok 2 5"


def test_keys_of_one_answer_share_their_slot_and_names_are_hashed() -> None:
    assert all(b"{gen-1}" in key for key in ALL)
    assert inbox_key("a") == b"sw:in:a"
    assert name_key("d", "my\r\nchat") != name_key("d", "chat")
    assert b"chat" not in name_key("d", "chat")

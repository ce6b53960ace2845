"""Replicas of one Redis when things go wrong: a producer dies, Redis is away, hangs, or loses its memory."""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from support.redisserver import RedisServer, running_redis
from support.replicas import FRAMES, WORDS, Follow, Replica, replicas
from support.wait import until

from sluiceway.delivery.cursor import Cursor
from sluiceway.delivery.generation import Ending
from sluiceway.delivery.log import redis_tail as redis_tail_module
from sluiceway.errors import EngineUnavailable, LogUnavailable
from sluiceway.request import Request
from sluiceway.server import replicas as replicas_module
from sluiceway.server.answers import Answer
from sluiceway.server.replicas import Replicas

Pair = tuple[Replica, Replica]


@pytest_asyncio.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with running_redis(tmp_path) as server:
        yield server


@pytest_asyncio.fixture
async def pair(redis: RedisServer) -> AsyncIterator[Pair]:
    async with replicas(redis.url) as running:
        yield running[0], running[1]


def die(replica: Replica) -> None:
    """Have a replica write no more, as if it were gone."""
    own = replica.service._replicas
    assert own is not None
    writer = own._writer
    assert writer._task is not None
    writer._task.cancel()


async def knows(redis: RedisServer, stream_id: str, next_seq: int) -> None:
    async def has_it() -> bool:
        return await redis.ask("HGET", f"sw:{{{stream_id}}}:m", "next") == b"%d" % next_seq

    await until(has_it)


def id_of(follow: Follow) -> str:
    return follow.answer.kept.generation.origin.id


async def test_a_producer_that_dies_is_told_by_one_error_to_all(redis: RedisServer) -> None:
    async with replicas(redis.url, 3) as (here, there, elsewhere):
        answer = here.begin()
        here.say(20)
        readers = [await (await replica.follow(answer)).got(20) for replica in (there, elsewhere)]
        die(here)
        for reader in readers:
            await reader.ended()
            assert reader.error == "producer_lost"
            assert reader.text == "".join(WORDS[:19])
        assert readers[0].answer.kept.log.cursor(21) == Cursor(2, 21)
        assert await redis.ask("HGET", f"sw:{{{id_of(readers[0])}}}:m", "st") == b"error"


async def test_who_ends_the_answer_of_a_dead_producer_rings_the_others(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_tail_module, "_LOOK_S", 60)
    monkeypatch.setattr(redis_tail_module, "LEASE_S", 60)
    async with replicas(redis.url, 3) as (here, there, elsewhere):
        answer = here.begin()
        here.say(20)
        readers = [await (await replica.follow(answer)).got(20) for replica in (there, elsewhere)]
        for replica, well_for_s in ((there, 100), (elsewhere, 0)):  # the second may not judge who is dead
            own = replica.service._replicas
            assert own is not None
            own._copies[id_of(readers[0])].tail._well_for_s = lambda _key, well_for_s=well_for_s: well_for_s
        die(here)
        for reader in readers:
            assert (await reader.ended()).error == "producer_lost"


async def test_a_reader_ahead_of_a_dead_producers_log_gets_its_error_and_nothing_twice(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    await (await there.follow(answer)).got(20)
    die(here)
    # It has seen frame 25, which was never written.
    reader = await (await there.follow(answer, Cursor(1, 25))).ended()
    assert [type(event).__name__ for event in reader.events] == ["StreamError"]


async def test_a_producer_that_was_taken_for_dead_stops_its_engine(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    near = Follow(answer)
    far = await (await there.follow(answer)).got(20)
    own = here.service._replicas
    assert own is not None
    writer = own._writer
    assert writer._task is not None
    writer._task.cancel()
    await far.ended()
    writer._task = asyncio.create_task(writer._work())
    writer.look(id_of(far))
    await near.ended()
    assert near.error == "producer_lost"
    assert here.engine.calls[-1].is_aborted


async def test_a_redis_that_lost_its_memory_is_told_again(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    answer, finished = here.begin(), here.begin()
    here.say(20)
    far = await (await there.follow(answer)).got(20)
    finished.kept.generation.stop()
    await redis.ask("FLUSHALL")
    here.say(1000)
    await far.ended()
    assert far.frames == FRAMES
    await knows(redis, finished.kept.generation.origin.id, finished.kept.log.next_seq)
    late = await (await there.follow(finished)).ended()
    assert late.text == "".join(WORDS[:19])


@pytest.mark.parametrize("key", ["m", "s"])
async def test_an_answer_of_which_redis_drops_one_key_is_told_again(redis: RedisServer, pair: Pair, key: str) -> None:
    here, there = pair
    answer = here.begin()
    here.say(150)  # more than is written in one go
    far = await (await there.follow(answer)).got(150)
    await redis.ask("DEL", f"sw:{{{id_of(far)}}}:{key}")
    here.say(20)
    await far.got(170)
    here.say(1000)
    assert (await far.ended()).frames == FRAMES
    async with replicas(redis.url, 1) as (late,):
        assert (await (await late.follow(answer)).ended()).frames == FRAMES


async def test_an_answer_whose_frames_redis_drops_at_its_end_is_told_to_who_asks(
    redis: RedisServer, pair: Pair
) -> None:
    here, there = pair
    answer = here.begin()
    here.say(1000)
    stream_id = answer.kept.generation.origin.id
    await knows(redis, stream_id, len(FRAMES) + 1)
    own = here.service._replicas
    assert own is not None
    book = own._writer._books[stream_id]
    await until(lambda: book.is_done and book.due_at == math.inf)  # it will not be looked at again
    await redis.ask("DEL", f"sw:{{{stream_id}}}:s")
    assert (await (await there.follow(answer)).ended()).frames == FRAMES


async def test_what_redis_has_just_forgotten_is_not_called_unknown(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(1000)
    await knows(redis, answer.kept.generation.origin.id, 303)
    die(here)
    await redis.ask("FLUSHALL")
    with pytest.raises(LogUnavailable, match="memory"):
        await there.find(answer)


async def test_scripts_that_redis_has_forgotten_are_told_again(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    far = await (await there.follow(answer)).got(20)
    await redis.ask("SCRIPT", "FLUSH")
    here.say(1000)
    await far.ended()
    assert far.frames == FRAMES


async def test_without_its_bell_a_replica_looks_by_itself(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    far = await (await there.follow(answer)).got(20)
    await redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
    here.say(1000)
    await far.ended()
    assert far.frames == FRAMES


async def test_while_redis_is_away_only_what_others_keep_cannot_be_had(
    redis: RedisServer, pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    near = Follow(answer)
    far = await (await there.follow(answer)).got(20)
    with caplog.at_level(logging.ERROR, "sluiceway.replicas"):
        redis.kill()
        here.say(100)
        assert len(near.frames) == 120
        meanwhile = here.begin()
        here.say(30)
        assert len(Follow(meanwhile).frames) == 30
        with pytest.raises(LogUnavailable) as raised:
            await there.find(meanwhile)
        assert raised.value.status == 503
        assert raised.value.retry_after
        with pytest.raises(LogUnavailable):
            await there.service.answers.find("openai_chat", "some-name")
        assert await there.find(answer) is far.answer
        await redis.start()
        here.say(1000)
        for reader, kept in ((far, answer), (await (await there.follow(meanwhile)).ended(), meanwhile)):
            await reader.ended()
            assert reader.frames == FRAMES
            assert kept.kept.log.is_ended


async def test_a_redis_that_hangs_holds_up_nobody_and_ends_no_answer(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    near = Follow(answer)
    far = await (await there.follow(answer)).got(20)
    redis.pause()
    try:
        here.say(100)
        assert len(near.frames) == 120
        with pytest.raises(LogUnavailable):
            await there.service.answers.find_stream("gen-unknown")
    finally:
        redis.resume()
    # The lease may be over by now; its producer is not.
    await redis.ask("HSET", f"sw:{{{id_of(far)}}}:m", "lease", "1")
    here.say(1000)
    await far.ended()
    assert far.frames == FRAMES


async def test_a_redis_without_memory_left_is_waited_for(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    await redis.ask("CONFIG", "SET", "maxmemory", "1")
    answer = here.begin()
    here.say(1000)
    assert await there.find(answer) is None
    await redis.ask("CONFIG", "SET", "maxmemory", "0")
    reader = await (await there.follow(answer)).ended()
    assert reader.frames == FRAMES


async def test_an_answer_of_another_version_is_not_told_wrongly(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    name = answer.kept.generation.origin.id
    await knows(redis, name, 21)
    await redis.ask("HSET", f"sw:{{{name}}}:m", "about", "later")
    with pytest.raises(LogUnavailable, match="form"):
        await there.find(answer)


async def test_frames_of_another_version_end_their_reader_in_an_error(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    name = answer.kept.generation.origin.id
    await knows(redis, name, 21)
    await redis.ask("XADD", f"sw:{{{name}}}:s", "1-21", "d", "later")
    with pytest.raises(LogUnavailable, match="form"):
        await there.find(answer, Cursor(1, 21))


async def test_an_answer_that_says_nothing_of_itself_is_not_told_wrongly(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    name = answer.kept.generation.origin.id
    await knows(redis, name, 21)
    await redis.ask("HDEL", f"sw:{{{name}}}:m", "about")
    with pytest.raises(LogUnavailable, match="does not say"):
        await there.find(answer)


async def test_an_answer_of_a_dialect_that_is_not_served_here_is_had_from_others(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    own = there.service._replicas
    assert own is not None
    own._dialects = {}
    await until(lambda: refuses(there, answer, "dialect"))


async def refuses(replica: Replica, answer: Answer, word: str) -> bool:
    """Say whether a replica that has heard of an answer will not tell it."""
    try:
        found = await replica.find(answer)
    except LogUnavailable as error:
        return word in error.message
    assert found is None
    return False


async def test_a_reader_ahead_of_what_is_written_waits_for_it(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    await (await there.follow(answer)).got(20)
    finding = asyncio.create_task(there.find(answer, Cursor(1, 25)))
    here.say(10)
    found = await finding
    assert found is not None
    assert (await Follow(found, Cursor(1, 25)).got(5)).frames == FRAMES[25:30]


async def test_a_reader_ahead_of_what_will_ever_be_written_is_told_to_come_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas_module, "_CATCH_UP_S", 0.05)
    here, there = pair
    answer = here.begin()
    here.say(20)
    await (await there.follow(answer)).got(20)
    with pytest.raises(LogUnavailable, match="behind"):
        await there.find(answer, Cursor(1, 25))


async def test_a_copy_that_redis_let_down_is_made_anew(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    far = await (await there.follow(answer)).got(20)
    own = there.service._replicas
    assert own is not None
    far.answer.kept.generation.fail(LogUnavailable("away"), Ending.UPSTREAM_ERROR)
    await far.ended()
    assert far.error == "log_unavailable"
    again = await there.follow(answer)
    assert again.answer is not far.answer
    here.say(1000)
    assert (await again.ended()).frames == FRAMES


async def test_an_answer_is_stopped_that_is_not_read_here(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    name = answer.kept.generation.origin.id
    await knows(redis, name, 21)
    own = there.service._replicas
    assert own is not None
    assert await own.stop(name) == "run"
    await until(lambda: answer.kept.log.is_ended)
    await until(lambda: is_over(own, name))
    assert [await own.stop(unknown) for unknown in ("gen-none", "no such {id}")] == ["", ""]


async def is_over(own: Replicas, name: str) -> bool:
    return await own.stop(name) == "stopped"


async def test_while_redis_is_away_nothing_of_others_is_stopped(
    redis: RedisServer, pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    own = pair[1].service._replicas
    assert own is not None
    with caplog.at_level(logging.ERROR, "sluiceway.replicas"):
        redis.kill()
        with pytest.raises(LogUnavailable):
            await own.stop("gen-1")


async def test_a_reader_who_comes_back_while_its_copy_is_idle_keeps_it(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(1000)
    far = await (await there.follow(answer)).ended()
    far.follower.leave()
    again = await (await there.follow(answer, Cursor(1, 20))).ended()
    assert again.answer is far.answer
    own = there.service._replicas
    assert own is not None
    own._drop_idle(own._copies[id_of(far)])  # its time is over, and it is read
    assert own._copies
    again.follower.leave()
    await until(lambda: not own._copies)
    assert there.service.answers.budget.used_bytes == 0


async def test_what_a_later_version_rings_for_is_passed_over(redis: RedisServer, pair: Pair) -> None:
    here, there = pair
    own = there.service._replicas
    assert own is not None
    await redis.ask("SPUBLISH", f"sw:in:{own._replica}", "sings gen-1")
    await redis.ask("SPUBLISH", f"sw:in:{own._replica}", "grown gen-1 gen-2")
    answer = here.begin()
    here.say(1000)
    assert (await (await there.follow(answer)).ended()).frames == FRAMES


async def test_what_outgrows_the_limit_goes_on_where_it_is_and_ends_in_one_error_elsewhere(
    redis: RedisServer,
) -> None:
    async with replicas(redis.url, kept_answer_bytes=16_384) as (here, there):
        answer = here.begin()
        here.say(20)
        near, far = Follow(answer), await (await there.follow(answer)).got(20)
        here.say(1000)
        await near.ended()
        assert near.frames == FRAMES
        await far.ended()
        assert far.error in {"answer_too_large", "cursor_expired"}
        told = far.frames[:-1]
        assert told == FRAMES[: len(told)]


async def test_a_copy_that_nobody_follows_is_let_go_of(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    far = await (await there.follow(answer)).got(20)
    own = there.service._replicas
    assert own is not None
    assert list(own._copies) == [id_of(far)]
    far.follower.leave()
    await until(lambda: not own._copies)
    assert there.service.answers.budget.used_bytes == 0
    assert answer.kept.generation.ending is None


async def test_an_answer_that_others_cannot_tell_is_not_written(redis: RedisServer, pair: Pair) -> None:
    here, _ = pair
    generation = here.service.begin(Request("m", [], stream=True), "openai_chat")
    answer = here.begin()
    here.service.answers.add(generation, answer.keep, 1)
    here.say(20)
    await knows(redis, answer.kept.generation.origin.id, 21)
    assert await redis.ask("EXISTS", f"sw:{{{generation.origin.id}}}:m") == 0


async def test_the_ends_of_answers_are_written_before_a_replica_is_gone(redis: RedisServer) -> None:
    async with replicas(redis.url) as (here, there):
        answer = here.begin()
        here.say(20)
        far = await (await there.follow(answer)).got(20)
        await here.service.close()
        await far.ended()
        assert far.error == "server_draining"


async def test_a_replica_without_its_redis_does_not_start(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    replica = Replica(server.url)
    with pytest.raises(EngineUnavailable, match=re.escape(f"127.0.0.1:{server.port}")):
        await replica.service.open()
    await replica.service.close()


async def test_a_wrong_password_is_said_and_not_shown(tmp_path: Path) -> None:
    async with running_redis(tmp_path) as server:
        replica = Replica(server.url.replace("redis://", "redis://me:hush@"))
        with pytest.raises(EngineUnavailable, match="WRONGPASS") as raised:
            await replica.service.open()
        assert "hush" not in str(raised.value)
        await replica.service.close()


async def test_a_password_and_a_database_are_used(tmp_path: Path) -> None:
    async with running_redis(tmp_path) as server:
        await server.ask("ACL", "SETUSER", "me", "on", ">hush", "~*", "&*", "+@all")
        url = server.url.replace("redis://", "redis://me:hush@").replace("/0", "/3")
        async with replicas(url) as (here, there):
            answer = here.begin()
            here.say(1000)
            reader = await (await there.follow(answer)).ended()
            assert reader.frames == FRAMES
        assert await server.ask("DBSIZE") == 0

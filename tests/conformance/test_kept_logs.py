"""What every log of kept answers does: one in memory, one in Redis, one in a cluster of three.

In memory both sides are one process. Else one replica has the answer, and another one tells it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import msgspec
import pytest
import pytest_asyncio
from support.redisserver import running_redis, running_redis_cluster
from support.replicas import FRAMES, WORDS, Follow, Replica, replicas
from support.wait import until

from sluiceway.delivery.cursor import START, Cursor
from sluiceway.errors import CursorExpired, RequestError

TEXT = "".join(WORDS)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["memory", "redis", "cluster"])
async def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    folder = tmp_path_factory.mktemp("redis")
    async with AsyncExitStack() as stack:
        if request.param == "redis":
            yield (await stack.enter_async_context(running_redis(folder))).url
        elif request.param == "cluster":
            yield (await stack.enter_async_context(running_redis_cluster(folder))).url
        else:
            yield ""


@pytest_asyncio.fixture
async def pair(url: str) -> AsyncIterator[tuple[Replica, Replica]]:
    async with replicas(url, 2 if url else 1) as running:
        yield running[0], running[-1]


Pair = tuple[Replica, Replica]


async def test_a_reader_is_told_what_was_said_and_what_is_said_later(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(10)
    reader = await (await there.follow(answer)).got(10)
    here.say(10)
    await reader.got(20)
    here.say(1000)
    await reader.ended()
    assert reader.frames == FRAMES
    assert reader.text == TEXT


async def test_a_finished_answer_is_told_whole(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(1000)
    reader = await (await there.follow(answer)).ended()
    assert reader.frames == FRAMES


@pytest.mark.parametrize("seq", [1, 2, 16, 17, 64, 65, 301])
async def test_a_reader_goes_on_where_it_was(pair: Pair, seq: int) -> None:
    here, there = pair
    answer = here.begin()
    here.say(150)
    here.say(1000)
    reader = await (await there.follow(answer, Cursor(1, seq))).ended()
    assert reader.frames == FRAMES[seq:]


async def test_a_reader_at_the_end_is_told_nothing_more(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(1000)
    reader = await (await there.follow(answer, Cursor(1, len(FRAMES)))).ended()
    assert reader.frames == []


async def test_the_log_is_the_same_for_both(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(1000)
    found = (await (await there.follow(answer)).ended()).answer
    assert found.kept.log.cursor(7) == answer.kept.log.cursor(7) == Cursor(1, 7)
    assert found.kept.completion() == answer.kept.completion()
    assert found.options is not None
    assert found.kept.generation.origin == answer.kept.generation.origin
    assert found.created_at_unix_s == answer.created_at_unix_s
    assert found.is_resumable


async def test_a_producer_that_never_was_is_refused(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(1000)
    found = await there.find(answer)
    assert found is not None
    with pytest.raises(RequestError, match="never was"):
        Follow(found, Cursor(9, 1))


async def test_an_unknown_answer_is_nowhere(pair: Pair) -> None:
    _, there = pair
    for name in ("gen-none", "no such {id}", "", "x" * 1000):
        assert await there.service.answers.find_stream(name) is None


async def test_several_readers_are_told_the_same(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    readers = [await there.follow(answer) for _ in range(5)]
    readers += [await there.follow(answer, Cursor(1, 15))]
    here.say(1000)
    for reader in readers:
        await reader.ended()
    assert [len(reader.frames) for reader in readers] == [len(FRAMES)] * 5 + [len(FRAMES) - 15]


async def test_an_answer_can_be_stopped_and_has_an_honest_ending(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(20)
    reader = await (await there.follow(answer)).got(20)
    assert await there.service.answers.stop(reader.answer)
    await reader.ended()
    assert here.engine.calls[-1].is_aborted
    assert reader.text == "".join(WORDS[:19])
    assert not reader.error
    assert await there.service.answers.stop(reader.answer)


async def test_an_answer_that_is_over_cannot_be_stopped(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    here.say(1000)
    reader = await (await there.follow(answer)).ended()
    assert not await there.service.answers.stop(reader.answer)


async def test_an_answer_is_found_by_its_name(pair: Pair) -> None:
    here, there = pair
    answer = here.begin(name=f"chat-{id(here)}")
    here.say(1000)

    async def is_found() -> bool:
        return await there.service.answers.find("ui_stream", f"chat-{id(here)}") is not None

    await until(is_found)
    found = await there.service.answers.find("ui_stream", f"chat-{id(here)}")
    assert found is not None
    assert found.kept.generation.origin.id == answer.kept.generation.origin.id
    await Follow(found).ended()
    assert found.kept.completion() == answer.kept.completion()
    assert await there.service.answers.find("ui_stream", "none") is None
    assert await there.service.answers.find("openai_responses", found.kept.generation.origin.id) is None


async def test_an_answer_nobody_reads_for_its_grace_ends_in_an_error_for_all(pair: Pair) -> None:
    here, there = pair
    answer = here.begin(grace_s=0.01)
    here.say(20)
    Follow(answer).follower.leave()
    await until(lambda: answer.kept.log.is_ended)
    reader = await (await there.follow(answer)).ended()
    assert reader.error == "nobody_reads"
    assert reader.text == "".join(WORDS[:19])


async def test_a_reader_anywhere_keeps_an_answer_alive(pair: Pair) -> None:
    here, there = pair
    answer = here.begin(grace_s=0.5)
    here.say(20)
    near = Follow(answer)
    far = await (await there.follow(answer)).got(20)
    await until(lambda: answer.kept.follower_count == 2)
    near.follower.leave()
    here.say(1000)
    await far.ended()
    assert far.frames == FRAMES


@pytest.mark.parametrize("kept_answer_bytes", [8192])
async def test_what_outgrows_the_limit_is_refused_or_ends_in_an_error(url: str, kept_answer_bytes: int) -> None:
    async with replicas(url, 2 if url else 1, kept_answer_bytes=kept_answer_bytes) as running:
        answer = running[0].begin()
        near = Follow(answer)
        running[0].say(1000)
        await near.ended()
        assert near.frames == FRAMES
        if url:
            far = await (await running[-1].follow(answer)).ended()
            assert far.error in {"answer_too_large", "cursor_expired"}
        else:
            with pytest.raises(CursorExpired):
                Follow(answer, Cursor(1, 1))


async def test_the_place_is_kept_when_the_reader_changes(pair: Pair) -> None:
    here, there = pair
    answer = here.begin()
    told: list[object] = []
    cursor = START
    for number in range(10):
        here.say(31)
        reader = await (here, there)[number % 2].follow(answer, cursor)
        await reader.got(1)
        reader.follower.leave()
        told += reader.frames
        cursor = Cursor(1, len(told))
    last = await (await there.follow(answer, cursor)).ended()
    assert [*told, *last.frames] == FRAMES
    assert msgspec.structs.asdict(cursor)["seq"] <= len(FRAMES)

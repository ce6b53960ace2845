"""The way to Redis: who does not answer is left alone, and redirections of a cluster are followed."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from support.redisserver import RedisServer, running_redis, running_redis_cluster
from support.wait import until

from sluiceway.clock import LoopClock
from sluiceway.delivery.log.redis_address import decode_redis_url
from sluiceway.delivery.log.redis_link import Command, Evaluation, RedisLink, evaluate
from sluiceway.delivery.log.redis_scripts import CANCEL
from sluiceway.delivery.log.redis_wire import encode_command
from sluiceway.errors import EngineUnavailable, LogUnavailable


def get(key: bytes) -> Command:
    return Command(key, encode_command(b"GET", key))


def test_a_script_is_run_again_with_the_same_keys_as_it_was_the_first_time() -> None:
    evaluation = Evaluation(CANCEL, [b"key", b"other"])
    for arguments in ((), (b"a",), (b"a", b"\r\n")):
        words = (b"EVALSHA", CANCEL.digest, b"2", b"key", b"other", *arguments)
        assert evaluation.command(*arguments) == Command(b"key", encode_command(*words))
        assert evaluate(CANCEL, [b"key", b"other"], *arguments) == evaluation.command(*arguments)


async def test_nothing_to_run_is_no_question(tmp_path: Path) -> None:
    async with running_redis(tmp_path) as server:
        link = RedisLink(decode_redis_url(server.url), LoopClock(), lambda: None)
        await link.open()
        assert await link.run([]) == []
        assert link.well_for_s(b"a") > 0
        await link.close()


async def test_who_does_not_answer_is_left_alone_and_healed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    healed: list[bool] = []
    async with running_redis(tmp_path) as server:
        link = RedisLink(decode_redis_url(server.url), LoopClock(), lambda: healed.append(True))
        await link.open()
        assert await link.run([get(b"a")]) == [None]
        assert link.well_for_s(b"a") > 0
        with caplog.at_level(logging.ERROR, "sluiceway.replicas"):
            server.kill()
            for _ in range(2):
                (outcome,) = await link.run([get(b"a")])
                assert isinstance(outcome, LogUnavailable)
            assert link.well_for_s(b"a") == 0
            await server.start()

            async def answers() -> bool:
                return await link.run([get(b"a")]) == [None]

            await until(answers)
        assert healed == [True]
        await link.close()


async def test_the_second_of_two_servers_will_do(tmp_path: Path) -> None:
    async with running_redis(tmp_path) as server:
        nobody = RedisServer(tmp_path)
        url = f"redis://127.0.0.1:{nobody.port},127.0.0.1:{server.port}"
        link = RedisLink(decode_redis_url(url), LoopClock(), lambda: None)
        await link.open()
        assert await link.run([get(b"a")]) == [None]
        await link.close()


async def test_nobody_is_an_error(tmp_path: Path) -> None:
    link = RedisLink(decode_redis_url(f"redis://127.0.0.1:{RedisServer(tmp_path).port}"), LoopClock(), lambda: None)
    with pytest.raises(EngineUnavailable, match="cannot be used"):
        await link.open()


async def test_a_cluster_is_found_its_slots_move_and_its_masters_change(tmp_path: Path) -> None:
    async with running_redis_cluster(tmp_path) as cluster:
        link = RedisLink(decode_redis_url(cluster.url), LoopClock(), lambda: None)
        await link.open()
        keys = [b"key-%d" % number for number in range(20)]
        await link.run([Command(key, encode_command(b"SET", key, key)) for key in keys])
        assert await link.run([get(key) for key in keys]) == keys
        # Who believes that everything is at one server is sent on.
        link._topology._slots = [("127.0.0.1", cluster.servers[0].port)] * 16384
        assert await link.run([get(key) for key in keys]) == keys
        source, target = await cluster.owner_of("key-1"), cluster.servers[0]
        target = next(server for server in cluster.servers[:3] if server is not source)
        slot = str(await source.ask("CLUSTER", "KEYSLOT", "key-1"))
        ids = [(await server.ask("CLUSTER", "MYID")) for server in (source, target)]
        await target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", _text(ids[0]))
        await source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", _text(ids[1]))
        await source.ask("MIGRATE", "127.0.0.1", str(target.port), "key-1", "0", "5000")
        assert await link.run([get(b"key-1")]) == [b"key-1"]
        with pytest.raises(EngineUnavailable, match="SELECT"):
            await RedisLink(decode_redis_url(f"{cluster.servers[0].url[:-1]}1"), LoopClock(), lambda: None).open()
        await link.close()


def _text(value: object) -> str:
    assert isinstance(value, bytes)
    return value.decode()

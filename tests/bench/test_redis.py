from pathlib import Path

from support.redisserver import require_redis

from bench.redis import RedisUse, find_redis, read_use, running_redis, use_of

INFO = """# Commandstats\r
cmdstat_evalsha:calls=12,usec=240,usec_per_call=20.00,rejected_calls=0,failed_calls=0\r
cmdstat_config|get:calls=3,usec=2,usec_per_call=0.66,rejected_calls=0,failed_calls=0\r
# Memory\r
used_memory:874512\r
used_memory_human:854.02K\r
"""


def test_every_command_counts_and_memory_is_what_redis_has_in_use() -> None:
    assert read_use(INFO, 1.5) == RedisUse(commands=15, memory_bytes=874_512, cpu_s=1.5)


def test_use_since_then_is_the_difference() -> None:
    assert RedisUse(15, 900, 1.5).since(RedisUse(5, 500, 1.0)) == RedisUse(10, 400, 0.5)


def test_a_running_redis_tells_its_use(tmp_path: Path) -> None:
    assert find_redis() == str(require_redis())
    with running_redis(tmp_path) as server:
        before = use_of(server)
        use = use_of(server).since(before)
    assert use.commands == 2  # the second half of the first question, and the first of the second
    assert use.cpu_s > 0
    assert before.memory_bytes > 0
    assert server.url == f"redis://127.0.0.1:{server.port}/0"

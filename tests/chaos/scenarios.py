"""What is played, in the order of its worth."""

from __future__ import annotations

import random
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType

from support.redisserver import running_redis, running_redis_cluster

from chaos.arena import Arena, Scenario
from chaos.crashes import kill_producers, rolling_deploy
from chaos.cuts import kill_a_readers_replica, random_cuts, storm
from chaos.fleet import running_fleet
from chaos.leaving import leave, stop_elsewhere
from chaos.outages import BUFFER_BYTES, fail_over, forget, hang_redis, kill_redis
from chaos.slow import SLOW_FLAGS, read_slowly

__all__ = ["SCENARIOS", "running_arena"]

SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        "R1": Scenario(random_cuts),
        "R2": Scenario(storm),
        "R3": Scenario(leave),
        "R4": Scenario(stop_elsewhere),
        "R5": Scenario(kill_producers),
        "R6": Scenario(kill_a_readers_replica),
        "R7": Scenario(kill_redis),
        "R8": Scenario(forget),
        "R9": Scenario(fail_over, is_cluster=True),
        "R10": Scenario(hang_redis, ("--kept-bytes", str(BUFFER_BYTES))),
        "R11": Scenario(read_slowly, SLOW_FLAGS),
        "R16": Scenario(rolling_deploy),
    }
)
"""By their lines on the scorecard."""


@asynccontextmanager
async def running_arena(scenario: Scenario, seed: int, scale: float) -> AsyncIterator[Arena]:
    """Run what a scenario wants, afresh."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        dice = random.Random(seed)
        if scenario.is_cluster:
            cluster = await stack.enter_async_context(running_redis_cluster(folder))
            fleet = await stack.enter_async_context(running_fleet(folder, cluster.url, scenario.flags))
            yield Arena(fleet, cluster.servers, dice, scale, cluster)
        else:
            redis = await stack.enter_async_context(running_redis(folder))
            fleet = await stack.enter_async_context(running_fleet(folder, redis.url, scenario.flags))
            yield Arena(fleet, [redis], dice, scale)

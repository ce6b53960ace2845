"""``make chaos``: play every scenario once, print the scorecard and its seeds, and fail when one is not met."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from support.redisserver import running_redis

from chaos.fleet import running_fleet
from chaos.scenarios import SCENARIOS, Arena, Score


async def play(name: str, seed: int, scale: float) -> Score:
    """Play one scenario with a fleet of its own."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        async with running_redis(Path(folder)) as redis, running_fleet(Path(folder), redis.url) as fleet:
            return await SCENARIOS[name](Arena(fleet, redis, random.Random(seed), scale))


async def main() -> int:
    """Play what the command line names."""
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("names", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--scale", type=float, default=1.0)
    told = parser.parse_args()
    failed = 0
    for name in told.names:
        started_at = time.monotonic()
        try:
            score = await play(name, told.seed, told.scale)
        except (TimeoutError, AssertionError, LookupError) as error:
            failed += 1
            print(f"{name:4} FAILED seed={told.seed} {type(error).__name__}: {error}", flush=True)
            continue
        failed += not score.is_good
        figures = "  ".join(f"{key}={value}" for key, value in score.figures.items())
        print(
            f"{'good' if score.is_good else 'BAD '} {score.name}: answers={score.answers}  {figures}"
            f"  ({time.monotonic() - started_at:.0f} s, seed {told.seed})",
            flush=True,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""``make chaos``: play every scenario once, print the scorecard and its seeds, and fail when one is not met."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

import uvloop

from chaos.arena import p99, watch_lag
from chaos.scenarios import SCENARIOS, running_arena


async def play(name: str, seed: int, scale: float) -> bool:
    """Play one scenario with a fleet of its own, print its line, and return whether it is good."""
    started_at = time.monotonic()
    scenario = SCENARIOS[name]
    try:
        async with running_arena(scenario, seed, scale) as arena, watch_lag() as lags_s:
            score = await scenario.play(arena)
    except (TimeoutError, AssertionError, LookupError) as error:
        print(f"FAIL {name}: {type(error).__name__}: {error} (seed {seed})", flush=True)
        return False
    took_s = time.monotonic() - started_at
    print(
        f"{score} ({took_s:.0f} s, seed {seed}, scale {scale:g}, own lag p99 {p99(lags_s) * 1000:.0f} ms)", flush=True
    )
    return not score.missed


async def main() -> int:
    """Play what the command line names."""
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("names", nargs="*", choices=[*SCENARIOS, []], help="all if none is named")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--scale", type=float, default=1.0, help="how much of everything there is")
    told = parser.parse_args()
    names = told.names or [*SCENARIOS]
    started_at = time.monotonic()
    missed = [name for name in names if not await play(name, told.seed, told.scale)]
    verdict = f"missed: {' '.join(missed)}" if missed else "all good"
    print(f"{verdict} ({time.monotonic() - started_at:.0f} s, seed {told.seed})")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main()))

"""The shortest form of ``make chaos``: the scenarios that have found the most, at a small scale and fixed seeds."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from support.redisserver import running_redis

from chaos.fleet import running_fleet
from chaos.reader import Verdict, judge
from chaos.scenarios import Arena, forget, kill_producers, random_cuts, stop_elsewhere
from chaos.upstream import tokens_of

ERROR = json.dumps({"error": {"code": "producer_lost"}})


def told(*numbers: int) -> list[str]:
    return [json.dumps({"choices": [{"delta": {"content": tokens_of(9)[number]}}]}) for number in numbers]


@pytest.mark.timeout(120)
async def test_nothing_is_lost_whatever_is_cut_killed_or_forgotten(tmp_path: Path) -> None:
    async with running_redis(tmp_path) as redis, running_fleet(tmp_path, redis.url) as fleet:
        for seed, scenario in enumerate((random_cuts, stop_elsewhere, forget, kill_producers)):
            score = await scenario(Arena(fleet, redis, random.Random(seed), 0.05))
            assert {key: score.figures[key] for key in ("lost", "doubled", "reordered", "not one ending")} == {
                "lost": 0,
                "doubled": 0,
                "reordered": 0,
                "not one ending": 0,
            }, score


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ([*told(0, 1, 2), "[DONE]"], Verdict(endings=1)),
        ([*told(0, 2), "[DONE]"], Verdict(lost=1, endings=1)),
        ([*told(0, 1, 1, 2), "[DONE]"], Verdict(doubled=1, endings=1)),
        ([*told(1, 0, 2), "[DONE]"], Verdict(reordered=1, endings=1)),
        (told(0, 1, 2), Verdict()),
        ([*told(0, 1, 2), "[DONE]", "[DONE]"], Verdict(endings=2)),
        ([*told(0), ERROR, "[DONE]"], Verdict(endings=1, error="producer_lost")),
        ([*told(1), ERROR, "[DONE]"], Verdict(lost=1, endings=1, error="producer_lost")),
    ],
)
def test_the_checker_sees_what_is_wrong(events: list[str], verdict: Verdict) -> None:
    assert judge(events, 3) == verdict

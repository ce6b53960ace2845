"""The shortest form of ``make chaos``: the scenarios that have found the most, at a small scale and fixed seeds."""

from __future__ import annotations

import json

import pytest

from chaos.judge import Transcript, Verdict, judge
from chaos.scenarios import SCENARIOS, running_arena
from chaos.upstream import Spec, token_of

SPEC = Spec("a", 3, 1)
_HEAD = {"id": "i", "object": "chat.completion.chunk", "created": 1, "model": "m"}
ERROR = json.dumps({"error": {"message": "gone", "type": "server_error", "param": None, "code": "producer_lost"}})
DONE = "[DONE]"


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("seed", "name"), [*enumerate(["R1", "R4", "R5", "R8", "R9"])])
async def test_nothing_is_lost_whatever_is_cut_killed_or_forgotten(seed: int, name: str) -> None:
    async with running_arena(SCENARIOS[name], seed, 0.05) as arena:
        score = await SCENARIOS[name].play(arena)
    # Times are `make chaos`'s to judge.
    counted = ("lost", "doubled", "reordered", "not_one_ending", "broken", "errors", "not_healed")
    assert not any(score.figures.get(key) for key in counted), str(score)


def chunk(delta: dict[str, str], finish_reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return json.dumps({**_HEAD, "choices": [choice]})


def told(*numbers: int) -> list[str]:
    return [chunk({"role": "assistant", "content": ""}), *(chunk({"content": token_of(n)}) for n in numbers)]


FINISH = chunk({}, "stop")


@pytest.mark.parametrize(
    ("payloads", "verdict"),
    [
        ([*told(0, 1, 2), FINISH, DONE], Verdict(endings=1, seen=3)),
        ([*told(0, 2), FINISH, DONE], Verdict(lost=1, endings=1, seen=2)),
        ([*told(0, 1, 1, 2), FINISH, DONE], Verdict(doubled=1, endings=1, seen=3)),
        ([*told(1, 0, 2), FINISH, DONE], Verdict(reordered=1, endings=1, seen=3)),
        ([*told(0), ERROR, DONE], Verdict(endings=1, error="producer_lost", seen=1)),
        ([*told(1), ERROR, DONE], Verdict(lost=1, endings=1, error="producer_lost", seen=1)),
    ],
)
def test_the_checker_counts_what_is_wrong(payloads: list[str], verdict: Verdict) -> None:
    assert judge(Transcript(payloads=payloads), SPEC) == verdict


@pytest.mark.parametrize(
    ("payloads", "endings"),
    [
        (told(0, 1, 2), 0),
        ([*told(0, 1, 2), FINISH], 0),
        ([*told(0), ERROR], 1),
        ([*told(0, 1, 2), FINISH, DONE, DONE], 2),
        ([*told(0), ERROR, ERROR, DONE], 2),
        ([*told(0, 1, 2), DONE], 1),
        ([*told(0), ERROR, *told(1, 2)[1:], FINISH, DONE], 1),
        ([*told(0, 1, 2), FINISH, DONE, chunk({"content": "x"})], 1),
        (["{", DONE], 0),
    ],
)
def test_an_ending_that_is_missing_or_comes_twice_or_before_the_end_is_seen(
    payloads: list[str], endings: int
) -> None:
    verdict = judge(Transcript(payloads=payloads), SPEC)
    assert (verdict.endings, bool(verdict.broken)) == (endings, True)


def test_a_body_of_lines_ends_with_the_body() -> None:
    whole = Transcript(is_lines=True, payloads=[*told(0, 1, 2), FINISH], is_closed=True)
    cut = Transcript(is_lines=True, payloads=[*told(0, 1, 2), FINISH])
    marked = Transcript(is_lines=True, payloads=[*told(0, 1, 2), FINISH, DONE], is_closed=True)
    assert judge(whole, SPEC) == Verdict(endings=1, seen=3)
    assert judge(cut, SPEC).endings == 0
    assert judge(marked, SPEC).broken


@pytest.mark.parametrize(
    ("ids", "is_fine"),
    [(["1-1", "1-2.1", "1-2", "2-3"], True), (["1-2", "1-2"], False), (["1-3", "1-2"], False), (["1-2", "x"], False)],
)
def test_ids_must_rise(ids: list[str], *, is_fine: bool) -> None:
    told_once = Transcript(payloads=[*told(0, 1, 2), FINISH, DONE], ids=ids)
    assert (not judge(told_once, SPEC).broken) == is_fine


def test_strange_bytes_and_strange_text_are_seen() -> None:
    assert judge(Transcript(payloads=[*told(0, 1, 2), FINISH, DONE], strange=["?"]), SPEC).broken
    assert judge(Transcript(payloads=[*told(0, 1, 2), chunk({"content": "?"}), FINISH, DONE]), SPEC).broken


def test_an_answer_that_was_stopped_owes_what_came_before() -> None:
    stopped = Transcript(payloads=[*told(0, 1), FINISH, DONE])
    assert judge(stopped, SPEC, is_stopped=True) == Verdict(endings=1, seen=2)
    assert judge(stopped, SPEC).lost == 1

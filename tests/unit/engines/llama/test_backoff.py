from __future__ import annotations

from sluiceway.engines.llama.backoff import Backoff


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(first_s=1, max_s=5, steady_s=60)
    assert [backoff.pause_s(0.1) for _ in range(5)] == [1, 2, 4, 5, 5]


def test_a_good_run_makes_the_next_pause_short_again() -> None:
    backoff = Backoff(first_s=1, max_s=5, steady_s=60)
    assert [backoff.pause_s(ran_s) for ran_s in (1, 1, 60, 59)] == [1, 2, 1, 2]


def test_no_pause_is_longer_than_the_longest() -> None:
    assert Backoff(first_s=10, max_s=5, steady_s=60).pause_s(0) == 5

from __future__ import annotations

import pytest

from sluiceway.client.retry import Retry

RETRY = Retry(first_delay_s=1, max_delay_s=10)


@pytest.mark.parametrize(("failures", "longest_s"), [(1, 1), (2, 2), (4, 8), (5, 10), (50, 10)])
def test_attempts_grow_apart_up_to_the_longest_wait(failures: int, longest_s: float) -> None:
    assert RETRY.delay_s(failures, 0.5) == longest_s / 2


@pytest.mark.parametrize(("asked_s", "waited_s"), [(0, 0.5), (3, 3), (99, 10)])
def test_a_server_may_ask_for_more_time(asked_s: float, waited_s: float) -> None:
    assert RETRY.delay_s(1, 0.5, asked_s) == waited_s

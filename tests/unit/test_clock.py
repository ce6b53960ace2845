from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sluiceway.clock import Clock, LoopClock, unix_time_s


@pytest.mark.parametrize("make", [asyncio.get_running_loop, LoopClock])
async def test_a_running_loop_is_a_clock(make: Callable[[], Clock]) -> None:
    clock = make()
    was_called = asyncio.Event()
    clock.call_later(0, was_called.set)
    await asyncio.wait_for(was_called.wait(), 5)
    assert clock.time() > 0


def test_unix_time_is_after_this_was_written() -> None:
    assert unix_time_s() > 1_700_000_000

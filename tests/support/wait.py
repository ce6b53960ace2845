"""Waiting for a condition in a test, bounded; the only place in the tests that sleeps."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

__all__ = ["Condition", "until", "until_still"]

Condition = Callable[[], bool | Awaitable[bool]]
"""A plain or an async function that says whether it has come true."""

_LOOKS = 20


async def until(condition: Condition, timeout_s: float = 10, poll_s: float = 0.005) -> None:
    """Return as soon as ``condition()`` is true; ask again every ``poll_s``.

    Args:
        condition: what is waited for.
        timeout_s: after this the test fails.
        poll_s: the pause between two looks.

    Raises:
        TimeoutError: it did not become true in time.
    """
    async with asyncio.timeout(timeout_s):
        while not await _ask(condition):  # noqa: ASYNC110 - what is watched has no event to wait for
            await asyncio.sleep(poll_s)


async def until_still(count: Callable[[], int]) -> None:
    """Wait until a number has stopped growing: the same after many looks, and not 0."""
    seen: list[int] = []

    def is_still() -> bool:
        seen.append(count())
        return seen[-1] > 0 and len(seen) > _LOOKS and len(set(seen[-_LOOKS:])) == 1

    await until(is_still, timeout_s=20, poll_s=0.02)


async def _ask(condition: Condition) -> bool:
    answer = condition()
    return await answer if inspect.isawaitable(answer) else answer

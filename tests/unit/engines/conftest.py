"""Tests of what touches sockets run on both event loops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop
from support.shiftloop import ShiftLoop

_ON_SOCKETS = {
    "test_call.py",
    "test_dialer.py",
    "test_fetch.py",
    "test_pool.py",
    "test_transport.py",
    "test_unread.py",
    "test_upstream.py",
}


@pytest.hookimpl
def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    if item.path.name not in _ON_SOCKETS:
        return {"asyncio": ShiftLoop}
    return {"asyncio": ShiftLoop, "uvloop": uvloop.new_event_loop}

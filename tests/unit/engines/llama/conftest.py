"""A tiny model for a real llama.cpp; tests that start one run on both event loops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import uvloop
from support.gguf import write_tiny_model

from sluiceway.engines.llama.engine import LlamaEngine
from sluiceway.engines.llama.options import LlamaOptions

_ON_BOTH_LOOPS = {"test_supervisor.py"}


@pytest.hookimpl(tryfirst=True)
def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    one: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    return one | {"uvloop": uvloop.new_event_loop} if item.path.name in _ON_BOTH_LOOPS else one


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture
def options(tiny_model: Path) -> LlamaOptions:
    return LlamaOptions(
        model_path=str(tiny_model), parallel_slots=2, threads=1, restart_delay_s=0.01, start_timeout_s=30
    )


@pytest.fixture
async def engine(options: LlamaOptions) -> AsyncIterator[LlamaEngine]:
    engine = LlamaEngine(options)
    await engine.open()
    yield engine
    await engine.close()

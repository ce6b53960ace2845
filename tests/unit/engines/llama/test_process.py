from __future__ import annotations

import asyncio
import logging
import os
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from support.wait import until

from sluiceway.engines.llama.process import ChildProcess, start_child
from sluiceway.engines.llama.spec import ChildSpec
from sluiceway.errors import EngineUnavailable

LOGGER = logging.getLogger("test.llama")


def spec(model: Path) -> ChildSpec:
    return ChildSpec(
        parent_pid=os.getpid(),
        model_path=str(model),
        model_name="tiny",
        port=0,
        api_key="hush-hush",
        context_tokens=512,
        parallel_slots=1,
        threads=1,
        gpu_layers=0,
        batch_tokens=64,
        prompt_cache_mib=0,
        verbosity=3,
    )


async def stand_in(script: str) -> ChildProcess:
    """Run a shell in the child's place, for behaviour that llama.cpp shows only on a bad day."""
    return ChildProcess(
        await asyncio.create_subprocess_exec("sh", "-c", script, stdin=PIPE, stdout=PIPE, stderr=PIPE), LOGGER
    )


async def test_it_becomes_ready_and_stops(tiny_model: Path) -> None:
    child = await start_child(spec(tiny_model), LOGGER)
    await child.until_ready(30)
    await child.stop(10)
    await child.stop(10)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


async def test_its_log_comes_through_logging_and_holds_no_key(
    tiny_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "test.llama")
    child = await start_child(spec(tiny_model), LOGGER)
    await child.until_ready(30)
    await until(lambda: "model loaded" in caplog.text)
    await child.stop(10)
    assert "hush-hush" not in caplog.text


async def test_its_first_complaint_is_told_when_it_does_not_start(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"no model at all")
    child = await start_child(spec(broken), LOGGER)
    with pytest.raises(EngineUnavailable, match=r"did not start: .*invalid magic"):
        await child.until_ready(30)
    assert await child.wait() != 0
    await child.stop(10)


async def test_a_child_that_dies_silently_is_told_so() -> None:
    child = await stand_in("exit 3")
    with pytest.raises(EngineUnavailable, match="it said nothing"):
        await child.until_ready(30)
    assert await child.wait() == 3
    await child.stop(10)


async def test_without_a_complaint_its_last_words_are_told() -> None:
    child = await stand_in("echo 'GGML_ASSERT(n > 0) failed' >&2")
    with pytest.raises(EngineUnavailable, match="did not start: GGML_ASSERT"):
        await child.until_ready(30)
    await child.stop(10)


async def test_what_the_system_cannot_start_is_unavailable(tiny_model: Path) -> None:
    with pytest.raises(EngineUnavailable, match="cannot be started"):
        await start_child(spec(tiny_model), LOGGER, "/nowhere/python")


async def test_a_child_that_takes_too_long_is_unavailable() -> None:
    child = await stand_in("read _")
    with pytest.raises(EngineUnavailable, match="not ready after"):
        await child.until_ready(0.01)
    await child.stop(10)


async def test_a_child_that_gives_no_sign_of_life_is_killed(caplog: pytest.LogCaptureFixture) -> None:
    child = await stand_in("echo ready; read _")
    await child.until_ready(10)
    await child.watch(0.1)
    assert await child.wait() == -9
    assert "no sign of life for 0.1 s" in caplog.text


async def test_a_child_that_gives_signs_of_life_may_take_its_time() -> None:
    child = await stand_in("echo ready; for n in 1 2; do sleep 1.2; printf .; done")
    await child.until_ready(10)
    await child.watch(2)
    assert await child.wait() == 0


async def test_a_child_that_will_not_end_is_killed() -> None:
    child = await stand_in("trap '' TERM; echo ready; while :; do read _ || sleep 0.01; done")
    await child.until_ready(10)
    await child.stop(0.01)
    assert await child.wait() == -9

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest
from support.gguf import write_tiny_model
from support.llamaserver import status_of
from support.wait import until

from sluiceway.engines.llama.options import LlamaOptions
from sluiceway.engines.llama.supervisor import LlamaSupervisor
from sluiceway.errors import EngineUnavailable, SettingsError


def pid_of(supervisor: LlamaSupervisor) -> int:
    assert supervisor.pid is not None
    return supervisor.pid


async def test_it_serves_once_it_is_open_and_only_for_its_key(options: LlamaOptions) -> None:
    supervisor = LlamaSupervisor(options)
    await supervisor.open()
    try:
        assert supervisor.is_ready
        assert await status_of(supervisor.address, "/health") == 200
        for path in ("/slots", "/v1/models", "/props"):
            assert await status_of(supervisor.address, path) == 401
            assert await status_of(supervisor.address, path, "wrong") == 401
        assert await status_of(supervisor.address, "/slots", supervisor.address.api_key.reveal()) == 200
    finally:
        await supervisor.close()


async def test_the_key_shows_neither_in_the_command_nor_in_the_environment(options: LlamaOptions) -> None:
    supervisor = LlamaSupervisor(options)
    await supervisor.open()
    try:
        process, key = psutil.Process(pid_of(supervisor)), supervisor.address.api_key.reveal()
        assert key not in " ".join(process.cmdline())
        assert key not in " ".join(process.environ().values())
    finally:
        await supervisor.close()


async def test_close_ends_the_child_and_gives_the_port_back(options: LlamaOptions) -> None:
    supervisor = LlamaSupervisor(options)
    await supervisor.open()
    pid = pid_of(supervisor)
    await supervisor.close()
    await supervisor.close()
    assert not psutil.pid_exists(pid)
    assert not supervisor.is_ready
    with pytest.raises(EngineUnavailable):
        _ = supervisor.address


async def test_a_child_that_dies_comes_back_at_the_same_address(
    options: LlamaOptions, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = LlamaSupervisor(options)
    await supervisor.open()
    try:
        address, pid = supervisor.address, pid_of(supervisor)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not supervisor.is_ready)
        await until(lambda: supervisor.is_ready)
        assert supervisor.address == address
        assert supervisor.pid != pid
        assert await status_of(supervisor.address, "/slots", address.api_key.reveal()) == 200
        assert "ended by itself with status -9" in caplog.text
    finally:
        await supervisor.close()


async def test_a_child_that_stands_still_is_replaced(options: LlamaOptions) -> None:
    supervisor = LlamaSupervisor(msgspec.structs.replace(options, max_silence_s=5))
    await supervisor.open()
    try:
        pid = pid_of(supervisor)
        os.kill(pid, signal.SIGSTOP)
        await until(lambda: supervisor.is_ready and supervisor.pid != pid, 20)
        assert await status_of(supervisor.address, "/health") == 200
        assert not psutil.pid_exists(pid)
    finally:
        await supervisor.close()


async def test_it_goes_on_trying_while_the_model_is_broken(options: LlamaOptions, tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "model.gguf")
    supervisor = LlamaSupervisor(msgspec.structs.replace(options, model_path=str(model)))
    await supervisor.open()
    try:
        whole = model.read_bytes()
        model.unlink()  # the running child has it mapped
        model.write_bytes(b"nothing")
        os.kill(pid_of(supervisor), signal.SIGKILL)
        await until(lambda: supervisor.pid is None)
        await until(lambda: supervisor.pid is not None)
        await until(lambda: supervisor.pid is None)
        model.write_bytes(whole)
        await until(lambda: supervisor.is_ready)
    finally:
        await supervisor.close()


async def test_a_model_that_cannot_be_loaded_leaves_nothing_running(options: LlamaOptions, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"no model at all")
    supervisor = LlamaSupervisor(msgspec.structs.replace(options, model_path=str(broken)))
    with pytest.raises(EngineUnavailable, match="did not start"):
        await supervisor.open()
    assert supervisor.pid is None
    with pytest.raises(EngineUnavailable):
        _ = supervisor.address


def test_a_missing_model_is_found_before_anything_starts() -> None:
    with pytest.raises(SettingsError):
        LlamaSupervisor(LlamaOptions(model_path="/nowhere.gguf"))


def test_without_llama_cpp_the_settings_say_what_to_install(
    options: LlamaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(SettingsError, match="pip install"):
        LlamaSupervisor(options)


async def test_closing_while_it_waits_to_start_again_ends_the_waiting(options: LlamaOptions) -> None:
    supervisor = LlamaSupervisor(msgspec.structs.replace(options, restart_delay_s=1000, max_restart_delay_s=1000))
    await supervisor.open()
    os.kill(pid_of(supervisor), signal.SIGKILL)
    await until(lambda: supervisor.pid is None)
    await supervisor.close()


async def test_debug_logging_lets_llama_cpp_talk(options: LlamaOptions, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "sluiceway.llama")
    supervisor = LlamaSupervisor(options)
    await supervisor.open()
    try:
        await until(lambda: "model loaded" in caplog.text)
    finally:
        await supervisor.close()


PARENT = """
import asyncio, sys
from sluiceway.engines.llama.options import LlamaOptions
from sluiceway.engines.llama.supervisor import LlamaSupervisor

async def main():
    supervisor = LlamaSupervisor(LlamaOptions(model_path=sys.argv[1]))
    await supervisor.open()
    print(supervisor.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_no_child_outlives_its_parent(tiny_model: Path, sig: signal.Signals) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tiny_model), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert parent.stdout is not None
    child_pid = int(await asyncio.wait_for(parent.stdout.readline(), 30))
    parent.send_signal(sig)
    await asyncio.wait_for(parent.wait(), 10)
    await until(lambda: _is_gone(child_pid))


async def test_ctrl_c_in_the_terminal_does_not_reach_the_child(options: LlamaOptions) -> None:
    supervisor = LlamaSupervisor(options)
    await supervisor.open()
    try:
        assert os.getsid(pid_of(supervisor)) != os.getsid(0)
    finally:
        await supervisor.close()


def _is_gone(pid: int) -> bool:
    """Say whether a process is gone, or only waits for its parent, init, to take note."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TextIO

import httpx
import pytest
from support.certificate import write_certificate
from support.serverprocess import COMMAND, clean_environ, find_free_port
from typer.testing import CliRunner, Result

from sluiceway.cli import build_cli, main
from sluiceway.errors import SettingsError

GOOD = """\
port = 8181
[[upstreams]]
name = "vllm"
base_url = "http://127.0.0.1:9/v1?key=secret"
api_key = "secret"
models = ["a", "b"]

[[upstreams]]
name = "rest"
base_url = "http://127.0.0.1:10/v1"
"""


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the variables of whoever runs the tests."""
    for name in set(os.environ) - set(clean_environ()):
        monkeypatch.delenv(name)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_cli(), arguments)


def run_alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), *arguments]
    return subprocess.run(command, env=clean_environ(), capture_output=True, text=True, timeout=30, check=False)


def written(folder: Path, text: str) -> str:
    path = folder / "sluiceway.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_good_file_is_told_in_full_and_without_its_secrets(tmp_path: Path) -> None:
    result = run("check", "--config", written(tmp_path, GOOD))
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "good: listens on http://127.0.0.1:8181",
        "  vllm: a, b, openai_chat at http://127.0.0.1:9/v1",
        "  rest: any model, openai_chat at http://127.0.0.1:10/v1",
    ]


def test_a_local_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").touch()
    config = written(tmp_path, f"host = '::1'\n[llama]\nmodel_path = '{tmp_path / 'tiny.gguf'}'\n")
    lines = run("check", "--config", config).output.splitlines()
    assert lines == ["good: listens on http://[::1]:8080", "  llama: the model tiny, in this machine's llama.cpp"]


def test_a_certificate_makes_it_https(tmp_path: Path) -> None:
    own = write_certificate(tmp_path)
    config = written(tmp_path, f"tls_cert = '{own.cert}'\ntls_key = '{own.key}'\n{GOOD}")
    assert run("check", "--config", config).output.startswith("good: listens on https://127.0.0.1:8181")


def test_the_file_may_be_named_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEWAY_CONFIG", written(tmp_path, GOOD))
    assert "8181" in run("check").output


def test_a_bad_file_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, "\nport = 'x'\n")
    monkeypatch.setattr(sys, "argv", ["sluiceway", "check", "--config", config])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert capsys.readouterr().err == f"sluiceway: {config}:2: port: expected `int`, got `str`\n"


def test_every_setting_is_a_flag_with_its_default() -> None:
    help_text = " ".join(run("serve", "--help").output.split())
    for flag in ("--upstream", "--model", "--config", "--port", "--drain-s", "--heartbeat-s", "--log-level"):
        assert flag in help_text
    assert "8080" in help_text


def test_a_flag_out_of_bounds_is_told_with_its_name() -> None:
    error = run("serve", "--port", "0").exception
    assert isinstance(error, SettingsError)
    assert str(error) == "--port: port: expected `int` >= 1"


def test_a_port_that_somebody_has_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run_alone("serve", "--port", str(port), "--upstream", "http://127.0.0.1:9/v1")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"sluiceway: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_command_says_when_it_is_ready_and_ends_well_when_asked() -> None:
    port = find_free_port()
    command = [str(COMMAND), "serve", "--port", str(port), "--upstream", "http://127.0.0.1:9/v1"]
    with subprocess.Popen(command, env=clean_environ(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
        process.terminate()
        rest = process.stdout.read()
        assert process.wait(20) == 0
    assert first == f"Sluiceway serves any model its upstreams have at http://127.0.0.1:{port}\n"
    assert f"curl -N http://127.0.0.1:{port}/v1/chat/completions" in rest


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serving_in_this_process_ends_with_a_signal(workers: str) -> None:
    port = find_free_port()
    flags = ["--port", str(port), "--upstream", "http://127.0.0.1:9/v1", "--workers", workers]
    told: list[str] = []
    ends = os.pipe()
    with os.fdopen(ends[0]) as reading, os.fdopen(ends[1], "w") as writing:
        waiting = threading.Thread(target=end_when_told, args=(reading, told))
        waiting.start()
        with contextlib.redirect_stdout(writing):
            build_cli()(["serve", *flags], standalone_mode=False)
        waiting.join()
    assert told == [f"Sluiceway serves any model its upstreams have at http://127.0.0.1:{port}\n"]


def end_when_told(reading: TextIO, told: list[str]) -> None:
    """Wait for what a server says when it is ready, then end this process's server as an operator does."""
    told.append(reading.readline())
    os.kill(os.getpid(), signal.SIGTERM)

"""Flags, environment and TOML on a real process, and what ``sluiceway check`` says of them."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from support.chatanswers import streamed
from support.rawclient import chat_body
from support.rawserver import RawServer
from support.serverprocess import COMMAND, clean_environ, serving


def run(*arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [str(COMMAND), *arguments],
        env={**clean_environ(), **(environ or {})},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "sluiceway.toml"
    upstream = '[[upstreams]]\nname = "ours"\nbase_url = "http://127.0.0.1:1/v1"\nmodels = ["a", "b"]\n'
    file.write_text(f"port = 9001\ndrain_s = 5\n\n{upstream}")
    return file


async def test_settings_come_from_everywhere(tmp_path: Path) -> None:
    async with RawServer(streamed("one")) as source:
        config = "\n".join(
            [
                "port = 1",  # the flag is stronger
                "max_body_bytes = 1000",  # the variable is stronger
                "[[upstreams]]",
                'name = "ours"',
                f'base_url = "{source.url}/v1"',
                'models = ["a", "b"]',
                'api_key_env = "OUR_KEY"',
            ]
        )
        environ = {"OUR_KEY": "sk-made-up", "SLUICEWAY_MAX_BODY_BYTES": "200"}
        async with (
            serving(tmp_path, config=config, environ=environ) as server,
            httpx.AsyncClient(base_url=server.url, trust_env=False) as client,
        ):
            models = (await client.get("/v1/models")).json()["data"]
            large = await client.post("/v1/chat/completions", content=chat_body("a", user="u" * 300))
            unknown = await client.post("/v1/chat/completions", content=chat_body("c"))
            answer = await client.post("/v1/chat/completions", content=chat_body("a"))
            assert "sk-made-up" not in server.log
    assert [model["id"] for model in models] == ["a", "b"]
    assert (large.status_code, unknown.status_code, answer.status_code) == (413, 404, 200)
    assert answer.headers["sluiceway-upstream"] == "ours"
    assert source.requests[0].headers["authorization"] == "Bearer sk-made-up"


def test_a_good_configuration_is_summed_up(config: Path) -> None:
    done = run("check", "--config", str(config))
    assert (done.returncode, done.stderr) == (0, "")
    assert "127.0.0.1:9001" in done.stdout
    assert "ours: a, b" in done.stdout


def test_no_configuration_means_the_embedded_model() -> None:
    done = run("check")
    assert done.returncode == 0
    assert "sluiceway-embedded" in done.stdout


def test_a_mistake_is_told_with_its_line(config: Path) -> None:
    config.write_text('port = 9001\ndrain_s = "long"\n')
    done = run("check", "--config", str(config))
    assert done.returncode == 1
    assert f"{config}:2: drain_s" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    ["prot = 1", "port = 99999", "= 1", '[[upstreams]]\nname = "x"', "[llama]\nmodel_path = '/nowhere/model.gguf'"],
    ids=["unknown", "out of bounds", "no TOML", "no URL", "no model"],
)
def test_every_mistake_is_one_line(config: Path, text: str) -> None:
    config.write_text(text)
    done = run("check", "--config", str(config))
    assert done.returncode == 1
    assert done.stderr.startswith("sluiceway: ")
    assert len(done.stderr.splitlines()) == 1


def test_serving_tells_the_same_as_checking(config: Path) -> None:
    config.write_text("prot = 1")
    checked, served = run("check", "--config", str(config)), run("serve", "--config", str(config))
    assert (served.returncode, served.stderr) == (checked.returncode, checked.stderr)


def test_a_mistake_in_the_environment_names_the_variable() -> None:
    done = run("check", environ={"SLUICEWAY_PORT": "high"})
    assert done.returncode == 1
    assert "SLUICEWAY_PORT" in done.stderr


def test_a_mistake_in_a_flag_names_the_flag() -> None:
    done = run("serve", "--drain-s", "-1")
    assert done.returncode == 1
    assert "--drain-s" in done.stderr


def test_an_unknown_flag_is_refused() -> None:
    assert run("serve", "--prot", "1").returncode == 2


def test_a_missing_file_is_told() -> None:
    done = run("check", "--config", "nowhere.toml")
    assert done.returncode == 1
    assert "nowhere.toml" in done.stderr


def test_a_port_in_use_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("serve", "--port", str(port), "--upstream", "http://127.0.0.1:1/v1")
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr

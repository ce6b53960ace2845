"""A worker is told everything on standard input, and ends when its parent is gone."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import msgspec
import pytest
from support.serverprocess import find_free_port

from sluiceway.engines.llama.address import LlamaAddress
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.secret import Secret
from sluiceway.server.settings import Settings
from sluiceway.server.worker import READY, WorkerSpec, decode_spec, encode_spec


def _spec(folder: Path) -> WorkerSpec:
    upstream = UpstreamOptions(base_url="http://127.0.0.1:9/v1", api_key=Secret("sk-1"))
    settings = Settings(port=find_free_port(), upstreams=(upstream,), drain_s=0, workers=2)
    return WorkerSpec(settings, {"NO_PROXY": "*"}, str(folder), "worker-0.sock", LlamaAddress(1, Secret("key")))


async def _start(spec: WorkerSpec) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sluiceway.server.worker", stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(encode_spec(spec))
    assert await asyncio.wait_for(process.stdout.readline(), 30) == READY
    return process


def test_what_a_worker_is_told_comes_through_whole_with_its_secrets(tmp_path: Path) -> None:
    spec = _spec(tmp_path)
    line = encode_spec(spec)
    assert line.count(b"\n") == 1
    assert decode_spec(line) == spec


def test_only_secrets_are_spelled_out_beyond_plain_json(tmp_path: Path) -> None:
    spec = WorkerSpec(_spec(tmp_path).settings, {"x": object()}, "", "")  # type: ignore[dict-item]
    with pytest.raises(NotImplementedError):
        encode_spec(spec)


async def test_a_worker_that_cannot_serve_says_why_in_one_line(tmp_path: Path) -> None:
    spec = _spec(tmp_path)
    url = f"127.0.0.1:{find_free_port()}"
    settings = msgspec.structs.replace(spec.settings, redis=Secret(f"redis://:hush@{url}"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sluiceway.server.worker", stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(encode_spec(msgspec.structs.replace(spec, settings=settings)))  # open: its parent lives
    async with asyncio.timeout(30):
        told, said = await process.stdout.read(), await process.stderr.read()
    assert (await process.wait(), told) == (1, b"")
    assert said.decode() == f"sluiceway: Redis cannot be used at {url}: [Errno 111] Connection refused\n"


async def test_a_worker_ends_in_good_order_when_its_parent_is_gone(tmp_path: Path) -> None:
    process = await _start(_spec(tmp_path))
    assert process.stdin is not None
    process.stdin.write(b"something")
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_a_worker_ends_in_good_order_when_it_is_told_to(tmp_path: Path) -> None:
    process = await _start(_spec(tmp_path))
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert process.stdin is not None
    process.stdin.close()

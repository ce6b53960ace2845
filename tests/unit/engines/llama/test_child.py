from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import xllamacpp

from sluiceway.engines.llama.address import reserve_port
from sluiceway.engines.llama.child import _batch_tokens, _read_line, server_params
from sluiceway.engines.llama.spec import BEAT, READY_LINE, ChildSpec

COMMAND = [sys.executable, "-P", "-m", "sluiceway.engines.llama.child"]


BODY = b'{"messages":[{"role":"user","content":"hi"}],"stream":true,"ignore_eos":true}'
ENDLESS = (
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: llama\r\nAuthorization: Bearer hush-hush\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)


def spec(model_path: Path | str = "/models/tiny.gguf", *, parent_pid: int | None = None, port: int = 0) -> ChildSpec:
    return ChildSpec(
        parent_pid=parent_pid or os.getpid(),
        model_path=str(model_path),
        model_name="tiny",
        port=port,
        api_key="hush-hush",
        context_tokens=8192,
        parallel_slots=3,
        threads=2,
        gpu_layers=0,
        batch_tokens=64,
        prompt_cache_mib=5,
        verbosity=2,
    )


def test_its_server_listens_here_only_and_wants_the_key() -> None:
    params = server_params(spec())
    assert (params.hostnames, params.api_keys, params.ui) == (["127.0.0.1"], ["hush-hush"], False)


def test_context_is_given_to_each_slot() -> None:
    params = server_params(spec())
    assert (params.n_ctx, params.n_parallel, params.n_batch, params.n_ubatch) == (24576, 3, 64, 64)
    assert (params.cpuparams.n_threads, params.cpuparams_batch.n_threads, params.cache_ram_mib) == (2, 2, 5)


def test_prompts_are_read_in_larger_stretches_where_there_is_a_gpu() -> None:
    kind = xllamacpp.ggml_backend_dev_type
    cpu, gpu = ({"type": kind(number)} for number in (0, 1))
    assert (_batch_tokens([cpu]), _batch_tokens([cpu, gpu])) == (128, 512)


def test_a_line_is_read_and_what_follows_is_left() -> None:
    readable, writable = os.pipe()
    try:
        os.write(writable, b"one\ntwo")
        assert _read_line(readable) == b"one"
        os.close(writable)
        assert _read_line(readable) == b"two"
    finally:
        os.close(readable)


def child() -> subprocess.Popen[bytes]:
    return subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_it_says_that_it_is_ready_and_alive_and_ends_with_its_input(tiny_model: Path) -> None:
    with child() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(spec(tiny_model)) + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == READY_LINE
        assert process.stdout.read(2) == BEAT + BEAT
        process.stdin.close()
        assert process.stdout.read().strip(BEAT) == b""
        assert process.wait(10) == 0


async def test_it_ends_with_its_input_also_while_it_computes(tiny_model: Path) -> None:
    with reserve_port() as holder, child() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = holder.getsockname()[1]
        process.stdin.write(msgspec.json.encode(spec(tiny_model, port=port)) + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == READY_LINE
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ENDLESS)
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        process.stdin.close()
        assert await asyncio.to_thread(process.wait, 10) == 0
        writer.close()


def test_it_does_not_start_for_a_parent_that_is_gone(tiny_model: Path) -> None:
    with child() as process:
        out, _ = process.communicate(msgspec.json.encode(spec(tiny_model, parent_pid=1)) + b"\n", timeout=10)
        assert (out, process.returncode) == (b"", 1)

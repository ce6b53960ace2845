"""llama.cpp's process dies: readers are told once, and the server is well again soon."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import httpx
import psutil
from support.rawclient import chat_body, connected, encode_post
from support.serverprocess import ServerProcess, is_alive, serving
from support.wait import until

PATH = "/v1/chat/completions"
ENDLESS = chat_body("tiny", ignore_eos=True)
SHORT = chat_body("tiny", stream=False, max_tokens=1)


def child_of(server: ServerProcess) -> psutil.Process:
    [child] = server.children()
    return child


async def replaced(server: ServerProcess, pid: int) -> psutil.Process:
    """Wait until another process has taken the place of ``pid`` and answers, and return it."""

    def is_replaced() -> bool:
        return [child.pid for child in server.children() if is_alive(child)] not in ([], [pid])

    await until(is_replaced, 20)
    await server.until_ready("/readyz")
    return child_of(server)


async def status_of(server: ServerProcess, body: bytes) -> int:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as client:
        return (await client.post(PATH, content=body)).status_code


async def test_a_reader_is_told_once_and_the_next_is_answered(endless_config: str, tmp_path: Path) -> None:
    async with serving(tmp_path, config=endless_config) as server:
        first = child_of(server)
        async with connected(server.port) as client:
            await client.send(encode_post(ENDLESS, "Connection: close"))
            await client.until(b'"content":"')
            first.send_signal(signal.SIGKILL)
            answer = await client.read_to_end()
        assert answer.count(b'data: {"error":') == 1
        assert b'"code":"engine_unavailable"' in answer
        assert answer.count(b"data: [DONE]") == 1
        assert b'"finish_reason":"' not in answer
        assert (await replaced(server, first.pid)).pid != first.pid
        assert await status_of(server, SHORT) == 200


async def test_who_waits_for_a_whole_answer_gets_a_status(endless_config: str, tmp_path: Path) -> None:
    async with serving(tmp_path, config=endless_config) as server:
        body = chat_body("tiny", stream=False, ignore_eos=True)
        asking = asyncio.create_task(status_of(server, body))
        await server.until_said(1)
        child = child_of(server)
        child.send_signal(signal.SIGKILL)
        assert await asking == 503
        await replaced(server, child.pid)


async def test_it_recovers_again_and_again(endless_config: str, tmp_path: Path) -> None:
    async with serving(tmp_path, config=endless_config) as server:
        child = child_of(server)
        pids = {child.pid}
        for _ in range(2):
            child.send_signal(signal.SIGKILL)
            child = await replaced(server, child.pid)
            pids.add(child.pid)
        assert len(pids) == 3
        assert await status_of(server, SHORT) == 200


async def test_no_key_or_prompt_stands_in_the_list_of_processes(endless: ServerProcess) -> None:
    child = child_of(endless)
    assert child.cmdline()[1:] == ["-P", "-m", "sluiceway.engines.llama.child"]
    assert not any("key" in name.lower() and "sluiceway" in name.lower() for name in child.environ())


async def test_the_local_model_counts_what_it_said(endless: ServerProcess) -> None:
    body = chat_body("tiny", stream=False, ignore_eos=True, max_tokens=7)
    async with httpx.AsyncClient(base_url=endless.url, trust_env=False, timeout=30) as client:
        usage = (await client.post(PATH, content=body)).json()["usage"]
    assert usage["completion_tokens"] == 7


async def test_every_reader_of_a_full_house_is_answered(endless: ServerProcess) -> None:
    body = chat_body("tiny", ignore_eos=True, max_tokens=50)

    async def ask(client: httpx.AsyncClient) -> int:
        text = (await client.post(PATH, content=body)).text
        chunks = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
        assert text.endswith("data: [DONE]\n\n")
        return sum(bool(choice["delta"].get("content")) for chunk in chunks for choice in chunk["choices"])

    async with httpx.AsyncClient(base_url=endless.url, trust_env=False, timeout=30) as client:
        said = await asyncio.gather(*(ask(client) for _ in range(8)))
    # A byte of the model's noise may be no text of its own, and come with the next.
    assert all(0 < count <= 50 for count in said)

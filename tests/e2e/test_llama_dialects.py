"""llama.cpp's own server as an upstream of three dialects: the same model says the same, whatever it is asked in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from support.clients.anthropic_python import Anthropic
from support.clients.base import Ask, Client
from support.clients.openai_python import OpenAIChat, OpenAIResponses
from support.serverprocess import ServerProcess, serving

from sluiceway.engines.llama.options import LlamaOptions
from sluiceway.engines.llama.supervisor import LlamaSupervisor

DIALECTS = ("openai_chat", "openai_responses", "anthropic")
QUESTION = {"max_tokens": 40, "temperature": 0, "messages": [{"role": "user", "content": "What is TTFT?"}]}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """One server before a llama.cpp that it asks in three dialects; the model's name says in which."""
    supervisor = LlamaSupervisor(LlamaOptions())
    await supervisor.open()
    address = supervisor.address
    tables = [
        f'[[upstreams]]\nname = "{dialect}"\ndialect = "{dialect}"\nmodels = ["{dialect}"]\n'
        f'base_url = "{address.base_url}"\napi_key = "{address.api_key.reveal()}"'
        for dialect in DIALECTS
    ]
    try:
        async with serving(tmp_path_factory.mktemp("llama"), config="\n\n".join(tables)) as process:
            yield process
    finally:
        await supervisor.close()


async def test_the_same_words_come_by_every_way(server: ServerProcess) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as client:
        answers = [
            (await client.post("/v1/chat/completions", json={**QUESTION, "model": dialect})).json()
            for dialect in DIALECTS
        ]
    texts = {answer["choices"][0]["message"]["content"] for answer in answers}
    assert len(texts) == 1
    assert all("first token" in text for text in texts)
    assert [answer["usage"]["completion_tokens"] for answer in answers] == [40, 40, 40]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("client", [OpenAIChat(), OpenAIResponses(), Anthropic()], ids=lambda client: client.name)
async def test_text_reaches_every_client(client: Client, dialect: str, server: ServerProcess) -> None:
    ask = Ask(server.url, dialect, max_tokens=200)
    assert await client.text(ask)
    assert await client.whole(ask)


async def test_tokens_are_counted_by_the_model_itself(server: ServerProcess) -> None:
    body = {"model": "anthropic", "messages": [{"role": "user", "content": "What is TTFT?"}]}
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as client:
        counted = await client.post("/v1/messages/count_tokens", json=body)
        refused = await client.post("/v1/messages/count_tokens", json={**body, "model": "openai_chat"})
    assert counted.json()["input_tokens"] > 3
    assert (refused.status_code, refused.json()["type"]) == (400, "error")

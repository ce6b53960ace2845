"""A model with a schema it is not told of is stopped at the first violation; patches, as the clients read them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from anthropic import AsyncAnthropic
from openai import APIError, AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk
from support.chatanswers import FIRST, STREAM_HEAD, Listen, piece, streamed, unary
from support.clients.base import Ask
from support.clients.node import NodeAsker
from support.rawclient import chat_body, connected, encode_post
from support.rawserver import READ, STALL
from support.serverprocess import ServerProcess, serving

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 8}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
GOOD = ['{"name": "', "Anna", '", "age"', ": 3}"]
BAD = ['{"name": "', "Anna", " Maria Lu", "ise"]
TELL = {"Sluiceway-Partial": "json"}
PATCHES = [
    {"path": "", "value": {}},
    {"path": "/name", "value": ""},
    {"path": "/name", "grew": "Anna"},
    {"path": "/name", "complete": True},
    {"path": "/age", "value": 3},
    {"path": "", "complete": True},
]


@pytest.fixture(scope="session")
def guards(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Return the settings of a guard for one model."""
    file = tmp_path_factory.mktemp("schema") / "person.json"
    file.write_text(json.dumps(SCHEMA))
    return lambda model: f'[[guards]]\nmodels = ["{model}"]\nschema_file = "{file}"\n'


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def guarded(
    upstream_url: str, guards: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServerProcess]:
    """One server before the scripted upstream, whose model `person` has a schema."""
    config = f'{guards("person")}\n[[upstreams]]\nbase_url = "{upstream_url}"\n'
    async with serving(tmp_path_factory.mktemp("guarded"), config=config) as process:
        yield process


async def post(server: ServerProcess, body: bytes, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        return await client.post(f"{server.url}/v1/chat/completions", content=body, headers=headers)


async def outcomes(server: ServerProcess) -> dict[str, float]:
    async with httpx.AsyncClient(trust_env=False) as client:
        page = (await client.get(f"{server.url}/metrics")).text
    lines = [line for line in page.splitlines() if line.startswith("sluiceway_guarded_total{")]
    return {line.partition('outcome="')[2].partition('"')[0]: float(line.split()[-1]) for line in lines}


async def gather(stream: AsyncStream[ChatCompletionChunk], texts: list[str]) -> None:
    async for chunk in stream:
        texts += [choice.delta.content or "" for choice in chunk.choices]


async def test_the_first_violation_closes_the_upstream_and_is_told(guarded: ServerProcess, upstream: Listen) -> None:
    before = (await outcomes(guarded)).get("invalid", 0)
    async with upstream([READ, STREAM_HEAD, FIRST, *map(piece, BAD), STALL]) as source:
        async with connected(guarded.port) as client:
            await client.send(encode_post(chat_body("person"), "Connection: close"))
            told = (await client.read_to_end()).decode()
        async with asyncio.timeout(20):
            await source.connections[0].closed.wait()
    assert '"content":"Anna"' in told
    assert "Maria" not in told
    assert told.count("schema_violation") == 1
    assert "the answer breaks its schema at /name: it is longer than 8 characters (maxLength)" in told
    assert '"finish_reason":"' not in told
    assert "response_format" not in source.connections[0].received.decode()
    await guarded.until_live(0)
    assert (await outcomes(guarded))["invalid"] == before + 1


async def test_an_answer_that_follows_the_schema_is_as_it_would_be_without(
    guarded: ServerProcess, upstream: Listen
) -> None:
    async with upstream(streamed(*GOOD), streamed(*GOOD)):
        bodies = [(await post(guarded, chat_body(model))).content for model in ("person", "other")]
    assert bodies[0] == bodies[1]


async def test_a_whole_answer_that_breaks_the_schema_is_an_error(guarded: ServerProcess, upstream: Listen) -> None:
    async with upstream(unary('{"name": "Anna"}')):
        answer = await post(guarded, chat_body("person", stream=False))
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "schema_violation"
    assert "it has no member 'age'" in answer.json()["error"]["message"]


async def test_a_client_of_openai_raises_what_it_is_told(guarded: ServerProcess, upstream: Listen) -> None:
    texts: list[str] = []
    async with (
        upstream(streamed(*BAD)),
        AsyncOpenAI(base_url=f"{guarded.url}/v1", api_key="any", max_retries=0) as client,
    ):
        stream = await client.chat.completions.create(
            model="person", messages=[{"role": "user", "content": "Who?"}], stream=True
        )
        with pytest.raises(APIError, match="/name"):
            await gather(stream, texts)
    assert "".join(texts) == "".join(BAD[:2])


async def test_a_violation_frees_the_slot_of_the_local_model(
    endless_config: str, guards: Callable[[str], str], tmp_path: Path
) -> None:
    """The model would talk for minutes in its one slot; who asks next gets it."""
    async with serving(tmp_path, config=f"{endless_config}\n\n{guards('tiny')}") as server:
        for _ in range(3):
            answer = await post(server, chat_body("tiny", ignore_eos=True))
            assert "schema_violation" in answer.text
        await server.until_live(0)
        assert await outcomes(server) == {"invalid": 3}


# Patches.


async def test_patches_come_behind_the_events_that_make_them(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(streamed(*GOOD), streamed(*GOOD)):
        plain = (await post(server, chat_body())).text
        told = (await post(server, chat_body(), **TELL)).text
    lines = [line for line in told.splitlines(keepends=True) if not line.startswith(": sluiceway ")]
    patches = [line.removeprefix(": sluiceway ") for line in told.splitlines() if line.startswith(": sluiceway ")]
    assert "".join(lines) == plain
    assert list(map(json.loads, patches)) == PATCHES
    events = told.split("\n\n")
    at = next(number for number, event in enumerate(events) if '"content":"Anna"' in event)
    assert events[at + 1].splitlines()[0] == ': sluiceway {"path":"/name","grew":"Anna"}'


async def test_a_client_of_openai_does_not_notice_patches(server: ServerProcess, upstream: Listen) -> None:
    async with (
        upstream(streamed(*GOOD)),
        AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0, default_headers=TELL) as client,
    ):
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Who?"}], stream=True
        )
        chunks = [chunk async for chunk in stream]
    assert "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices) == "".join(GOOD)
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)


async def test_a_client_of_openais_responses_does_not_notice_patches(server: ServerProcess, upstream: Listen) -> None:
    async with (
        upstream(streamed(*GOOD)),
        AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0, default_headers=TELL) as client,
    ):
        stream = await client.responses.create(model="m", input="Who?", stream=True, store=False)
        events = [event async for event in stream]
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "".join(GOOD)
    assert events[-1].type == "response.completed"


async def test_a_client_of_anthropic_does_not_notice_patches(server: ServerProcess, upstream: Listen) -> None:
    async with (
        upstream(streamed(*GOOD)),
        AsyncAnthropic(base_url=server.url, api_key="any", max_retries=0, default_headers=TELL) as client,
        client.messages.stream(model="m", max_tokens=99, messages=[{"role": "user", "content": "Who?"}]) as stream,
    ):
        texts = [text async for text in stream.text_stream]
        message = await stream.get_final_message()
    assert "".join(texts) == "".join(GOOD)
    assert message.stop_reason == "end_turn"


async def test_the_ai_sdk_does_not_notice_patches_and_its_parser_hears_them(
    server: ServerProcess, upstream: Listen
) -> None:
    async with upstream(streamed(*GOOD), streamed(*GOOD)), NodeAsker() as asker:
        assert await asker.ask("patches", "text", Ask(server.url, "m")) == "".join(GOOD)
        assert await asker.ask("patches", "heard", Ask(server.url, "m")) == PATCHES


async def test_any_other_wish_is_refused(server: ServerProcess) -> None:
    answer = await post(server, chat_body(), **{"Sluiceway-Partial": "xml"})
    assert answer.status_code == 400
    assert "Sluiceway-Partial" in answer.text

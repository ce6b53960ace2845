"""OpenAI's own Python client, as its users write it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator

import httpx
import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import (
    ChatCompletionMessageParam,
    ChatCompletionStreamOptionsParam,
    ChatCompletionToolParam,
)
from openai.types.shared_params import ResponseFormatJSONSchema
from support.chatanswers import FIRST, LAST, STREAM_HEAD, USAGE, Listen, failure, piece, streamed, unary
from support.chatchunks import DONE, chunk, sse
from support.rawclient import chat_body
from support.rawserver import READ, RESET, Script, Wait, chunked, response
from support.serverprocess import ServerProcess

MESSAGES: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Tell me a story about a river."}]
SCHEMA: dict[str, object] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL: ChatCompletionToolParam = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
EMBEDDED = "sluiceway-embedded"


@contextlib.contextmanager
def sync_client(server: ServerProcess) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0, timeout=30) as client:
        yield client


@contextlib.asynccontextmanager
async def async_client(server: ServerProcess) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0, timeout=30) as client:
        yield client


def form(name: str, schema: dict[str, object]) -> ResponseFormatJSONSchema:
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema, "strict": True}}


def tool_answer() -> Script:
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
    deltas = [first, *({"index": 0, "function": {"arguments": part}} for part in ('{"city":', '"Bonn"}'))]
    chunks = [chunk({"tool_calls": [delta]}) for delta in deltas]
    return [READ, STREAM_HEAD, FIRST, chunked(sse(*chunks, chunk(finish="tool_calls"), DONE), b"")]


# The embedded model, with nothing but the model's own words.


def test_the_embedded_model_streams(embedded: ServerProcess) -> None:
    with sync_client(embedded) as client:
        stream = client.chat.completions.create(model=EMBEDDED, messages=MESSAGES, max_tokens=8, stream=True)
        chunks = list(stream)
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[-1].choices[0].finish_reason in {"length", "stop"}
    assert all(chunk.usage is None for chunk in chunks)


def test_the_embedded_model_answers_whole(embedded: ServerProcess) -> None:
    with sync_client(embedded) as client:
        answer = client.chat.completions.create(model=EMBEDDED, messages=MESSAGES, max_tokens=8)
    assert answer.choices[0].message.role == "assistant"
    assert answer.usage is not None
    assert 0 < answer.usage.completion_tokens <= 8
    assert answer.usage.prompt_tokens > 0


async def test_the_embedded_model_streams_to_many_at_once(embedded: ServerProcess) -> None:
    async def ask(client: AsyncOpenAI) -> str | None:
        stream = await client.chat.completions.create(model=EMBEDDED, messages=MESSAGES, max_tokens=8, stream=True)
        return [chunk async for chunk in stream][-1].choices[0].finish_reason

    async with async_client(embedded) as client:
        reasons = await asyncio.gather(*(ask(client) for _ in range(6)))
    assert set(reasons) <= {"length", "stop"}


def test_the_embedded_model_is_listed(embedded: ServerProcess) -> None:
    with sync_client(embedded) as client:
        assert [model.id for model in client.models.list()] == [EMBEDDED]


def test_a_model_nobody_serves_is_not_found(embedded: ServerProcess) -> None:
    with sync_client(embedded) as client, pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="nobody", messages=MESSAGES)
    assert caught.value.code == "model_not_found"


def test_the_embedded_model_keeps_to_a_schema(embedded: ServerProcess) -> None:
    flag: dict[str, object] = {
        "type": "object",
        "properties": {"is_far": {"type": "boolean"}},
        "required": ["is_far"],
    }
    with sync_client(embedded) as client:
        answer = client.chat.completions.create(
            model=EMBEDDED, messages=MESSAGES, max_tokens=64, response_format=form("far", flag)
        )
    if answer.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(answer.choices[0].message.content or "")["is_far"], bool)
    else:
        assert (answer.choices[0].message.content or "").lstrip().startswith("{")


def test_tools_are_taken_by_the_embedded_model(embedded: ServerProcess) -> None:
    with sync_client(embedded) as client:
        answer = client.chat.completions.create(model=EMBEDDED, messages=MESSAGES, max_tokens=8, tools=[TOOL])
    assert answer.choices[0].finish_reason in {"length", "stop", "tool_calls"}


# A scripted upstream, which says exactly what the test needs.


async def test_a_stream_arrives_chunk_by_chunk(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(streamed("Hello", ", ", "world")), async_client(server) as client:
        stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        chunks = [chunk async for chunk in stream]
    assert [chunk.choices[0].delta.content for chunk in chunks[1:-1]] == ["Hello", ", ", "world"]
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_the_synchronous_client_reads_the_same(server: ServerProcess, upstream: Listen) -> None:
    def ask() -> list[str]:
        with sync_client(server) as client:
            stream = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
            return [chunk.choices[0].delta.content or "" for chunk in stream]

    async with upstream(streamed("Hello", ", ", "world")):
        assert "".join(await asyncio.to_thread(ask)) == "Hello, world"


@pytest.mark.parametrize("include_usage", [True, False])
async def test_usage_is_told_to_those_who_ask(
    server: ServerProcess, upstream: Listen, *, include_usage: bool
) -> None:
    async with upstream(streamed("Hello")), async_client(server) as client:
        stream = await client.chat.completions.create(
            model="m", messages=MESSAGES, stream=True, stream_options={"include_usage": include_usage}
        )
        usages = [chunk.usage.to_dict() async for chunk in stream if chunk.usage is not None]
    assert usages == ([USAGE] if include_usage else [])


async def test_a_whole_answer_has_its_choices_and_usage(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(unary("left", "right")) as source, async_client(server) as client:
        answer = await client.chat.completions.create(model="m", messages=MESSAGES, n=2)
    assert [choice.message.content for choice in answer.choices] == ["left", "right"]
    assert answer.usage is not None
    assert answer.usage.total_tokens == USAGE["total_tokens"]
    assert json.loads(source.requests[0].body)["n"] == 2


async def test_choices_side_by_side_stay_apart(server: ServerProcess, upstream: Listen) -> None:
    ends = chunked(sse(chunk(finish="stop", index=1), chunk(finish="stop"), DONE), b"")
    script = [READ, STREAM_HEAD, piece("a", 0), piece("x", 1), piece("b", 0), piece("y", 1), ends]
    texts = {0: "", 1: ""}
    async with upstream(script), async_client(server) as client:
        stream = await client.chat.completions.create(model="m", messages=MESSAGES, n=2, stream=True)
        async for piece_of in stream:
            for choice in piece_of.choices:
                texts[choice.index] += choice.delta.content or ""
    assert texts == {0: "ab", 1: "xy"}


async def test_tools_go_up_and_calls_come_down(server: ServerProcess, upstream: Listen) -> None:
    async with (
        upstream(tool_answer()) as source,
        async_client(server) as client,
        client.chat.completions.stream(model="m", messages=MESSAGES, tools=[TOOL]) as stream,
    ):
        answer = await stream.get_final_completion()
    [call] = answer.choices[0].message.tool_calls or []
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Bonn"})
    assert json.loads(source.requests[0].body)["tools"] == [TOOL]


async def test_the_clients_own_helper_follows_a_stream(server: ServerProcess, upstream: Listen) -> None:
    usage: ChatCompletionStreamOptionsParam = {"include_usage": True}
    async with (
        upstream(streamed("Hello", "!")),
        async_client(server) as client,
        client.chat.completions.stream(model="m", messages=MESSAGES, stream_options=usage) as stream,
    ):
        deltas = [event.delta async for event in stream if event.type == "content.delta"]
        answer = await stream.get_final_completion()
    assert "".join(deltas) == answer.choices[0].message.content == "Hello!"
    assert answer.usage is not None


async def test_a_schema_goes_up_as_it_is(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(unary('{"city":"Bonn"}')) as source, async_client(server) as client:
        await client.chat.completions.create(model="m", messages=MESSAGES, response_format=form("where", SCHEMA))
    assert json.loads(source.requests[0].body)["response_format"]["json_schema"]["schema"] == SCHEMA


ERRORS: list[tuple[str, type[openai.APIStatusError]]] = [
    ("400 Bad Request", openai.BadRequestError),
    ("401 Unauthorized", openai.AuthenticationError),
    ("403 Forbidden", openai.PermissionDeniedError),
    ("404 Not Found", openai.NotFoundError),
    ("409 Conflict", openai.ConflictError),
    ("422 Unprocessable Entity", openai.UnprocessableEntityError),
    ("429 Too Many Requests", openai.RateLimitError),
    ("500 Internal Server Error", openai.InternalServerError),
    ("503 Service Unavailable", openai.InternalServerError),
]


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize(("status", "error"), ERRORS, ids=[status[:3] for status, _ in ERRORS])
async def test_an_error_before_the_answer_is_the_clients_own_exception(
    server: ServerProcess, upstream: Listen, status: str, error: type[openai.APIStatusError], *, stream: bool
) -> None:
    async with upstream(failure(status, "their words", "Retry-After: 7")), async_client(server) as client:
        with pytest.raises(error, match="their words") as caught:
            await client.chat.completions.create(model="m", messages=MESSAGES, stream=stream)
    assert caught.value.code == "their_code"
    assert caught.value.response.headers["retry-after"] == "7"


async def test_an_upstream_that_is_not_there_is_a_status(server: ServerProcess) -> None:
    async with async_client(server) as client:
        with pytest.raises(openai.InternalServerError) as caught:
            await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
    assert caught.value.status_code == 503
    assert caught.value.code == "engine_unavailable"


BROKEN: dict[str, Script] = {
    "error event": [chunked(b'data: {"error":{"message":"out of memory","code":"oom"}}\n\n', b"")],
    "cut in mid-stream": [RESET],
    "ends without a finish": [chunked(b"")],
    "not JSON": [chunked(b"data: {]\n\n")],
}


@pytest.mark.parametrize("ending", BROKEN.values(), ids=BROKEN.keys())
async def test_an_error_in_mid_stream_raises_after_what_came(
    server: ServerProcess, upstream: Listen, ending: Script
) -> None:
    text = ""
    # The word is read before the ending is sent: a reset may throw away what was not.
    is_read = asyncio.Event()
    script = [READ, STREAM_HEAD, FIRST, piece("Hello"), Wait(is_read), *ending]
    async with upstream(script), async_client(server) as client:
        stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        with pytest.raises(openai.APIError):  # noqa: PT012 - where in the loop is what is asked
            async for part in stream:
                text += part.choices[0].delta.content or ""
                if text:
                    is_read.set()
    assert text == "Hello"


async def test_a_whole_answer_that_breaks_off_is_a_status(server: ServerProcess, upstream: Listen) -> None:
    body = response(b'{"id":"chatcmpl-1","choi', "application/json")
    script = [READ, body.replace(b"Content-Length: 24", b"Content-Length: 900")]
    async with upstream(script), async_client(server) as client:
        with pytest.raises(openai.InternalServerError):
            await client.chat.completions.create(model="m", messages=MESSAGES)


# Lines instead of events, for clients without a parser of events.


async def test_lines_carry_the_same_payloads(server: ServerProcess, upstream: Listen) -> None:
    script = [READ, STREAM_HEAD, FIRST, piece("Hello"), LAST]
    async with upstream(script), httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        answer = await client.post(
            "/v1/chat/completions", content=chat_body(), headers={"Accept": "application/x-ndjson"}
        )
    payloads = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [payload["choices"][0]["delta"].get("content") for payload in payloads] == ["", "Hello", None]


async def test_lines_end_with_the_error(server: ServerProcess, upstream: Listen) -> None:
    script = [READ, STREAM_HEAD, FIRST, piece("Hello"), chunked(b"")]
    async with upstream(script), httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        answer = await client.post(
            "/v1/chat/completions", content=chat_body(), headers={"Accept": "application/x-ndjson"}
        )
    *_, last = [json.loads(line) for line in answer.text.splitlines()]
    assert last["error"]["message"]

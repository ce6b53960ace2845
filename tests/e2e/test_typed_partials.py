"""The embedded model's answers as typed values, while OpenAI's own client reads them; and the page's examples."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pydantic
import pytest
import pytest_asyncio
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionFunctionToolParam
from openai.types.shared_params import ResponseFormatJSONSchema
from support.serverprocess import ServerProcess
from support.typed_zoos import shown

from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.errors import ToolCallCut
from sluiceway.partial.calls import ToolCall, ToolCallFeed
from sluiceway.partial.events import Completed, Event
from sluiceway.partial.typed import TypedFeed

MODEL = "sluiceway-embedded"
PAGE = Path(__file__).parents[2] / "docs" / "typed.md"


class Person(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    name: str = pydantic.Field(max_length=24)
    age: int


class Tale(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    title: str = pydantic.Field(max_length=48)
    weather: Literal["sun", "rain", "fog"]
    people: list[Person] = pydantic.Field(min_length=1, max_length=3)


FORM: ResponseFormatJSONSchema = {
    "type": "json_schema",
    "json_schema": {"name": "tale", "schema": Tale.model_json_schema(), "strict": True},
}
DRAW: ChatCompletionFunctionToolParam = {
    "type": "function",
    "function": {"name": "tale", "parameters": Tale.model_json_schema()},
}


@pytest_asyncio.fixture(loop_scope="function")
async def client(embedded: ServerProcess) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{embedded.url}/v1", api_key="any", max_retries=0, timeout=50) as one:
        yield one


async def pieces_of(client: AsyncOpenAI, seed: int) -> AsyncIterator[str]:
    stream = await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Tell me about a miller, as JSON."}],
        response_format=FORM,
        seed=seed,
        stream=True,
    )
    async for chunk in stream:
        yield chunk.choices[0].delta.content or ""


async def call_of(client: AsyncOpenAI, **options: Any) -> ToolCall:
    """Return the one call of an answer, followed from the bytes that the client got."""
    upstream = OPENAI_CHAT.upstream
    assert upstream is not None
    decoder = upstream.decoder(True, 1 << 20)
    feed = ToolCallFeed({"tale": Tale})
    async with client.chat.completions.with_streaming_response.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Tell me about a miller."}],
        tools=[DRAW],
        tool_choice="required",
        stream=True,
        **options,
    ) as answer:
        async for data in answer.iter_bytes():
            for frame in decoder.feed(data):
                for event in frame.events:
                    feed.feed(event)
    feed.close()
    (call,) = feed.calls
    return call


@pytest.mark.parametrize("seed", range(3))
async def test_an_answer_with_a_schema_fills_a_model(client: AsyncOpenAI, seed: int) -> None:
    feed = TypedFeed(Tale, fails_early=True)
    events: list[Event] = []
    titles: set[str] = set()
    async for piece in pieces_of(client, seed):
        events += feed.push(piece)
        titles.add(shown(feed.value).get("title", ""))
    people = [event.value for event in events if isinstance(event, Completed) and len(event.path) == 2]
    tale = feed.close()
    assert type(tale) is Tale
    assert people == tale.people
    assert all(tale.title.startswith(title) for title in titles)
    assert feed.complete_fields == {"title", "weather", "people"}


async def test_a_call_fills_its_tools_model(client: AsyncOpenAI) -> None:
    call = await call_of(client, seed=1)
    assert call.error is None
    assert isinstance(call.result(), Tale)


async def test_a_call_that_a_token_limit_cut_is_an_error(client: AsyncOpenAI) -> None:
    call = await call_of(client, seed=1, max_tokens=40)
    assert isinstance(call.error, ToolCallCut)
    assert call.error.reason == "length"
    assert isinstance(call.error.arguments, Tale)
    assert call.error.text.startswith("{")


async def test_the_pages_examples_run(embedded: ServerProcess) -> None:
    examples = [block.split("```")[0] for block in PAGE.read_text().split("```python\n")[1:]]
    program = "\n".join([*examples, "assert isinstance(tale, Tale)", "assert calls.calls[0].is_finished"])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        env={"OPENAI_BASE_URL": f"{embedded.url}/v1", "OPENAI_API_KEY": "any"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")
    assert " is " in output.decode()
    assert "add {" in output.decode()

"""The embedded model's tool calls, read with OpenAI's own client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
import pytest_asyncio
from openai import AsyncOpenAI
from openai.types.chat import (
    ChatCompletionChunk,
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionToolChoiceOptionParam,
    ChatCompletionToolParam,
)
from support.serverprocess import ServerProcess

MODEL = "sluiceway-embedded"
ADD: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    },
}
DRAW: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "draw",
        "parameters": {
            "type": "object",
            "properties": {
                "color": {"enum": ["red", "blue"]},
                "points": {"type": "array", "items": {"$ref": "#/$defs/Point"}, "minItems": 1, "maxItems": 2},
            },
            "required": ["color", "points"],
            "$defs": {
                "Point": {
                    "type": "object",
                    "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
                    "required": ["x", "y"],
                }
            },
        },
    },
}
CALL_DRAW: ChatCompletionToolChoiceOptionParam = {"type": "function", "function": {"name": "draw"}}
CALL_OTHER: ChatCompletionToolChoiceOptionParam = {"type": "function", "function": {"name": "other"}}


@pytest_asyncio.fixture(loop_scope="function")
async def client(embedded: ServerProcess) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{embedded.url}/v1", api_key="any", max_retries=0, timeout=50) as one:
        yield one


async def streamed(
    client: AsyncOpenAI, choice: ChatCompletionToolChoiceOptionParam, seed: int = 0
) -> list[ChatCompletionChunk]:
    stream = await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "What is 2 plus 3?"}],
        tools=[ADD, DRAW],
        tool_choice=choice,
        seed=seed,
        stream=True,
    )
    return [chunk async for chunk in stream]


def call_of(chunks: list[ChatCompletionChunk]) -> tuple[str, dict[str, Any]]:
    """Return name and arguments of the one call that the chunks are, the name first, and nothing else."""
    assert not any(chunk.choices[0].delta.content for chunk in chunks)
    pieces = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    functions = [piece.function for piece in pieces if piece.function]
    assert (pieces[0].type, functions[0].arguments) == ("function", "")
    assert pieces[0].id
    assert [function.name for function in functions[1:]] == [None] * (len(functions) - 1)
    assert len(functions) > 5
    return functions[0].name or "", json.loads("".join(function.arguments or "" for function in functions))


def check_arguments(name: str, arguments: dict[str, Any]) -> None:
    """Fail unless they follow the tool's schema, by hand."""
    if name == "add":
        assert list(arguments) == ["a", "b"]
        assert all(type(number) is int for number in arguments.values())
        return
    assert name == "draw"
    assert arguments["color"] in {"red", "blue"}
    assert 1 <= len(arguments["points"]) <= 2
    assert all(type(point["x"]) is type(point["y"]) is int for point in arguments["points"])


@pytest.mark.parametrize("seed", range(5))
async def test_a_required_call_streams_its_name_and_then_its_arguments(client: AsyncOpenAI, seed: int) -> None:
    chunks = await streamed(client, "required", seed)
    check_arguments(*call_of(chunks))
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize("seed", range(5))
async def test_a_tool_named_is_the_one_called(client: AsyncOpenAI, seed: int) -> None:
    chunks = await streamed(client, CALL_DRAW, seed)
    name, arguments = call_of(chunks)
    assert name == "draw"
    check_arguments(name, arguments)
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_a_call_comes_whole_too(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "What is 2 plus 3?"}],
        tools=[ADD],
        tool_choice="required",
    )
    [call] = answer.choices[0].message.tool_calls or []
    assert isinstance(call, ChatCompletionMessageFunctionToolCall)
    check_arguments(call.function.name, json.loads(call.function.arguments))
    assert answer.choices[0].message.content is None
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.usage is not None
    assert answer.usage.completion_tokens > 5


async def test_a_result_can_be_told(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "user", "content": "What is 2 plus 3?"},
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2, "b": 3}'}}
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "5"},
        ],
        tools=[ADD],
        tool_choice="none",
        seed=0,
        max_tokens=32,
    )
    assert answer.choices[0].finish_reason in {"stop", "length"}
    assert answer.choices[0].message.tool_calls is None


@pytest.mark.parametrize("seed", range(5))
async def test_no_call_is_made_where_none_is_wanted(client: AsyncOpenAI, seed: int) -> None:
    chunks = await streamed(client, "none", seed)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text
    assert "<tool_call>" not in text
    assert not any(chunk.choices[0].delta.tool_calls for chunk in chunks)


async def test_a_tool_that_was_not_offered_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="not in tools"):
        await streamed(client, CALL_OTHER)


async def test_eight_calls_at_a_time_all_get_on_and_end(client: AsyncOpenAI) -> None:
    answers = await asyncio.gather(*(streamed(client, "required", seed) for seed in range(8)))
    for chunks in answers:
        check_arguments(*call_of(chunks))

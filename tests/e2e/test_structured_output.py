"""The embedded model's answers that follow a JSON schema, read with OpenAI's own client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from openai import AsyncOpenAI
from openai.types.shared_params import ResponseFormatJSONObject, ResponseFormatJSONSchema
from support.serverprocess import ServerProcess

MODEL = "sluiceway-embedded"
WEATHER = ("sun", "rain", "fog")
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 24}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
TALE = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 48},
        "weather": {"enum": list(WEATHER)},
        "is_true": {"type": "boolean"},
        "people": {"type": "array", "items": PERSON, "minItems": 1, "maxItems": 3},
        "place": {
            "type": "object",
            "properties": {
                "river": {"type": "string", "maxLength": 24},
                "mills": {"type": "array", "items": {"enum": ["wind", "water"]}, "maxItems": 4},
            },
            "required": ["river", "mills"],
            "additionalProperties": False,
        },
    },
    "required": ["title", "weather", "is_true", "people", "place"],
    "additionalProperties": False,
}
TALE_FORM: ResponseFormatJSONSchema = {
    "type": "json_schema",
    "json_schema": {"name": "tale", "schema": TALE, "strict": True},
}
ANY_FORM: ResponseFormatJSONObject = {"type": "json_object"}


@pytest_asyncio.fixture(loop_scope="function")
async def client(embedded: ServerProcess) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{embedded.url}/v1", api_key="any", max_retries=0, timeout=50) as one:
        yield one


async def pieces_of(
    client: AsyncOpenAI, form: ResponseFormatJSONSchema | ResponseFormatJSONObject, seed: int
) -> list[str]:
    """Return the pieces of an answer that ended by itself."""
    stream = await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Tell me about a miller, as JSON."}],
        response_format=form,
        seed=seed,
        stream=True,
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices[0].finish_reason == "stop"
    return [chunk.choices[0].delta.content or "" for chunk in chunks]


def check_tale(tale: dict[str, Any]) -> None:
    """Fail unless ``tale`` follows the schema, by hand."""
    assert list(tale) == ["title", "weather", "is_true", "people", "place"]
    assert isinstance(tale["title"], str)
    assert tale["weather"] in WEATHER
    assert isinstance(tale["is_true"], bool)
    assert 1 <= len(tale["people"]) <= 3
    for person in tale["people"]:
        assert list(person) == ["name", "age"]
        assert isinstance(person["name"], str)
        assert type(person["age"]) is int
    assert list(tale["place"]) == ["river", "mills"]
    assert len(tale["place"]["river"]) <= 24
    assert set(tale["place"]["mills"]) <= {"wind", "water"}


@pytest.mark.parametrize("seed", range(10))
async def test_an_answer_with_a_schema_follows_it(client: AsyncOpenAI, seed: int) -> None:
    pieces = await pieces_of(client, TALE_FORM, seed)
    check_tale(json.loads("".join(pieces)))
    assert len(pieces) > 10


async def test_an_answer_in_json_is_an_object(client: AsyncOpenAI) -> None:
    for seed in range(3):
        assert isinstance(json.loads("".join(await pieces_of(client, ANY_FORM, seed))), dict)


async def test_a_whole_answer_follows_its_schema_too(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "A miller?"}], response_format=TALE_FORM, seed=3
    )
    check_tale(json.loads(answer.choices[0].message.content or ""))


async def test_eight_readers_at_a_time_all_get_on_and_end(client: AsyncOpenAI) -> None:
    answers = await asyncio.gather(*(pieces_of(client, TALE_FORM, seed) for seed in range(8)))
    for pieces in answers:
        check_tale(json.loads("".join(pieces)))

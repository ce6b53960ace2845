"""Real clients against a real server, whatever its upstream speaks: each test is a cell of ``CONFORMANCE.md``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from support.clients.anthropic_python import Anthropic
from support.clients.base import SCHEMA, Ask, Client, ToolCall
from support.clients.curl import Curl
from support.clients.gemini_python import Gemini
from support.clients.langchain_python import LangChain
from support.clients.node import NODE_CLIENTS, NodeAsker, NodeClient
from support.clients.ollama_python import OllamaChat, OllamaGenerate
from support.clients.openai_python import OpenAIChat, OpenAICompletions, OpenAIResponses
from support.matrix import CLIENTS, EMBEDDED, FEATURES, Matrix, hole
from support.scenes import JSON_TEXT, UPSTREAMS, meaning_of, text_of
from support.serverprocess import ServerProcess, serving
from support.stage import Stage, config_for
from support.wait import until

from sluiceway.events import BlockKind

ROOT = Path(__file__).parent.parent.parent
EMBEDDED_MODEL = "sluiceway-embedded"
CELLS = [
    (client, upstream, feature)
    for client in CLIENTS
    for upstream in (*UPSTREAMS, EMBEDDED)
    for feature in FEATURES
    if hole(client, upstream, feature) is None
]


@pytest.fixture(scope="session")
def matrix() -> Matrix:
    return Matrix(UPSTREAMS)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as stage:
        yield stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def theatre(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """One server before the stage."""
    async with serving(tmp_path_factory.mktemp("theatre"), config=config_for(stage)) as process:
        yield process


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def clients() -> AsyncIterator[dict[str, Client]]:
    async with NodeAsker() as asker:
        found: list[Client] = [OpenAIChat(), OpenAICompletions(), OpenAIResponses(), Anthropic(), Gemini()]
        found += [OllamaChat(), OllamaGenerate(), LangChain(), Curl()]
        found += [NodeClient(asker, name, script) for name, script in NODE_CLIENTS.items()]
        yield {client.name: client for client in found}


def cells(*, is_embedded: bool) -> pytest.MarkDecorator:
    chosen = [cell for cell in CELLS if (cell[1] == EMBEDDED) is is_embedded]
    return pytest.mark.parametrize(("name", "dialect", "feature"), chosen, ids=lambda value: value.replace(" ", "_"))


@pytest.mark.asyncio(loop_scope="session")
@cells(is_embedded=False)
async def test_a_client_gets_what_the_upstream_gives(
    name: str,
    dialect: str,
    feature: str,
    clients: dict[str, Client],
    theatre: ServerProcess,
    stage: Stage,
    matrix: Matrix,
) -> None:
    await _show_played(clients[name], theatre, stage, dialect, feature)
    matrix.show(name, dialect, feature)


@pytest.mark.asyncio(loop_scope="session")
@cells(is_embedded=True)
async def test_a_client_talks_to_the_embedded_model(
    name: str, dialect: str, feature: str, clients: dict[str, Client], embedded: ServerProcess, matrix: Matrix
) -> None:
    await _show_embedded(clients[name], embedded, feature)
    matrix.show(name, dialect, feature)


async def _show_played(client: Client, server: ServerProcess, stage: Stage, dialect: str, feature: str) -> None:
    model = f"{dialect}-{'endless' if feature == 'stop' else 'text' if feature == 'whole' else feature}"
    name = _tool_call(model).name if feature == "tools" else "f"
    ask = Ask(server.url, model, tool_name=name, is_forced=dialect != "ollama")
    match feature:
        case "text":
            assert await client.text(ask) == text_of(model)
        case "whole":
            assert await client.whole(ask) == text_of(model)
        case "tools":
            assert await client.tools(ask) == _tool_call(model)
            assert json.dumps(ask.tool_name) in json.dumps(stage.asked[model].body)
        case "json":
            assert await client.json(ask) == JSON_TEXT
            assert _holds(stage.asked[model].body, SCHEMA["properties"])
        case "error":
            assert await client.error(ask) == 429
        case "cut":
            assert await client.cut(ask) == text_of(model)
        case _:
            await client.stop(ask)
            async with asyncio.timeout(10):
                await stage.asked[model].is_closed.wait()


async def _show_embedded(client: Client, server: ServerProcess, feature: str) -> None:
    ask = Ask(server.url, EMBEDDED_MODEL, max_tokens=200, parameters=SCHEMA)
    match feature:
        case "text":
            assert await client.text(ask)
        case "whole":
            assert await client.whole(ask)
        case "tools":
            assert (await client.tools(ask)).name == ask.tool_name
        case "json":
            answer = json.loads(await client.json(ask))
            assert (answer["city"] in {"Bonn", "Lisbon", "Paris"}, type(answer["days"])) == (True, int)
        case _:
            await client.stop(ask)

            async def is_quiet() -> bool:
                return not await server.live()

            await until(is_quiet)


def _holds(value: object, sought: object) -> bool:
    """Return whether ``sought`` stands anywhere in ``value``."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value == sought or any(_holds(item, sought) for item in inner)


def _tool_call(model: str) -> ToolCall:
    (block,) = (block for block in meaning_of(model).choices[0].blocks if block.start.kind is BlockKind.TOOL)
    return ToolCall(block.start.tool_name, json.loads(block.text or "{}"))


def test_the_matrix_has_no_unexplained_hole(matrix: Matrix, request: pytest.FixtureRequest) -> None:
    collected = sum(item.name.startswith("test_a_client_") for item in request.session.items)
    if collected < len(CELLS):
        pytest.skip("only a whole run writes the matrix")
    assert matrix.unexplained == []
    matrix.write(ROOT / "CONFORMANCE.md")

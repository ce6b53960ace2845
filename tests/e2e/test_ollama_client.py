"""Ollama's own Python client, beyond completions: what it asks before, between and after them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import ollama
import pytest
from support.chatanswers import FIRST, STREAM_HEAD, Listen, piece
from support.rawserver import READ, STALL, RawServer, Script, response
from support.serverprocess import ServerProcess, find_free_port, serving

EMBEDDED = "sluiceway-embedded"


@contextlib.contextmanager
def client_of(server: ServerProcess) -> Iterator[ollama.Client]:
    with ollama.Client(host=server.url, timeout=30, trust_env=False) as client:
        yield client


@contextlib.asynccontextmanager
async def before_ollama(folder: Path, *scripts: Script) -> AsyncIterator[tuple[ollama.AsyncClient, RawServer]]:
    """Run a server before an upstream that speaks Ollama's API, and give its client."""
    async with (
        RawServer(*scripts) as upstream,
        serving(folder, "--upstream", f"ollama:{upstream.url}") as server,
        ollama.AsyncClient(host=server.url, timeout=30, trust_env=False) as client,
    ):
        yield client, upstream


def answering(**fields: object) -> Script:
    return [READ, response(json.dumps(fields).encode(), "application/json", "200 OK", "Connection: close")]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_server_is_found_as_ollama_is(embedded: ServerProcess, method: str) -> None:
    answer = httpx.request(method, embedded.url, trust_env=False)
    assert (answer.status_code, answer.text) == (200, "Ollama is running" if method == "GET" else "")
    version = httpx.get(f"{embedded.url}/api/version", trust_env=False).json()["version"]
    assert tuple(map(int, version.split("."))) >= (0, 6, 4)  # what clients ask for at least


def test_the_models_that_are_there_are_listed_and_shown(embedded: ServerProcess) -> None:
    with client_of(embedded) as client:
        assert [model.model for model in client.list().models] == [EMBEDDED]
        shown = client.show(EMBEDDED)
    assert (shown.capabilities, shown.modelinfo) == (["completion", "tools"], {})


def test_a_model_that_is_not_there_is_a_404_to_whoever_asks(embedded: ServerProcess) -> None:
    with client_of(embedded) as client:
        for ask in (client.show, client.generate, client.chat):
            with pytest.raises(ollama.ResponseError, match="'nobody'") as caught:
                ask("nobody")
            assert caught.value.status_code == 404


def test_the_local_model_is_always_in_use(embedded: ServerProcess) -> None:
    with client_of(embedded) as client:
        assert [model.model for model in client.ps().models] == [EMBEDDED]


@pytest.mark.parametrize(("keep_alive", "reason"), [(None, "load"), ("5m", "load"), (0, "unload"), ("0s", "unload")])
def test_a_model_is_loaded_and_unloaded_at_once(
    embedded: ServerProcess, keep_alive: float | str | None, reason: str
) -> None:
    with client_of(embedded) as client:
        answers = [client.generate(EMBEDDED, keep_alive=keep_alive), client.chat(EMBEDDED, keep_alive=keep_alive)]
        answers += [*client.generate(EMBEDDED, keep_alive=keep_alive, stream=True)]
        answers += [*client.chat(EMBEDDED, keep_alive=keep_alive, stream=True)]
        assert [(answer.model, answer.done, answer.done_reason) for answer in answers] == [
            (EMBEDDED, True, reason)
        ] * 4
        spoken = client.generate(EMBEDDED, "Once", keep_alive=keep_alive, options={"num_predict": 2})
    assert (spoken.done_reason, spoken.eval_count) == ("length", 2)


def test_what_ollama_does_with_files_is_refused_in_its_words(embedded: ServerProcess, tmp_path: Path) -> None:
    blob = tmp_path / "blob"
    blob.write_bytes(b"x" * 1_000_000)
    with client_of(embedded) as client:
        for ask in (
            lambda: client.pull("m"),
            lambda: client.push("m"),
            lambda: client.create("m", from_="n"),
            lambda: client.copy("m", "n"),
            lambda: client.delete("m"),
            lambda: client.create_blob(blob),
            lambda: client.embed("m", "text"),
            lambda: client.embeddings("m", "text"),
            lambda: list(client.pull("m", stream=True)),
        ):
            with pytest.raises(ollama.ResponseError, match=r"^/api/\S+ is not served: ") as caught:
                ask()
            assert caught.value.status_code == 501


@pytest.mark.asyncio(loop_scope="session")
async def test_a_model_elsewhere_is_in_use_while_it_answers(server: ServerProcess, upstream: Listen) -> None:
    async with (
        upstream([READ, STREAM_HEAD, FIRST, piece("Hi"), STALL]),
        ollama.AsyncClient(host=server.url, timeout=30, trust_env=False) as client,
    ):
        assert (await client.ps()).models == []
        lines = await client.generate("m", "Hi", stream=True)
        assert (await anext(lines)).response == "Hi"
        assert [model.model for model in (await client.ps()).models] == ["m"]
        await lines.aclose()


@pytest.mark.asyncio(loop_scope="session")
async def test_an_ollama_upstream_shows_its_models_itself(tmp_path: Path) -> None:
    details = {"details": {"family": "llama"}, "model_info": {"llama.context_length": 8}, "capabilities": ["vision"]}
    async with before_ollama(tmp_path, answering(**details)) as (client, upstream):
        shown = await client.show("m")
        (request,) = upstream.connections[0].requests
    assert (shown.capabilities, shown.modelinfo) == (["vision"], {"llama.context_length": 8})
    assert (request.method, request.target, json.loads(request.body)) == ("POST", "/api/show", {"model": "m"})


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("stream", [False, True])
async def test_an_ollama_upstream_loads_its_models_itself(tmp_path: Path, stream: bool) -> None:
    message = {"role": "assistant", "content": ""}
    loaded = {"model": "m", "created_at": "2026-08-01T00:00:00Z", "done": True, "done_reason": "unload"}
    async with before_ollama(tmp_path, answering(**loaded, message=message)) as (client, upstream):
        if stream:
            (answer,) = [line async for line in await client.generate("m", keep_alive=0, stream=True)]
        else:
            answer = await client.generate("m", keep_alive=0)
        (request,) = upstream.connections[0].requests
    assert (answer.model, answer.done_reason, answer.response) == ("m", "unload", "")
    assert json.loads(request.body) == {"model": "m", "stream": stream, "keep_alive": 0}


@pytest.mark.asyncio(loop_scope="session")
async def test_nothing_is_loaded_from_an_upstream_that_is_not_there(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, "--upstream", f"http://127.0.0.1:{find_free_port()}/v1") as server,
        ollama.AsyncClient(host=server.url, timeout=30, trust_env=False) as client,
    ):
        with pytest.raises(ollama.ResponseError) as caught:
            await client.generate("m")
    assert caught.value.status_code == 503

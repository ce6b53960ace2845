from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount
from support.apps import COMPLETIONS, chat_body, new_service, scripted
from support.asgi_client import AsgiCall, ask
from support.chatchunks import chunk, payloads_of, sse
from support.rawserver import READ, RESET, STALL, RawServer, Script, chunked, response
from support.wait import until

from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.routing import Route, Routing
from sluiceway.errors import EngineUnavailable
from sluiceway.server.app import App, create_app
from sluiceway.server.settings import Settings
from sluiceway.server.siblings import Siblings
from sluiceway.testing import FakeClock, ScriptedEngine, Step, text_frames

FRAMES: list[Step] = [(0, [frame]) for frame in text_frames(["Hel", "lo"])]


class DeadEngine(ScriptedEngine):
    """Cannot be opened."""

    async def open(self) -> None:
        raise EngineUnavailable("no model file")


class Lifespan:
    """The server's side of a lifespan."""

    def __init__(self, app: App) -> None:
        self.answers: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._asked: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self.task = asyncio.ensure_future(app({"type": "lifespan"}, self._asked.get, self.answers.put))

    async def ask(self, what: str) -> MutableMapping[str, Any]:
        self._asked.put_nowait({"type": f"lifespan.{what}"})
        return await asyncio.wait_for(self.answers.get(), 5)


def fastapi_with(app: App) -> FastAPI:
    outer = FastAPI()
    outer.mount("/llm", app)
    return outer


def starlette_with(app: App) -> Starlette:
    return Starlette(routes=[Mount("/llm", app)])


async def test_mounted_where_its_own_paths_begin_it_serves_them_below_that() -> None:
    app = create_app(Settings(), routing=Routing([Route(ScriptedEngine(FRAMES))]))
    transport = httpx.ASGITransport(Starlette(routes=[Mount("/v1", app)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        statuses = [(await client.get(path)).status_code for path in ("/v1/models", "/v1/v1/models")]
    await app.close()
    assert statuses == [404, 200]


@pytest.mark.parametrize("mount", [fastapi_with, starlette_with])
async def test_it_can_be_mounted_without_a_lifespan(mount: Any) -> None:
    engine = ScriptedEngine(FRAMES)
    app = create_app(Settings(), routing=Routing([Route(engine)]))
    transport = httpx.ASGITransport(mount(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        async with client.stream("POST", "/llm" + COMPLETIONS, content=chat_body()) as response:
            body = await response.aread()
        whole = await client.post("/llm" + COMPLETIONS, content=chat_body(stream=False))
        missing = await client.get("/llm/nowhere")
    await app.close()
    assert (response.status_code, body.endswith(b"data: [DONE]\n\n")) == (200, True)
    assert whole.json()["choices"][0]["message"]["content"] == "Hello"
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "invalid_request")
    assert not await engine.is_ready()


async def test_ids_are_long_and_random() -> None:
    app = create_app(Settings(), routing=Routing([Route(ScriptedEngine(FRAMES))]))
    calls = [await ask(app, "POST", COMPLETIONS, chat_body()) for _ in range(2)]
    await app.close()
    first, second = (call.headers["sluiceway-stream-id"] for call in calls)
    assert first != second
    assert len(first) == len("gen-") + 32


async def test_without_routing_the_settings_name_the_engines() -> None:
    app = create_app(Settings())
    assert await app.service.routing.list_models() == ["sluiceway-embedded"]


async def test_a_path_that_is_not_there_is_an_error_in_json() -> None:
    async with scripted(FRAMES) as bench:
        for path in ("/v1/nothing", "/v1/chat/completions/"):
            call = await ask(bench.app, "GET", path)
            assert (call.status, call.headers["content-type"]) == (404, "application/json")
            assert path in call.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", COMPLETIONS, "POST"), ("POST", "/healthz", "GET"), ("PATCH", "/v1/streams/gen-1", "GET, DELETE")],
)
async def test_a_method_that_is_not_taken_is_an_error_in_json(method: str, path: str, allowed: str) -> None:
    async with scripted(FRAMES) as bench:
        call = await ask(bench.app, method, path)
    assert (call.status, call.headers["allow"]) == (405, allowed)
    assert allowed in call.json()["error"]["message"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_errors_of_a_dialects_path_are_told_in_its_words(method: str) -> None:
    async with scripted(FRAMES) as bench:
        absent = await ask(bench.app, method, "/api/blobs/sha256:0")
        wrong = await ask(bench.app, "PUT", "/api/chat")
    assert absent.status == 501
    assert absent.json()["error"].startswith("/api/blobs/sha256:0 is not served")
    assert (wrong.status, wrong.json()) == (405, {"error": "/api/chat takes POST"})


async def test_pages_of_a_dialect_are_served() -> None:
    async with scripted(FRAMES) as bench:
        calls = [await ask(bench.app, method, "/") for method in ("GET", "HEAD")]
    assert [(call.status, call.headers["content-length"]) for call in calls] == [(200, "17")] * 2
    assert calls[0].body == b"Ollama is running"


async def test_a_small_request_goes_to_its_path() -> None:
    async with scripted(FRAMES, models=("m",)) as bench:
        known = await ask(bench.app, "POST", "/api/show", b'{"model":"m"}')
        unknown = await ask(bench.app, "POST", "/api/show", b'{"model":"n"}')
    assert (known.status, "completion" in known.json()["capabilities"]) == (200, True)
    assert (unknown.status, "'n'" in unknown.json()["error"]) == (404, True)


async def test_head_is_answered_like_get() -> None:
    async with scripted(FRAMES) as bench:
        assert (await ask(bench.app, "HEAD", "/healthz")).status == 200


async def test_an_error_of_an_endpoint_is_told_in_json() -> None:
    async with scripted(FRAMES) as bench:
        call = await ask(bench.app, "DELETE", "/v1/streams/gen-9")
    assert (call.status, call.json()["error"]["param"]) == (404, "id")


async def test_a_model_that_is_not_served_is_a_404_before_anything_else() -> None:
    async with scripted(FRAMES, models=("a",)) as bench:
        call = await ask(bench.app, "POST", COMPLETIONS, chat_body(model="b"))
    assert (call.status, call.json()["error"]["code"]) == (404, "model_not_found")


async def test_while_it_drains_new_streams_are_refused_and_live_ones_finish() -> None:
    async with scripted(FRAMES) as bench:
        live = await bench.ask()
        draining = asyncio.create_task(bench.app.service.drain(60))
        await asyncio.sleep(0)
        refused = await ask(bench.app, "POST", COMPLETIONS, chat_body())
        bench.clock.advance(1)
        await live.returned()
        await asyncio.wait_for(draining, 5)
    assert (refused.status, refused.json()["error"]["code"]) == (503, "server_draining")
    assert (live.status, live.body.endswith(b"data: [DONE]\n\n")) == (200, True)
    assert b"error" not in live.body


async def test_what_outlives_the_drain_gets_a_terminal_error() -> None:
    async with scripted([(1, frames) for _, frames in FRAMES]) as bench:
        unborn, running = await bench.ask(), await bench.ask(model="n")
        bench.clock.advance(0)
        whole = await bench.ask(stream=False)
        bench.clock.advance(2)
        await running.until_body(b"Hel")
        await bench.app.service.drain(0)
        for call in (unborn, running, whole):
            await call.returned()
    assert [call.status for call in (running, whole)] == [200, 503]
    assert b'"code":"server_draining"' in running.body
    assert (running.is_whole, running.body.endswith(b"data: [DONE]\n\n")) == (True, True)


async def test_a_lifespan_opens_and_drains_it() -> None:
    engine = ScriptedEngine(FRAMES)
    lifespan = Lifespan(create_app(Settings(), routing=Routing([Route(engine)])))
    assert await lifespan.ask("startup") == {"type": "lifespan.startup.complete"}
    assert await engine.is_ready()
    assert await lifespan.ask("shutdown") == {"type": "lifespan.shutdown.complete"}
    await lifespan.task
    assert not await engine.is_ready()


async def test_a_lifespan_that_ends_lets_live_streams_finish() -> None:
    async with scripted(FRAMES) as bench:
        lifespan = Lifespan(bench.app)
        await lifespan.ask("startup")
        live = await bench.ask()
        ending = asyncio.create_task(lifespan.ask("shutdown"))
        await until(lambda: bench.app.service.is_draining)
        bench.clock.advance(1)
        await live.returned()
        await ending
        await lifespan.task
    assert live.body.endswith(b"data: [DONE]\n\n")
    assert b"error" not in live.body


async def test_a_lifespan_that_cannot_begin_says_why() -> None:
    lifespan = Lifespan(create_app(Settings(), routing=Routing([Route(DeadEngine([]))])))
    assert await lifespan.ask("startup") == {"type": "lifespan.startup.failed", "message": "no model file"}
    await lifespan.task


async def test_it_can_be_opened_before_the_first_request() -> None:
    app = create_app(Settings(), routing=Routing([Route(DeadEngine([]))]))
    with pytest.raises(EngineUnavailable):
        await app.open()
    call = await ask(app, "POST", COMPLETIONS, chat_body())
    await app.close()
    assert (call.status, call.json()["error"]["message"]) == (503, "no model file")


async def test_a_web_socket_is_none_of_its_business() -> None:
    service = new_service(Routing([]), FakeClock())
    app = App(service, Siblings(service))
    call = AsgiCall(lambda scope, receive, send: app({**scope, "type": "websocket"}, receive, send), "GET", "/")
    assert (await call.returned()).status is None


# Real upstreams that are bad in a real way.

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
HELLO = chunked(sse(chunk({"role": "assistant", "content": ""}), chunk({"content": "Hello"})))
BUSY = response(b'{"error":{"message":"slow down"}}', "application/json", "429 Too Many Requests", "Retry-After: 7")


async def answered_by(script: Script) -> AsgiCall:
    async with RawServer(script) as upstream:
        options = UpstreamOptions(base_url=f"{upstream.url}/v1", idle_timeout_s=0.2, first_token_timeout_s=0.2)
        app = create_app(Settings(upstreams=(options,)))
        call = await ask(app, "POST", COMPLETIONS, chat_body())
        await app.close()
    return call


@pytest.mark.parametrize(
    ("script", "status", "code"),
    [
        ([READ, BUSY], 429, "upstream_error"),
        ([READ, RESET], 503, "engine_unavailable"),
        ([READ], 503, "engine_unavailable"),
        ([READ, b"garbage\r\n\r\n"], 502, "upstream_protocol_error"),
        ([READ, HEAD, chunked(b"data: {\n\n")], 502, "upstream_protocol_error"),
        ([READ, HEAD, STALL], 504, "upstream_timeout"),
    ],
)
async def test_an_upstream_that_fails_before_its_first_token_gives_a_status(
    script: Script, status: int, code: str
) -> None:
    call = await answered_by(script)
    assert (call.status, call.json()["error"]["code"]) == (status, code)
    assert call.headers.get("retry-after") == ("7" if status == 429 else None)


@pytest.mark.parametrize(
    "rest",
    [
        [],
        [RESET],
        [STALL],
        [b"no chunk\r\n"],
        [chunked(b"data: {\n\n")],
        [chunked(b'data: {"error":{"message":"overloaded"}}\n\n', b"")],
        [chunked(b"")],
    ],
    ids=["closed", "reset", "silent", "no chunk", "no JSON", "an error", "no ending"],
)
async def test_an_upstream_that_fails_in_the_middle_gives_one_error_after_all_it_said(rest: Script) -> None:
    call = await answered_by([READ, HEAD, HELLO, *rest])
    payloads = payloads_of(call.body)
    errors = [payload for payload in payloads if isinstance(payload, dict) and "error" in payload]
    assert (call.status, call.is_whole, payloads[-1], len(errors)) == (200, True, "[DONE]", 1)
    assert b'"Hello"' in call.body

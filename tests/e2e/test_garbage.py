"""What has been answered is gone at once: nothing waits for the search for reference cycles, which costs CPU."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from support.chatanswers import streamed, unary
from support.rawclient import chat_body, connected, encode_post
from support.rawserver import STALL, RawServer, Script
from support.relay import relaying
from support.wait import until

from sluiceway.delivery.generation import Generation
from sluiceway.delivery.reader import Reader
from sluiceway.engines.call import UpstreamCall
from sluiceway.server.http1.exchange import Exchange

Left = Callable[[], list[str]]
"""Says what is left of the requests of a test."""


@pytest.fixture
def left() -> Iterator[Left]:
    gc.collect()
    before = _things()  # a failed test before this one may hold some
    gc.disable()
    yield lambda: [type(thing).__name__ for thing in _things() if all(thing is not other for other in before)]
    gc.enable()


def _things() -> list[object]:
    kinds = (Generation, Reader, Exchange, UpstreamCall)
    return [thing for thing in gc.get_objects() if isinstance(thing, kinds)]


@pytest.mark.parametrize(
    ("script", "request_bytes", "ending"),
    [
        (streamed(" a", " b"), encode_post(chat_body()), b"\r\n0\r\n\r\n"),
        (unary("a"), encode_post(chat_body(stream=False)), b'"total_tokens"'),
    ],
    ids=["stream", "whole"],
)
async def test_an_answered_request_leaves_nothing(
    left: Left, script: Script, request_bytes: bytes, ending: bytes
) -> None:
    async with RawServer(script) as server, relaying(server.url) as relay, connected(relay.port) as client:
        await client.send(request_bytes)
        await client.until(ending)
        await until(lambda: not left())


async def test_a_reader_that_leaves_leaves_nothing(left: Left) -> None:
    async with RawServer([*streamed(" a", " b")[:-1], STALL]) as server, relaying(server.url) as relay:
        async with connected(relay.port) as client:
            await client.send(encode_post(chat_body()))
            await client.until(b'" b"')
            assert Generation.__name__ in left()
        await until(lambda: not left())

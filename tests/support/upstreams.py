"""Shortcuts for tests that run an `UpstreamEngine` of the fake dialect against a `RawServer`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from support.fakedialect import FAKE
from support.recordingsink import RecordingSink

from sluiceway.engines.call import UpstreamCall
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.upstream import UpstreamEngine
from sluiceway.request import Request

__all__ = ["SSE_HEAD", "Running", "running"]

SSE_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
"""The head of a streaming answer in chunks."""


class Running:
    """An engine under test."""

    def __init__(self, engine: UpstreamEngine) -> None:
        self.engine = engine

    def ask(self, model: str = "m", *, stream: bool = True) -> tuple[RecordingSink, UpstreamCall]:
        """Start an answer and return what it fills, and its call."""
        sink = RecordingSink()
        return sink, self.engine.start(Request(model, [], stream=stream), sink)

    async def answer(self, *, stream: bool = True) -> RecordingSink:
        """Start an answer and wait for its end."""
        sink, _ = self.ask(stream=stream)
        await sink.ended()
        return sink


@asynccontextmanager
async def running(base_url: str, **settings: object) -> AsyncIterator[Running]:
    """Run an engine until the block ends."""
    options = msgspec.structs.replace(UpstreamOptions(base_url=base_url), **settings)
    engine = UpstreamEngine(options, FAKE)
    try:
        yield Running(engine)
    finally:
        await engine.close()

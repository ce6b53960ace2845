"""The whole way on real sockets in this process: our front, the application, and an upstream that a test plays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from support.http1_listener import listening

from sluiceway.engines.options import UpstreamOptions
from sluiceway.server.app import App, create_app
from sluiceway.server.settings import Settings

__all__ = ["Relay", "dechunk", "relaying"]


class Relay(msgspec.Struct, frozen=True):
    """A running relay: the application, and the port of its front."""

    app: App
    port: int


@asynccontextmanager
async def relaying(upstream_url: str, **settings: object) -> AsyncIterator[Relay]:
    """Relay the upstream at a URL until the block ends; coalescing is off unless ``settings`` say otherwise."""
    options = UpstreamOptions(base_url=f"{upstream_url}/v1")
    quiet = Settings(upstreams=(options,), coalesce_max_ms=0)
    app = create_app(msgspec.structs.replace(quiet, **settings))
    try:
        async with listening(app) as listener:
            yield Relay(app, listener.port)
    finally:
        await app.close()


def dechunk(response: bytes) -> bytes:
    """Return the body of one whole response in chunks, which must be well-formed and all there is."""
    at = response.index(b"\r\n\r\n") + 4
    pieces: list[bytes] = []
    while not pieces or pieces[-1]:
        line_end = response.index(b"\r\n", at)
        start = line_end + 2
        end = start + int(response[at:line_end], 16)
        assert response[end : end + 2] == b"\r\n", "a chunk ends where it says"
        pieces.append(response[start:end])
        at = end + 2
    assert at == len(response), "nothing follows the last chunk"
    return b"".join(pieces)

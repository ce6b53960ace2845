from __future__ import annotations

import httptools
import pytest

from sluiceway.wire.chunk import CHUNK


class Body:
    """Gathers the body that llhttp reads."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def on_body(self, data: bytes) -> None:
        """Take a piece."""
        self.pieces.append(data)


@pytest.mark.parametrize("data", [b"a", b"data: x\r\n\r\n", b"%b" * 100, bytes(range(256)) * 300])
def test_a_chunk_is_read_as_what_it_holds(data: bytes) -> None:
    body = Body()
    httptools.HttpResponseParser(body).feed_data(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + CHUNK % (len(data), data)
    )
    assert b"".join(body.pieces) == data

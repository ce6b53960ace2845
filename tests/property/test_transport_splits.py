"""However the network cuts a response, the connection says the same."""

from __future__ import annotations

import asyncio
import itertools
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.rawserver import chunked, response
from support.upstreams import SSE_HEAD

from sluiceway.engines.rules import ResponseHead
from sluiceway.engines.transport import HeadLimits, HttpConnection
from sluiceway.errors import SluicewayError

_EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
_WIRES = [
    response(b"hello"),
    _EARLY + SSE_HEAD + chunked(b"data: 1\n\n", b"data: 2\n\n", b""),
    SSE_HEAD + b"5;x=y\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n",
    SSE_HEAD + chunked(b"data: 1\n\n") + b"zz\r\n",
    SSE_HEAD + b"9\r\ncut",
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"rubbish",
]


class _NoSocket:
    def write(self, data: bytes) -> None: ...

    def abort(self) -> None: ...

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 1


class _Summary:
    def __init__(self) -> None:
        self.head: ResponseHead | None = None
        self.body = b""
        self.ends: list[str] = []

    def receive_head(self, head: ResponseHead) -> None:
        self.head = head

    def receive_body(self, data: bytes) -> None:
        assert data
        assert self.head is not None
        self.body += data

    def receive_end(self) -> None:
        self.ends.append("complete")

    def receive_loss(self, error: SluicewayError) -> None:
        self.ends.append(error.code)


def _read(pieces: list[bytes]) -> tuple[ResponseHead | None, bytes, list[str]]:
    summary = _Summary()
    connection = HttpConnection(HeadLimits(4096, 20), lambda _connection: None)
    connection.connection_made(cast("asyncio.Transport", _NoSocket()))
    connection.send(b"", summary)
    for piece in pieces:
        connection.data_received(piece)
    connection.eof_received()
    connection.connection_lost(None)
    return summary.head, summary.body, summary.ends


@pytest.mark.parametrize("wire", _WIRES)
def test_one_byte_at_a_time_says_the_same_as_all_at_once(wire: bytes) -> None:
    assert _read([wire[i : i + 1] for i in range(len(wire))]) == _read([wire])


@given(wire=st.sampled_from(_WIRES), cuts=st.lists(st.integers(0, 200), max_size=8))
@example(wire=_WIRES[0], cuts=[])
def test_any_cuts_say_the_same_as_none(wire: bytes, cuts: list[int]) -> None:
    borders = [0, *sorted(cuts), len(wire)]
    pieces = [wire[a:b] for a, b in itertools.pairwise(borders) if wire[a:b]]
    assert _read(pieces) == _read([wire])


@given(wire=st.binary(max_size=300))
@example(wire=SSE_HEAD + chunked(b"") + b"more")
def test_any_bytes_end_in_exactly_one_way(wire: bytes) -> None:
    assert len(_read([wire])[2]) == 1
    assert len(_read([SSE_HEAD + wire])[2]) == 1

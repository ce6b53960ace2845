"""Only what the other side's kernel has taken can have been read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from sluiceway.engines.unread import has_unread

_MESSAGE = b"x" * 1000


class _Asker(asyncio.Protocol):
    """Asks at the end of the other side's sending whether all was taken."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def eof_received(self) -> None:
        self.answer.set_result(has_unread(self.transport))


@asynccontextmanager
async def _pair() -> AsyncIterator[tuple[_Asker, socket.socket]]:
    ours, theirs = _connected()
    with theirs:
        _, asker = await asyncio.get_running_loop().create_connection(_Asker, sock=ours)
        try:
            yield asker, theirs
        finally:
            asker.transport.abort()


def _connected() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours = socket.create_connection(listening.getsockname())
        return ours, listening.accept()[0]


async def test_what_is_written_to_a_closed_socket_is_unread() -> None:
    async with _pair() as (asker, other):
        other.close()
        asker.transport.write(_MESSAGE)
        assert await asker.answer


@pytest.mark.parametrize("end", [socket.socket.close, lambda other: other.shutdown(socket.SHUT_WR)])
async def test_what_was_read_is_not(end: object) -> None:
    assert callable(end)
    async with _pair() as (asker, other):
        asker.transport.write(_MESSAGE)
        assert other.recv(2000) == _MESSAGE
        end(other)
        assert not await asker.answer


async def test_what_the_kernel_took_may_have_been_read() -> None:
    async with _pair() as (asker, other):
        other.shutdown(socket.SHUT_WR)  # it may still read
        asker.transport.write(_MESSAGE)
        assert not await asker.answer


async def test_what_is_not_even_with_our_kernel_is_unread() -> None:
    async with _pair() as (asker, other):
        asker.transport.write(b"x" * 20_000_000)
        assert asker.transport.get_write_buffer_size()
        other.shutdown(socket.SHUT_WR)
        assert await asker.answer


class _Strange(asyncio.Transport):
    """On a system whose kernel does not tell."""

    def get_write_buffer_size(self) -> int:
        return 0


def test_where_the_kernel_does_not_tell_it_may_have_been_read() -> None:
    with Path("/dev/null").open("rb") as untold:
        assert not has_unread(_Strange({"socket": untold}))

"""Two joined connections hear each other, and end together."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import unittest.mock
from collections.abc import AsyncIterator
from pathlib import Path

from support.http1_listener import connect, echo, listening
from support.wait import until

from sluiceway.server.http1.splice import Side, splice

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@contextlib.asynccontextmanager
async def _other_side(path: Path) -> AsyncIterator[list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]:
    met: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    server = await asyncio.start_unix_server(lambda reader, writer: met.append((reader, writer)), path)
    async with server:
        yield met
        for _, writer in met:
            writer.close()


async def test_a_client_that_speaks_http2_is_joined_to_the_server_that_does(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with (
        _other_side(path) as met,
        listening(echo, http2_path=str(path)) as listener,
        connect(listener) as client,
    ):
        client.say(_PREFACE[:5])
        await client.writer.drain()
        client.say(_PREFACE[5:] + b"more")
        await until(lambda: bool(met))
        reader, writer = met[0]
        assert await asyncio.wait_for(reader.readexactly(len(_PREFACE) + 4), 10) == _PREFACE + b"more"
        writer.write(b"answer")
        assert await client.hear(b"answer") == b"answer"


def test_a_client_is_taken_over_before_it_can_say_more() -> None:
    transport = unittest.mock.create_autospec(asyncio.Transport, instance=True)
    joining = splice(transport, _PREFACE, "nowhere")
    transport.set_protocol.assert_called_once()
    joining.close()


async def test_when_the_client_leaves_the_other_side_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with _other_side(path) as met, listening(echo, http2_path=str(path)) as listener:
        async with connect(listener) as client:
            client.say(_PREFACE)
            await until(lambda: bool(met))
        assert (await asyncio.wait_for(met[0][0].read(), 10)).startswith(b"PRI")


async def test_when_the_other_side_leaves_the_client_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with (
        _other_side(path) as met,
        listening(echo, http2_path=str(path)) as listener,
        connect(listener) as client,
    ):
        client.say(_PREFACE)
        await until(lambda: bool(met))
        met[0][1].write(b"bye")
        met[0][1].close()
        assert await client.hear_all() == b"bye"


async def test_a_client_is_closed_when_there_is_no_other_side(tmp_path: Path) -> None:
    async with listening(echo, http2_path=str(tmp_path / "none")) as listener, connect(listener) as client:
        client.say(_PREFACE)
        with contextlib.suppress(ConnectionResetError):
            assert await client.hear_all() == b""


async def test_a_side_is_read_only_as_fast_as_the_other_takes(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with (
        _other_side(path) as met,
        listening(echo, http2_path=str(path)) as listener,
        connect(listener) as client,
    ):
        client.say(_PREFACE)
        await until(lambda: bool(met))
        _, writer = met[0]
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"x" * 30_000_000)
        size = [30_000_001]

        def is_stuck() -> bool:
            size.append(writer.transport.get_write_buffer_size())
            return size[-1] == size[-2]

        await until(is_stuck, poll_s=0.2)
        assert size[-1] > 1_000_000
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert len(await asyncio.wait_for(client.reader.readexactly(30_000_000), 20)) == 30_000_000


async def test_a_client_may_not_say_much_before_the_other_side_is_there() -> None:
    here, there = socket.socketpair()
    with there:
        transport, side = await asyncio.get_running_loop().create_connection(Side, sock=here)
        side.data_received(b"x" * 100_000)
        await until(transport.is_closing)


def test_a_side_without_a_connection_takes_everything_and_says_nothing() -> None:
    side = Side()
    side.pause_writing()
    side.resume_writing()
    side.connection_lost(None)
    side.set_reading(is_on=True)
    side.write(b"x")
    side.close()
    side.abort()
    assert side.other is None


async def test_a_client_that_left_before_the_other_side_came_ends_that_too(tmp_path: Path) -> None:
    path = tmp_path / "s"
    here, there = socket.socketpair()
    async with _other_side(path) as met:
        transport, _ = await asyncio.get_running_loop().create_connection(Side, sock=here)
        there.close()
        await until(transport.is_closing)
        await splice(transport, _PREFACE, str(path))
        await until(lambda: bool(met))
        assert await asyncio.wait_for(met[0][0].read(), 10) in (b"", _PREFACE)

"""One connection to a server that answers, breaks, or says nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop

from sluiceway.delivery.log.redis_address import RedisAddress
from sluiceway.delivery.log.redis_node import Node
from sluiceway.delivery.log.redis_wire import Reply, encode_command
from sluiceway.errors import LogUnavailable

PING = encode_command(b"PING")


@asynccontextmanager
async def serving(*answers: bytes) -> AsyncIterator[tuple[str, int]]:
    """Answer each read with the next of ``answers``, then hang up; an empty one is silence."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            for answer in answers:
                if not await reader.read(1 << 16):
                    break
                writer.write(answer)
                if not answer:
                    await reader.read(1 << 16)
        writer.transport.abort()
        over.set()

    over = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        await asyncio.wait_for(over.wait(), 5)
        server.close()
        await server.wait_closed()


async def connect(place: tuple[str, int], on_push: Callable[[Reply], None] | None = None) -> Node:
    return await Node.connect(place, RedisAddress((place,), password="p"), None, on_push)


async def test_replies_come_in_the_row_of_their_commands() -> None:
    async with serving(b"+OK\r\n+PONG\r\n", b":1\r\n:2\r\n:3\r\n", b"") as place:
        node = await connect(place)
        told = await asyncio.gather(node.ask([PING, PING], 5), node.ask([PING], 5))
        assert list(told) == [[1, 2], [3]]
        node.close()
        node.close()


async def test_who_is_not_let_in_is_told() -> None:
    async with serving(b"-WRONGPASS no\r\n+PONG\r\n", b"") as place:
        with pytest.raises(LogUnavailable, match="WRONGPASS"):
            await connect(place)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400\r\n", b"$5\r\nab"])
async def test_a_connection_that_breaks_leaves_nobody_waiting(answer: bytes) -> None:
    async with serving(b"+OK\r\n+PONG\r\n", answer) as place:
        node = await connect(place)
        with pytest.raises(LogUnavailable, match="broke"):
            await node.ask([PING], 5)
        assert not node.is_open
        with pytest.raises(LogUnavailable, match="over"):
            await node.ask([PING], 5)


async def test_what_takes_too_long_is_given_up() -> None:
    async with serving(b"+OK\r\n+PONG\r\n", b"") as place:
        node = await connect(place)
        with pytest.raises(TimeoutError):
            await node.ask([PING], 0.01)
        node.close()


async def test_who_waits_no_longer_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(b"+OK\r\n+PONG\r\n", b"") as place:
        node = await connect(place)
        asking = asyncio.create_task(node.ask([PING], 5))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        node.close()
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_what_nobody_waits_for_is_pushed() -> None:
    heard: asyncio.Queue[Reply] = asyncio.Queue()
    async with serving(b"+OK\r\n+PONG\r\n", b":7\r\n", b"") as place:
        node = await connect(place, heard.put_nowait)
        node.say(PING)
        assert await asyncio.wait_for(heard.get(), 5) == 7
        node.close()


def test_a_reply_that_came_while_the_loop_was_late_is_not_given_up() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    answered = threading.Event()

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            for answer in (b"+OK\r\n+PONG\r\n", b"+PONG\r\n"):
                client.recv(1 << 16)
                client.sendall(answer)
            answered.set()
            client.recv(1)

    async def ask_late() -> list[Reply]:
        node = await connect(listener.getsockname())
        asking = asyncio.create_task(node.ask([PING], 0.05))
        await asyncio.sleep(0)
        assert answered.wait(5)
        time.sleep(0.1)  # noqa: ASYNC251 - the loop is late: its timer is over, and the reply is there
        try:
            return await asking
        finally:
            node.close()

    thread = threading.Thread(target=serve)
    thread.start()
    with listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(ask_late()) == [b"PONG"]
    thread.join(5)

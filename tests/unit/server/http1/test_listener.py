"""The listener takes connections, and ends them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.http1_listener import UNIX_S, connect, echo, listening
from support.rawclient import connected
from support.shiftloop import ShiftLoop, shift
from support.wait import until_still

from sluiceway.server.http1.connection import ConnectionLimits
from sluiceway.server.http1.listener import Address, Listener


async def test_an_address_that_is_taken_cannot_be_had() -> None:
    async with listening(echo) as listener:
        second = Listener(echo, ConnectionLimits(), lambda: UNIX_S, "")
        with pytest.raises(OSError, match="in use"):
            await second.open(Address("127.0.0.1", listener.port))


def test_a_listener_that_could_not_open_looks_after_nothing() -> None:
    looks: list[float] = []

    def look() -> float:
        looks.append(UNIX_S)
        return UNIX_S

    async def open_in_vain() -> None:
        async with listening(echo) as listener:
            second = Listener(echo, ConnectionLimits(), look, "")
            with pytest.raises(OSError, match="in use"):
                await second.open(Address("127.0.0.1", listener.port))
            shift(5)
            for _ in range(3):
                await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=ShiftLoop) as runner:
        runner.run(open_in_vain())
    assert len(looks) == 1


async def test_finishing_closes_idle_connections_and_takes_no_new_ones() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        await client.ask("/a")
        await client.hear(b"GET /a ")
        port = listener.port
        listener.finish()
        assert await client.hear_all() == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_finishing_does_not_wait_for_idle_clients_to_close() -> None:
    async with listening(echo, ConnectionLimits(linger_s=3600)) as listener, connect(listener) as client:
        await client.ask("/a")
        await client.hear(b"GET /a ")
        listener.finish()
        async with asyncio.timeout(10):
            await listener.wait_closed(3600)


async def test_finishing_lets_a_response_end() -> None:
    go = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        await go.wait()
        await send({"type": "http.response.body", "body": b"whole"})

    async with listening(slow) as listener, connect(listener) as client:
        await client.ask("/")
        await client.hear(b"\r\n\r\n")
        listener.finish()
        go.set()
        assert (await client.hear_all()).endswith(b"5\r\nwhole\r\n0\r\n\r\n")
        await listener.wait_closed(10)


async def test_closing_cuts_what_runs() -> None:
    async def forever(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        await receive()
        await receive()

    async with listening(forever) as listener, connect(listener) as client:
        await client.ask("/")
        await client.hear(b"\r\n\r\n")
        listener.close()
        assert await client.hear_all() == b""


async def test_waiting_for_the_end_has_an_end() -> None:
    async with listening(echo) as listener, connect(listener) as client:
        await client.ask("/a")
        await client.hear(b"GET /a ")
        await listener.wait_closed(0.01)
        await client.ask("/b")
        await client.hear(b"GET /b ")


async def test_the_kernel_keeps_little_of_what_a_client_does_not_take() -> None:
    sent_bytes = 0

    async def talk(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        nonlocal sent_bytes
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(128):
            await send({"type": "http.response.body", "body": b"a" * 65536, "more_body": True})
            sent_bytes += 65536

    async with listening(talk) as listener, connected(listener.port, receive_buffer_bytes=4096) as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await until_still(lambda: sent_bytes)
        assert sent_bytes < 1 << 20  # a socket that is left to itself takes 4 MiB

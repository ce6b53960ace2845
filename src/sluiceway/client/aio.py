"""The client for asyncio: the course of an answer over httpx. The twin of `sluiceway.client.sync`.

::

    async with AsyncClient("http://127.0.0.1:8080") as client:
        async with client.chat(model="m", messages=[{"role": "user", "content": "Hi"}]) as stream:
            async for text in stream:
                print(text, end="")
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Self

import httpx

from sluiceway.client.course import Course, as_error, encode_order
from sluiceway.client.retry import Retry
from sluiceway.events import Event, StreamError, TextDelta
from sluiceway.usage import Usage

__all__ = ["AsyncClient", "AsyncStream"]

# Heartbeats come every 15 s.
_TIMEOUT = httpx.Timeout(10, read=45)


class AsyncClient:
    """Asks one server, or several replicas of one.

    Args:
        urls: their base URLs; the first is asked first.
        key: the client's key.
        retry: when to give up.
        http: the HTTP client to use, which is then not closed; None for one of its own.
        sleep: waits so many seconds.
        draw: gives random numbers in [0, 1).
    """

    def __init__(
        self,
        *urls: str,
        key: str = "",
        retry: Retry | None = None,
        http: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._urls = urls
        self._key = key
        self._retry = retry or Retry()
        self._http = http or httpx.AsyncClient(timeout=_TIMEOUT)
        self._is_own = http is None
        self._sleep = sleep
        self._draw = draw

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. Idempotent."""
        if self._is_own:
            await self._http.aclose()

    def chat(self, *, on_disconnect: str = "", **fields: object) -> AsyncStream:
        """Return a chat completion, which is asked for when its stream is first read.

        Args:
            on_disconnect: what becomes of it while nobody reads it: ``cancel``, ``continue`` or seconds.
            fields: the request's, such as ``model`` and ``messages``.
        """
        order = encode_order(self._urls, fields, self._key, on_disconnect)
        return AsyncStream(Course(order, self._retry, self._draw), self._http, self._sleep)


class AsyncStream:
    """One answer: its text as it comes, from however many connections.

    Args:
        course: what is asked, and what has come.
        http: over which it is asked.
        sleep: waits so many seconds.
    """

    def __init__(self, course: Course, http: httpx.AsyncClient, sleep: Callable[[float], Awaitable[object]]) -> None:
        self._course = course
        self._http = http
        self._sleep = sleep
        self._events = self._follow()

    @property
    def usage(self) -> Usage | None:
        """The last report of tokens; None while there is none."""
        return self._course.usage

    @property
    def stream_id(self) -> str:
        """The server's id of the answer; empty until it has begun."""
        return self._course.stream_id

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def __aiter__(self) -> AsyncIterator[str]:
        async for event in self.events():
            if isinstance(event, TextDelta) and event.text:
                yield event.text

    async def events(self) -> AsyncIterator[Event]:
        """Give all events.

        Raises:
            EngineError: the answer broke off, or cannot be had; `CursorExpired` where it is no longer kept.
        """
        async for event in self._events:
            yield event
            if isinstance(event, StreamError):
                raise as_error(event)

    async def stop(self) -> Usage | None:
        """Stop the answer, wherever it runs, and return its usage so far; its stream still ends as it should."""
        for ask in self._course.ask_to_stop():
            try:
                answer = await self._http.request(ask.method, ask.url, headers=ask.headers)
            except httpx.TransportError:
                continue
            if answer.status_code == httpx.codes.OK:
                return self._course.note_stopped(answer.content)
        return self.usage

    async def close(self) -> None:
        """Leave. Idempotent."""
        await self._events.aclose()

    async def _follow(self) -> AsyncGenerator[Event, None]:
        course = self._course
        while True:
            is_elsewhere = False
            try:
                async with aclosing(self._read()) as events:
                    async for event in events:
                        yield event
            except (httpx.ConnectError, httpx.ConnectTimeout):
                is_elsewhere = True
            except httpx.TransportError:
                pass  # it was cut: the course knows how far it has come
            if course.is_over:
                return
            await self._sleep(course.fail(is_elsewhere=is_elsewhere))

    async def _read(self) -> AsyncGenerator[Event, None]:
        """Give what one connection tells."""
        course, ask = self._course, self._course.ask()
        async with self._http.stream(ask.method, ask.url, headers=ask.headers, content=ask.body) as response:
            if response.status_code != httpx.codes.OK:
                course.refuse(response.status_code, response.headers, await response.aread())
                return
            course.begin(response.headers)
            async for data in response.aiter_bytes():
                for event in course.feed(data):
                    yield event

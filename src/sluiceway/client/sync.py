"""The client without asyncio: the course of an answer over httpx. The twin of `sluiceway.client.aio`.

::

    with Client("http://127.0.0.1:8080") as client:
        with client.chat(model="m", messages=[{"role": "user", "content": "Hi"}]) as stream:
            for text in stream:
                print(text, end="")
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Iterator
from types import TracebackType
from typing import Self

import httpx

from sluiceway.client.course import Course, as_error, encode_order
from sluiceway.client.retry import Retry
from sluiceway.events import Event, StreamError, TextDelta
from sluiceway.usage import Usage

__all__ = ["Client", "Stream"]

# Heartbeats come every 15 s.
_TIMEOUT = httpx.Timeout(10, read=45)


class Client:
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
        http: httpx.Client | None = None,
        sleep: Callable[[float], object] = time.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._urls = urls
        self._key = key
        self._retry = retry or Retry()
        self._http = http or httpx.Client(timeout=_TIMEOUT)
        self._is_own = http is None
        self._sleep = sleep
        self._draw = draw

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. Idempotent."""
        if self._is_own:
            self._http.close()

    def chat(self, *, on_disconnect: str = "", **fields: object) -> Stream:
        """Return a chat completion, which is asked for when its stream is first read.

        Args:
            on_disconnect: what becomes of it while nobody reads it: ``cancel``, ``continue`` or seconds.
            fields: the request's, such as ``model`` and ``messages``.
        """
        order = encode_order(self._urls, fields, self._key, on_disconnect)
        return Stream(Course(order, self._retry, self._draw), self._http, self._sleep)


class Stream:
    """One answer: its text as it comes, from however many connections.

    Args:
        course: what is asked, and what has come.
        http: over which it is asked.
        sleep: waits so many seconds.
    """

    def __init__(self, course: Course, http: httpx.Client, sleep: Callable[[float], object]) -> None:
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[str]:
        for event in self.events():
            if isinstance(event, TextDelta) and event.text:
                yield event.text

    def events(self) -> Iterator[Event]:
        """Give all events.

        Raises:
            EngineError: the answer broke off, or cannot be had; `CursorExpired` where it is no longer kept.
        """
        for event in self._events:
            yield event
            if isinstance(event, StreamError):
                raise as_error(event)

    def stop(self) -> Usage | None:
        """Stop the answer, wherever it runs, and return its usage so far; its stream still ends as it should."""
        for ask in self._course.ask_to_stop():
            try:
                answer = self._http.request(ask.method, ask.url, headers=ask.headers)
            except httpx.TransportError:
                continue
            if answer.status_code == httpx.codes.OK:
                return self._course.note_stopped(answer.content)
        return self.usage

    def close(self) -> None:
        """Leave. Idempotent."""
        self._events.close()

    def _follow(self) -> Generator[Event, None, None]:
        course = self._course
        while True:
            is_elsewhere = False
            try:
                yield from self._read()
            except (httpx.ConnectError, httpx.ConnectTimeout):
                is_elsewhere = True
            except httpx.TransportError:
                pass  # it was cut: the course knows how far it has come
            if course.is_over:
                return
            self._sleep(course.fail(is_elsewhere=is_elsewhere))

    def _read(self) -> Generator[Event, None, None]:
        """Give what one connection tells."""
        course, ask = self._course, self._course.ask()
        with self._http.stream(ask.method, ask.url, headers=ask.headers, content=ask.body) as response:
            if response.status_code != httpx.codes.OK:
                course.refuse(response.status_code, response.headers, response.read())
                return
            course.begin(response.headers)
            for data in response.iter_bytes():
                yield from course.feed(data)

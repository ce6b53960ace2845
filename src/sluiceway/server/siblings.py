"""The processes of one server, as one: live streams, stops and totals over all of them.

Each process answers its siblings on a Unix socket in a folder that only this server can enter: one line of JSON asks,
one answers. A process that does not answer in time, because it is just being restarted, is left out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import msgspec

from sluiceway.metering.totals import Labels, Series, Totals
from sluiceway.server.service import Service
from sluiceway.server.streams import StoppedRecord, StreamRecord, list_live, stop_elsewhere, stop_live

__all__ = ["Siblings"]

_TIMEOUT_S = 2.0
_MAX_LINE_BYTES = 64 * 1024 * 1024


class _Question(msgspec.Struct, frozen=True):
    what: Literal["streams", "stop", "totals"]
    id: str = ""


class _Answer(msgspec.Struct, frozen=True):
    streams: list[StreamRecord] = []
    stopped: StoppedRecord | None = None
    open_streams: int = 0
    series: list[tuple[Labels, Series]] = []


class Siblings:
    """Asks every process of this server.

    Args:
        service: this process.
        folder: where the others' sockets are; None when there are no others.
        name: of this process's socket.
    """

    def __init__(self, service: Service, folder: Path | None = None, name: str = "") -> None:
        self._service = service
        self._folder = folder
        self._name = name

    async def list_streams(self) -> list[StreamRecord]:
        """Return the live answers of all processes."""
        return [record for answer in await self._ask(_Question("streams")) for record in answer.streams]

    async def stop_stream(self, stream_id: str) -> StoppedRecord | None:
        """Stop a live answer, whichever process or replica has it; return None when none has.

        Raises:
            LogUnavailable: what other replicas keep cannot be reached now.
        """
        stopped = [answer.stopped for answer in await self._ask(_Question("stop", stream_id))]
        record = next((record for record in stopped if record is not None), None)
        return record or await stop_elsewhere(self._service, stream_id)

    async def totals(self) -> tuple[Totals, int]:
        """Return what all processes add up to, and how many answers run."""
        totals, open_streams = Totals(), 0
        for answer in await self._ask(_Question("totals")):
            totals.merge(answer.series)
            open_streams += answer.open_streams
        return totals, open_streams

    @contextlib.asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Answer the others while the context is open."""
        if self._folder is None:
            yield
            return
        path = self._folder / self._name
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, path, limit=_MAX_LINE_BYTES)
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)

    async def _ask(self, question: _Question) -> list[_Answer]:
        paths = [] if self._folder is None else [p for p in self._folder.glob("*.sock") if p.name != self._name]
        answers = await asyncio.gather(*(_ask_one(path, question) for path in paths))
        return [self._answer(question), *(answer for answer in answers if answer is not None)]

    def _answer(self, question: _Question) -> _Answer:
        service = self._service
        match question.what:
            case "streams":
                return _Answer(streams=list_live(service))
            case "stop":
                return _Answer(stopped=stop_live(service, question.id))
            case "totals":
                return _Answer(open_streams=len(service.live), series=list(service.totals.series.items()))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, msgspec.DecodeError):
            question = msgspec.json.decode(await reader.readline(), type=_Question)
            writer.write(msgspec.json.encode(self._answer(question)) + b"\n")
            await writer.drain()
        writer.close()


async def _ask_one(path: Path, question: _Question) -> _Answer | None:
    with contextlib.suppress(OSError, ValueError, TimeoutError, msgspec.DecodeError):
        async with asyncio.timeout(_TIMEOUT_S):
            reader, writer = await asyncio.open_unix_connection(path, limit=_MAX_LINE_BYTES)
            with contextlib.closing(writer):
                writer.write(msgspec.json.encode(question) + b"\n")
                return msgspec.json.decode(await reader.readline(), type=_Answer)
    return None

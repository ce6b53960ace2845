"""Upstreams of every dialect on one port, which play a scene to whoever asks: what end-to-end tests of clients read.

The path tells the dialect, the model's name the scene: ``POST /anthropic/v1/messages`` with the model
``anthropic-tools`` plays the recorded answer of an Anthropic server that calls a tool; `support.scenes` has the
bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import Self

import msgspec
from support.rawserver import chunked, response
from support.scenes import BASE_PATHS, SCENES, Scene, find_scene

__all__ = ["Asked", "Stage", "config_for"]

_STATUS = {200: "200 OK", 429: "429 Too Many Requests"}


class Asked(msgspec.Struct):
    """One request that was asked of an upstream.

    Attributes:
        dialect: the upstream's.
        body: the request's body, parsed.
        is_closed: set when the asker closed the connection before the answer was over.
    """

    dialect: str
    body: dict[str, object]
    is_closed: asyncio.Event


class Stage:
    """Listens on a free port while the ``async with`` block runs.

    Attributes:
        asked: every request so far, by the model's name the latest.
    """

    def __init__(self) -> None:
        self.asked: dict[str, Asked] = {}
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._play(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        target = head.split(" ", 2)[1]
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1])) if length else b"{}"
        dialect = target.split("/")[1]
        fields = json.loads(body)
        model = str(fields.get("model") or target.rpartition("/")[2].partition(":")[0])
        asked = self.asked[model] = Asked(dialect, fields, asyncio.Event())
        scene = find_scene(model, is_stream=_is_stream(dialect, target, fields))
        if scene.status != 200 or not scene.is_stream:
            writer.write(response(scene.body, "application/json", _STATUS[scene.status], "Connection: close"))
            await writer.drain()
            return
        await self._stream(scene, asked, reader, writer)

    async def _stream(
        self, scene: Scene, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {scene.content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode())
        half = len(scene.body) // 2
        for piece in (scene.body[:half], scene.body[half:]):
            writer.write(chunked(piece))
            await writer.drain()
            await asyncio.sleep(0)
        if scene.is_endless:
            await reader.read()
            asked.is_closed.set()
        else:
            writer.write(chunked(b""))
            await writer.drain()


def _is_stream(dialect: str, target: str, fields: dict[str, object]) -> bool:
    if dialect == "gemini":
        return ":streamGenerateContent" in target
    return bool(fields.get("stream", dialect == "ollama"))


def config_for(stage: Stage) -> str:
    """Return the settings of a server whose upstreams all play on ``stage``."""
    tables = [
        "\n".join(
            [
                "[[upstreams]]",
                f'name = "{dialect}"',
                f'dialect = "{dialect}"',
                f'base_url = "http://127.0.0.1:{stage.port}/{dialect}{base_path}"',
                f"models = {json.dumps([f'{dialect}-{scene}' for scene in SCENES])}",
            ]
        )
        for dialect, base_path in BASE_PATHS.items()
    ]
    return "\n\n".join(tables)

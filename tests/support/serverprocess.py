"""Runs the command line in a process of its own, as users do, and ends it by its pid."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import psutil
from support.wait import until

__all__ = [
    "COMMAND",
    "LiveStream",
    "LiveUsage",
    "ServerProcess",
    "clean_environ",
    "find_free_port",
    "is_alive",
    "serving",
]

COMMAND = Path(sys.executable).parent / "sluiceway"
"""The installed command."""

_START_S, _END_S = 30.0, 20.0
_ANNOUNCEMENT = "Sluiceway serves "
_FOREIGN_VARIABLES = ("SLUICEWAY_", "OPENAI_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class LiveUsage(msgspec.Struct):
    """What a live stream has used."""

    output_tokens: int


class LiveStream(msgspec.Struct):
    """One record of ``GET /v1/streams``, as far as tests look."""

    id: str
    usage: LiveUsage


class _LiveStreams(msgspec.Struct):
    data: list[LiveStream]


class ServerProcess:
    """One ``sluiceway serve``.

    Args:
        process: it, just started.
        port: where it was told to listen, on 127.0.0.1.
        log: the file its output goes to.
        scheme: ``http`` or ``https``.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path, scheme: str = "http") -> None:
        self._process = process
        self._log = log
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text("utf-8", "replace")

    @property
    def resident_bytes(self) -> int:
        """How much memory it holds now."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def children(self) -> list[psutil.Process]:
        """Return the processes it has started, here llama.cpp's."""
        return psutil.Process(self.pid).children()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def until_ready(self, path: str = "/healthz", timeout_s: float = _START_S) -> None:
        """Wait until it answers ``path`` with 200.

        Raises:
            AssertionError: it ended instead; the message is its log.
        """

        async def answers() -> bool:
            assert self._process.poll() is None, self.log
            # Of several workers one may answer before all are there; then the announcement comes.
            return _ANNOUNCEMENT in self.log and await self.status(path) == 200

        await until(answers, timeout_s, 0.02)

    async def status(self, path: str) -> int | None:
        """Return the status of a GET, or None when nobody answers."""
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            try:
                return (await client.get(f"{self.url}{path}")).status_code
            except httpx.TransportError:
                return None

    async def live(self) -> list[LiveStream]:
        """Return what ``GET /v1/streams`` lists."""
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            listed = await client.get(f"{self.url}/v1/streams")
            return msgspec.json.decode(listed.content, type=_LiveStreams).data

    async def until_live(self, count: int) -> None:
        """Wait until so many streams are live."""

        async def are_live() -> bool:
            return len(await self.live()) == count

        await until(are_live)

    async def until_said(self, output_tokens: int) -> None:
        """Wait until one of the live streams has had so many tokens from its upstream."""

        async def has_said() -> bool:
            return any(stream.usage.output_tokens >= output_tokens for stream in await self.live())

        await until(has_said)

    async def ended(self) -> int:
        """Wait for its end and return its exit status, negative for a signal."""
        await until(lambda: self._process.poll() is not None, _END_S)
        return int(self._process.returncode)

    async def stop(self) -> None:
        """End it: asked first, killed when it does not listen. Idempotent."""
        if self._process.poll() is None:
            # Two signals: whatever still streams is not waited for.
            self.send(signal.SIGTERM)
            self.send(signal.SIGTERM)
        try:
            await self.ended()
        except TimeoutError:
            self._process.kill()
            await self.ended()
            raise


@asynccontextmanager
async def serving(
    folder: Path, *arguments: str, config: str = "", environ: Mapping[str, str] | None = None, scheme: str = "http"
) -> AsyncIterator[ServerProcess]:
    """Serve on a free port of 127.0.0.1 until the block ends.

    Args:
        folder: where its log and configuration are written.
        arguments: further ones of ``sluiceway serve``.
        config: text of a TOML file.
        environ: variables beside those of this process that do not concern it.
        scheme: ``https`` when the settings say so.
    """
    port = find_free_port()
    log = folder / f"server-{port}.log"
    command = [str(COMMAND), "serve", "--port", str(port), *arguments]
    if config:
        file = folder / f"server-{port}.toml"
        file.write_text(config, "utf-8")
        command += ["--config", str(file)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=clean_environ() | dict(environ or {})
        )
    server = ServerProcess(process, port, log, scheme)
    try:
        await server.until_ready()
        yield server
    finally:
        await server.stop()


def is_alive(process: psutil.Process) -> bool:
    """Say whether it runs; one that is over and that nobody has collected yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def clean_environ() -> dict[str, str]:
    """Return this process's environment without what would change how clients or servers behave."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(_FOREIGN_VARIABLES)}


def find_free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""Serves from several processes: starts them, starts them again when they die, and ends them in good order.

The kernel shares connections out among them. They share one llama.cpp, which this process supervises, and know each
other's live streams through `siblings`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping

from sluiceway.engines.llama.address import LlamaAddress
from sluiceway.engines.llama.supervisor import LlamaSupervisor
from sluiceway.errors import EngineUnavailable
from sluiceway.server.serve import do_unless
from sluiceway.server.settings import Settings
from sluiceway.server.worker import READY, WorkerSpec, encode_spec

__all__ = ["serve_workers"]

_log = logging.getLogger("sluiceway.workers")

_RESTART_S = 1.0
_GRACE_S = 10.0
"""How much longer than ``drain_s`` a worker may take to end."""


async def serve_workers(settings: Settings, environ: Mapping[str, str], on_ready: Callable[[], None]) -> None:
    """Serve until a signal says otherwise.

    Args:
        settings: the settings; ``workers`` processes are started.
        environ: where proxies are looked up.
        on_ready: called once all of them take requests.

    Raises:
        EngineUnavailable: llama.cpp, or a worker, does not start.
    """
    if settings.keeps_nothing:
        _log.warning("several workers keep no answers without a Redis (--redis): none can be resumed")
    stop = asyncio.Event()
    workers: list[_Worker] = []

    def end() -> None:
        if stop.is_set():  # a second signal cuts the wait short, there as here
            for worker in workers:
                worker.terminate()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)

    async def start() -> None:
        folder = undo.enter_context(tempfile.TemporaryDirectory(prefix="sluiceway-"))
        llama = await undo.enter_async_context(_llama(settings))
        names = [f"worker-{number}.sock" for number in range(settings.workers)]
        workers.extend(_Worker(WorkerSpec(settings, _proxies(environ), folder, name, llama)) for name in names)
        undo.push_async_callback(_close, workers, settings.drain_s + _GRACE_S)
        await _open(workers)

    async with contextlib.AsyncExitStack() as undo:
        if await do_unless(stop.wait(), start()):
            on_ready()
            await stop.wait()


async def _open(workers: list[_Worker]) -> None:
    """Start all of them; where one fails the others are called off."""
    try:
        async with asyncio.TaskGroup() as starting:
            for worker in workers:
                starting.create_task(worker.open())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _close(workers: list[_Worker], within_s: float) -> None:
    await asyncio.gather(*(worker.close(within_s) for worker in workers))


class _Worker:
    """Keeps one worker running."""

    def __init__(self, spec: WorkerSpec) -> None:
        self._spec = spec
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start it and wait until it takes requests."""
        await self._start()
        self._keeper = asyncio.create_task(self._keep())

    async def close(self, within_s: float) -> None:
        """Ask it to end, and kill it if it does not in time."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])  # a process that it is starting is ended by that
        process = self._process
        if process is None or process.returncode is not None:
            return
        self.terminate()
        try:
            await asyncio.wait_for(process.wait(), within_s)
        except TimeoutError:
            process.kill()
            await process.wait()

    def terminate(self) -> None:
        """Ask it to end; asked again, it waits for nobody."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    async def _start(self) -> None:
        try:
            await self._launch()
        except OSError as error:
            raise EngineUnavailable(f"a worker cannot be started: {error}") from None

    async def _launch(self) -> None:
        # A session of its own: the terminal's interrupt goes to the parent alone, which asks the workers to end.
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sluiceway.server.worker", stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(encode_spec(self._spec))
        await process.stdin.drain()
        if await process.stdout.readline() != READY:
            raise EngineUnavailable("a worker ended before it was ready")

    async def _keep(self) -> None:
        while True:
            assert self._process is not None
            code = await self._process.wait()
            _log.error("a worker ended with code %s; it is started again", code)
            await asyncio.sleep(_RESTART_S)
            with contextlib.suppress(EngineUnavailable):
                await self._start()


@contextlib.asynccontextmanager
async def _llama(settings: Settings) -> AsyncIterator[LlamaAddress | None]:
    _, options = settings.engines()
    if options is None:
        yield None
        return
    supervisor = LlamaSupervisor(options)
    await supervisor.open()
    try:
        yield supervisor.address
    finally:
        await supervisor.close()


def _proxies(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.lower().endswith("_proxy")}
